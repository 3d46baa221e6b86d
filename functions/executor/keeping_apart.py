"""Keeping the runs of one target apart, if it does not allow that they overlap."""

from dataclasses import dataclass
from datetime import timedelta

from functions.ports import Ports, UnavailableError
from schedule_model.open_runs import OpenRun, OpenRuns, Other, others_open
from schedule_model.overlapping import Skip, Start, WaitUntil, overlap
from schedule_model.run import Run
from schedule_model.run_request import RunRequest
from schedule_model.target import Target

_LOOK_BACK = 20
_TRIES = 3


@dataclass(frozen=True, slots=True)
class View:
    """What a run sees of its target's runs.

    Attributes:
        held: its own row, None if it has none yet.
        others: those that are open, by run id.
        entries: the row that each writes before it starts or waits.
    """

    held: Run | None
    others: dict[str, Other]
    entries: OpenRuns


def look(request: RunRequest, ports: Ports) -> View:
    """Read the target's open runs: the row of entries first, so that what is entered later is refused to us.

    The rows before the run are looked at too: those that began while the policy was `allow` are not entered, nor are
    backfills that wait.
    """
    target_id, run_id = request.target_id, request.run_id
    entries = ports.runs.open_runs(target_id)
    latest = ports.runs.latest(target_id, before=f"{run_id} ", limit=_LOOK_BACK)
    rows = {row.run_id: row for row in latest}
    for entry in entries.runs:
        if entry.run_id not in rows and (row := ports.runs.read(target_id, entry.run_id)):
            rows[entry.run_id] = row
    others = others_open(run_id, entries, rows, now=ports.clock.now(), lease=ports.settings.lease)
    return View(rows.get(run_id), others, entries)


def keep_apart(request: RunRequest, target: Target, view: View, ports: Ports) -> Start | Skip | WaitUntil:
    """Decide whether a run may start, and enter it before it starts or waits.

    Raises:
        UnavailableError: other runs of the target were faster each time; the message comes again.
    """
    for _ in range(_TRIES):
        decision = _decide(request, target, view, ports)
        if isinstance(decision, Skip):
            return decision
        own = _entry(request, view, ports, is_starting=isinstance(decision, Start))
        if own is None or _enter(own, target, view, ports):
            return decision
        view = look(request, ports)
    raise UnavailableError("other runs of the target started at the same time")


def _decide(request: RunRequest, target: Target, view: View, ports: Ports) -> Start | Skip | WaitUntil:
    return overlap(
        target.overlap,
        view.others.values(),
        run_id=request.run_id,
        held=view.held,
        scheduled_at=request.scheduled_at,
        now=ports.clock.now(),
        waits_its_turn=request.waits_its_turn,
    )


def _entry(request: RunRequest, view: View, ports: Ports, *, is_starting: bool) -> OpenRun | None:
    """Return what to enter of a run that starts or waits; None if it waits and is entered already, or need not be."""
    attempt = 0 if view.held is None else view.held.attempt
    is_in_line = request.waits_its_turn and attempt == 0
    if not is_starting and (is_in_line or view.entries.names(request.run_id)):
        return None
    until = ports.clock.now() + ports.settings.lease
    return OpenRun(run_id=request.run_id, attempt=attempt + is_starting, until=until)


def _enter(own: OpenRun, target: Target, view: View, ports: Ports) -> bool:
    """Write the entry; return whether nobody else had changed the row since it was read."""
    token = f"{ports.random.getrandbits(64):016x}"
    delete_at = ports.clock.now() + timedelta(days=target.keep_results_days)
    entered = view.entries.entered(own, view.others, token=token, delete_at=delete_at)
    return ports.runs.save_open_runs(entered, seen=view.entries.token)

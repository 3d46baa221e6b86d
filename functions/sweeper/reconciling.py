"""Looking at some targets in each sweep for what was lost, and setting it going again."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta

from functions import planning
from functions.batch import Batch
from functions.ports import Ports, TooLargeError, UnavailableError
from functions.still_open import has_open_run
from functions.telemetry import Count
from schedule_model.dispatching import Nothing, queue_run
from schedule_model.plan import Plan
from schedule_model.reconcile_pass import ReconcilePass, next_slice
from schedule_model.reconciling import (
    LOOK_BACK,
    Complete,
    EnsureTimer,
    Finding,
    Replan,
    Requeue,
    reconcile,
)
from schedule_model.run import Run
from schedule_model.run_request import RunRequest, Trigger
from schedule_model.target import Item
from schedule_model.timer import Timer

# Sorts after every run id.
_ALL = "~"
_TIMERS_PER_READ = 100
# Enough to see past a day of manual runs.
_LOOK_BACK_AGAIN = 100
# For the timers that are missing, and to write how far the pass has come.
_TIME_TO_SAVE = timedelta(seconds=15)


def reconcile_some(last: ReconcilePass | None, ports: Ports) -> int:
    """Go on with the last pass over all targets, or begin one if it is due; return how many findings were acted on.

    What AWS refuses for one target is tried again by the next sweep; the others do not wait for it.
    """
    part = next_slice(last, now=ports.clock.now(), settings=ports.settings)
    present = part or last
    if present is None or (part is None and not present.again):
        return 0
    first, page, after = _items(part, present.again, ports)
    items = [*first, *page]
    batch = Batch(ports.telemetry)
    timers: list[EnsureTimer] = []
    again: list[str] = []
    acted = 0
    for place, (item, rows) in enumerate(zip(items, _rows(items, ports), strict=True)):
        if place > len(first) and _is_short_of_time(ports):
            after = str(items[place - 1]["id"])
            break
        target_id = str(item["id"])
        if isinstance(rows, UnavailableError):
            again.append(target_id)
            continue
        with batch.guard(target_id), _noted(again, target_id):
            findings = _findings(item, rows, ports, limit=LOOK_BACK)
            ensured = [one for one in findings if isinstance(one, EnsureTimer)]
            if ensured == findings and not _is_blind(rows):
                timers.extend(ensured)
            else:
                acted += _look_again(item, ports)
    with batch.guard("timers"), _noted(again, *[one.timer.target_id for one in timers]):
        acted += _set_missing(timers, ports)
    progress = present.went_on(after, again=again, now=ports.clock.now(), settings=ports.settings)
    ports.timers.save_reconcile_pass(progress)
    if again:
        ports.telemetry.warning("left targets to the next sweep", outcome={"targets": len(again)})
    ports.telemetry.count(Count.RECONCILED, acted)
    return acted


def _is_blind(rows: Sequence[Run]) -> bool:
    """Return whether rows by hand may hide those of the schedule."""
    return len(rows) >= LOOK_BACK and not any(run.trigger is Trigger.SCHEDULE for run in rows)


def _is_short_of_time(ports: Ports) -> bool:
    """Return whether the rest of a slice is left to the next sweep; being cut off, each would begin it anew."""
    return ports.ends_at is not None and ports.ends_at - ports.clock.now() < _TIME_TO_SAVE


def _items(part: ReconcilePass | None, again: Sequence[str], ports: Ports) -> tuple[list[Item], list[Item], str | None]:
    """Return the targets to look at again, then those whose turn it is, and where the pass goes on."""
    first = ports.targets.read(again) if again else {}
    if part is None:
        return list(first.values()), [], None
    items, after = ports.targets.page(after=part.after, limit=ports.settings.reconcile_limit)
    return list(first.values()), [item for item in items if item["id"] not in first], after


@contextmanager
def _noted(again: list[str], *target_ids: str) -> Iterator[None]:
    """Note targets that AWS refuses something for, to be looked at again; any other error would only come again."""
    try:
        yield
    except UnavailableError:
        again.extend(target_ids)
        raise


def _rows(items: Sequence[Item], ports: Ports) -> Sequence[Sequence[Run] | UnavailableError]:
    return ports.runs.latest_of([str(item["id"]) for item in items], limit=LOOK_BACK)


def _findings(item: Item, rows: Sequence[Run], ports: Ports, *, limit: int) -> list[Finding]:
    now, is_cut = ports.clock.now(), len(rows) >= limit
    findings = reconcile(item, rows, now=now, settings=ports.settings, is_cut=is_cut)
    return [one for one in findings if not isinstance(one, Nothing)]


def _look_again(item: Item, ports: Ports) -> int:
    """Act on what a consistent read still finds; the page's cheap one may be a moment old."""
    target_id = str(item["id"])
    # The rows first: a plan is amended before the row that ends the run is written.
    rows = ports.runs.latest(target_id, before=_ALL, limit=_LOOK_BACK_AGAIN)
    current = ports.targets.read([target_id], consistent=True).get(target_id)
    if current is None:
        return 0
    findings = _findings(current, rows, ports, limit=_LOOK_BACK_AGAIN)
    for finding in findings:
        ports.telemetry.warning("found something lost", target_id=target_id, outcome=type(finding).__name__)
    try:
        return _act(findings, current, ports)
    except TooLargeError as error:
        # The planner has put a letter about it on the dead-letter queue.
        ports.telemetry.warning("left a target without its plan", target_id=target_id, reason=str(error))
        return 0


def _act(findings: Sequence[Finding], item: Item, ports: Ports) -> int:
    """Set right all that a target lacks: one thing must not wait a pass for another. Return how many were."""
    acted = _ask([one.request for one in findings if isinstance(one, Requeue)], ports)
    for finding in findings:
        match finding:
            case Replan(change=change):
                planning.act(planning.decide(change, ports), change, ports)
                acted += 1
            case EnsureTimer():
                acted += _set_missing([finding], ports)
            case Complete(plan=plan, is_deleted=is_deleted):
                _complete(item, plan, ports, is_deleted=is_deleted)
                acted += 1
    return acted


def _ask(requests: Sequence[RunRequest], ports: Ports) -> int:
    _raise_first(ports.queue.send([queue_run(request, now=ports.clock.now()) for request in requests]))
    return len(requests)


def _complete(item: Item, plan: Plan, ports: Ports, *, is_deleted: bool) -> None:
    if is_deleted and has_open_run(str(item["id"]), ports):
        ports.telemetry.info("left a target with a run that goes on", target_id=str(item["id"]))
    elif is_deleted:
        ports.targets.delete(str(item["id"]), seen=item)
    else:
        ports.targets.amend_plan(str(item["id"]), plan)


def _set_missing(findings: Sequence[EnsureTimer], ports: Ports) -> int:
    """Set the timers that are not there, or ask for the runs that stand in their place; return how many."""
    missing: list[Timer] = []
    for start in range(0, len(findings), _TIMERS_PER_READ):
        missing.extend(ports.timers.missing([one.timer for one in findings[start : start + _TIMERS_PER_READ]]))
    instead = {one.timer: one.instead for one in findings if one.instead is not None}
    requests = [instead[timer] for timer in missing if timer in instead]
    _raise_first(ports.timers.put([timer for timer in missing if timer not in instead]))
    _ask(requests, ports)
    return len(missing)


def _raise_first(failures: Sequence[UnavailableError | None]) -> None:
    for failure in failures:
        if failure is not None:
            raise failure

"""Pausing a target after so many failures in a row."""

from functions.executor.attempt import Attempt
from functions.executor.earlier import earlier_runs
from functions.ports import Ports
from schedule_model.pausing import failed_in_a_row
from schedule_model.plan import Plan, fingerprint_of, revision_on
from schedule_model.run_request import Trigger
from schedule_model.target import Item

_LOOK_BACK = 20


def pause_after_failures(attempt: Attempt, ports: Ports, *, is_again: bool = False) -> None:
    """Pause the target of a run that has FAILED, if it says so; doing it again after a crash changes nothing.

    Args:
        attempt: at the run.
        ports: to read and write with.
        is_again: whether its record was written before; if a later run has ended since, that has told more.
    """
    limit, request = attempt.target.pause_after_failures, attempt.received.request
    if limit is None or attempt.plan is None or request.trigger is not Trigger.SCHEDULE:
        return
    if is_again and _has_gone_on(attempt, ports):
        return
    before = earlier_runs(request, ports)
    if failed_in_a_row(before, revision=attempt.run.revision, limit=limit - 1) >= limit - 1:
        note = f"paused after {limit} failed runs in a row, the last of {request.run_id}; set active to true to resume"
        item = unedited(attempt.target.id, attempt.plan, ports)
        if item is not None and item.get("pause_after_failures") == limit:
            ports.targets.deactivate(attempt.target.id, note, seen=item)


def _has_gone_on(attempt: Attempt, ports: Ports) -> bool:
    rows = ports.runs.latest(attempt.target.id, before="~", limit=_LOOK_BACK)
    later = [row for row in rows if row.run_id > attempt.run.run_id]
    # So many that the run itself is not among them: its failure is long past.
    return len(later) == _LOOK_BACK or any(row.trigger is Trigger.SCHEDULE and row.status.is_final for row in later)


def unedited(target_id: str, plan: Plan, ports: Ports) -> Item | None:
    """Return the target as it stands, None if its schedule is no longer the one that the run belongs to."""
    item = ports.targets.read([target_id], consistent=True).get(target_id)
    if item is None or revision_on(item) != plan.revision or fingerprint_of(item) != plan.fingerprint:
        return None
    return item

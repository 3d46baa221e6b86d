"""What the end of a run does to its target: its schedule is over, or the target is deleted."""

from functions.amending import amend
from functions.executor.attempt import Attempt
from functions.executor.pausing import unedited
from functions.ports import Ports
from functions.still_open import has_open_run
from schedule_model.plan import Plan, PlanStatus
from schedule_model.reading_targets import is_readable
from schedule_model.run_request import Trigger
from schedule_model.target import OnComplete


def is_last(attempt: Attempt) -> bool:
    """Return whether the schedule has no further occurrence."""
    is_over = attempt.following is None and not attempt.is_lost
    return is_over and attempt.received.request.trigger is Trigger.SCHEDULE


def stop_schedule(attempt: Attempt, ports: Ports) -> None:
    """Complete the plan as its runner says; the run itself is carried on should its record not be written."""
    if attempt.plan is not None:
        facts = {"stopped_at": ports.clock.now(), "stopped_by": attempt.run.run_id}
        _complete(attempt, attempt.plan.model_copy(update=facts), ports)


def end_schedule(attempt: Attempt, ports: Ports) -> None:
    """Delete the target or complete its plan, as it asks, once its last run has its row."""
    if attempt.plan is not None and not delete_target(attempt, ports):
        _complete(attempt, attempt.plan, ports)


def delete_target(attempt: Attempt, ports: Ports) -> bool:
    """Delete the target if it asks for that; reconcile deletes one with another run still going on.

    Returns whether nothing else is to be done with it.
    """
    target, plan = attempt.target, attempt.plan
    if plan is None or target.on_complete is not OnComplete.DELETE:
        return False
    if has_open_run(target.id, ports, but=attempt.run.run_id):
        return False
    item = unedited(target.id, plan, ports)
    if item is None or item.get("on_complete") != OnComplete.DELETE or not is_readable(item):
        return False
    if not ports.targets.delete(target.id, seen=item):
        ports.telemetry.info("left a target that was edited since", target_id=target.id)
    return True


def _complete(attempt: Attempt, plan: Plan, ports: Ports) -> None:
    reason = f"the run of {attempt.run.run_id} was the last"
    facts = {"status": PlanStatus.COMPLETED, "reason": reason, "next_run_at": None}
    amend(attempt.target.id, plan.model_copy(update=facts), ports)

"""How many runs a schedule has had, for targets that limit them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from schedule_model.expecting import anchor_of
from schedule_model.expressions import ExclusionsTooManyError
from schedule_model.occurrence import next_occurrence
from schedule_model.plan import Plan, PlanStatus
from schedule_model.plan_decision import SavePlan
from schedule_model.run import Run, runs_counted
from schedule_model.run_request import Trigger
from schedule_model.target import Target


def is_added(scheduled_at: datetime, target: Target, plan: Plan | None) -> bool:
    """Return whether a runner has asked for this run besides those that the schedule names: `max_runs` counts it not.

    It has the number of the run whose answer asked for it, and what follows it has the next.

    Args:
        scheduled_at: the run's instant.
        target: whose run it is.
        plan: as it stands, which tells of the latest choice; None if there is none.
    """
    if plan is None or plan.held_after is None or plan.held_until != scheduled_at:
        return False
    try:
        following = next_occurrence(target, after=plan.held_after, anchor=anchor_of(plan) or scheduled_at)
    except ExclusionsTooManyError:
        return True
    return following is not None and following.scheduled_at > scheduled_at


def go_on_counting(save: SavePlan, target: Target, latest: Sequence[Run]) -> SavePlan:
    """Return the plan with the count of runs taken up where the schedule left it, or completed if it is used up.

    Args:
        save: as decided from the edit alone.
        target: has `max_runs`.
        latest: the target's latest rows.
    """
    first = save.first.scheduled_at if save.first is not None else None
    # A run that began under the plan before is the chain's first again, and keeps its number.
    others = [run for run in latest if run.scheduled_at != first or run.trigger is not Trigger.SCHEDULE]
    ended = [run for run in latest if run.status.is_final]
    before, done = (runs_counted(runs, after=save.plan.counted_from) for runs in (others, [*others, *ended]))
    if target.max_runs is None or done < target.max_runs:
        return replace(save, first_number=before + 1)
    reason = f"it has run {done} times and max_runs is {target.max_runs}"
    used_up = save.plan.model_copy(update={"status": PlanStatus.COMPLETED, "reason": reason, "next_run_at": None})
    return SavePlan(used_up, save.seen_revision)

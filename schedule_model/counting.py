"""How many runs a schedule has had, for targets that limit them."""

from collections.abc import Sequence
from dataclasses import replace

from schedule_model.plan import PlanStatus
from schedule_model.plan_decision import SavePlan
from schedule_model.run import Run, runs_counted
from schedule_model.run_request import Trigger
from schedule_model.target import Target


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

"""How many runs a schedule has had, for targets that limit them."""

from collections.abc import Sequence
from dataclasses import replace

from schedule_model.plan import PlanStatus
from schedule_model.plan_decision import SavePlan
from schedule_model.run import Run, runs_counted
from schedule_model.target import Target


def go_on_counting(save: SavePlan, target: Target, latest: Sequence[Run]) -> SavePlan:
    """Return the plan with the count of runs taken up where the schedule left it, or completed if it is used up.

    Args:
        save: as decided from the edit alone.
        target: has `max_runs`.
        latest: the target's latest rows.
    """
    done = runs_counted(latest, after=save.plan.counted_from)
    if target.max_runs is None or done < target.max_runs:
        return replace(save, first_number=done + 1)
    reason = f"it has run {done} times and max_runs is {target.max_runs}"
    ended = save.plan.model_copy(update={"status": PlanStatus.COMPLETED, "reason": reason, "next_run_at": None})
    return SavePlan(ended, save.seen_revision)

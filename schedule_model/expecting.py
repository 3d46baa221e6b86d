"""Which occurrence a target waits for, as its plan and its latest rows tell."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from schedule_model.occurrence import MOMENT, Occurrence, next_occurrence
from schedule_model.plan import Plan
from schedule_model.run import Run
from schedule_model.run_request import Trigger
from schedule_model.target import Target


def expected_occurrence(
    target: Target, plan: Plan, rows: Sequence[Run], *, now: datetime, is_cut: bool = False
) -> Occurrence | None:
    """Return the occurrence that a target waits for: the one after its latest row, or its plan's first.

    Without a row it is none that is older than rows are kept: its row may have been there, and it must not run again.

    Args:
        target: as it stands.
        plan: of its schedule.
        rows: its latest ones, latest first.
        now: aware UTC.
        is_cut: whether there may be older rows than these.
    """
    anchor = anchor_of(plan)
    if anchor is None or plan.first_at is None:
        return None
    done = [_passed(run) for run in scheduled_since(plan, rows)]
    kept = timedelta(days=target.keep_results_days)
    after = max(done) if done else max(plan.first_at - MOMENT, now - kept)
    if not done and rows and is_cut:
        # The chain's row is older than these, none of which is of it; what they leave no room for has passed.
        later = max(after, rows[-1].scheduled_at)
        after = later if next_occurrence(target, after=later, anchor=anchor) else after
    expected = next_occurrence(target, after=after, anchor=anchor)
    if plan.held_until is not None and (expected is None or plan.is_held(expected.scheduled_at)):
        return Occurrence(plan.held_until, plan.held_until, target.precise) if after < plan.held_until else expected
    return expected


def anchor_of(plan: Plan) -> datetime | None:
    """Return where the grid of a plan's rate starts, None if it names no instant."""
    return plan.anchor_at or plan.first_at


def _passed(run: Run) -> datetime:
    """Return up to where a row tells what has become of its schedule's occurrences."""
    return run.scheduled_at if run.passed_until is None else max(run.scheduled_at, run.passed_until - MOMENT)


def scheduled_since(plan: Plan, rows: Sequence[Run]) -> list[Run]:
    """Return the rows among these that are of the plan's occurrences."""
    first = plan.first_at
    return [run for run in rows if run.trigger is Trigger.SCHEDULE and first is not None and run.scheduled_at >= first]

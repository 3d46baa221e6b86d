"""With which occurrence the chain of an edited schedule begins."""

from datetime import UTC, datetime, timedelta

from schedule_model.occurrence import Occurrence, latest_occurrence, next_occurrence
from schedule_model.target import CatchUp, Target
from schedule_model.target_change import TargetChange

UNSEEN = timedelta(days=1)
"""How long an edit may have lain unplanned when reconcile finds it: as long as the Targets stream keeps a record.

Within this time a run that there was still has its row, since rows are kept for a day at the least: none runs twice.
"""

_SECOND = timedelta(seconds=1)
_FAR = timedelta(days=366)
_LAST = datetime.max.replace(tzinfo=UTC) - _SECOND


def first_occurrence(change: TargetChange, target: Target, anchor: datetime) -> Occurrence | None:
    """Return the occurrence that the chain begins with, None if the schedule is over.

    After a pause that is one of it, if the target is to catch up. Nobody knows when an edit was made that reconcile
    found: a schedule that is over by now may have been written before its last instant, which so is run late.

    Args:
        change: the edit.
        target: as it is after the edit.
        anchor: where the grid of a rate starts.
    """
    before = change.plan_of_same_grid()
    paused_at = before.paused_at if before else None
    upcoming = next_occurrence(target, after=change.edited_at, anchor=anchor)
    if paused_at is None:
        return upcoming or (_passed_unseen(change, target, anchor) if change.is_found else None)
    if target.catch_up_after_pause is CatchUp.SKIP:
        return upcoming
    if target.catch_up_after_pause is CatchUp.ALL:
        return next_occurrence(target, after=paused_at, anchor=anchor)
    return latest_occurrence(target, after=paused_at, until=change.edited_at, anchor=anchor) or upcoming


def grid_from(first: Occurrence, target: Target, anchor: datetime) -> datetime:
    """Return where the grid of a chain starts that begins with `first`: past the end if `anchor` is a guess after it.

    Else the anchor would be taken for the occurrence that comes next.
    """
    return _beyond_the_end(target, anchor) if first.scheduled_at < anchor else anchor


def _passed_unseen(change: TargetChange, target: Target, anchor: datetime) -> Occurrence | None:
    found_at = change.edited_at
    after, known = found_at - UNSEEN, anchor
    if target.starts_at is None and anchor == found_at:
        # A grid that is laid by the finding itself has no point before the end.
        known = _beyond_the_end(target, anchor)
    elif target.starts_at is None:
        # The edit that laid a grid is no point of it.
        after = max(after, anchor)
    # One whose instant has passed may be due yet, within its window.
    until = found_at + timedelta(seconds=target.flexible_window_seconds)
    return latest_occurrence(target, after=after, until=until, anchor=known)


def _beyond_the_end(target: Target, found_at: datetime) -> datetime:
    """Return an instant that the schedule does not reach, as it is over by the grid that starts at `found_at`."""
    far = found_at + _FAR
    return far if target.ends_at is None else max(far, min(target.ends_at, _LAST).replace(microsecond=0) + _SECOND)

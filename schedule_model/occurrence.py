"""Occurrences: the instants that a target's schedule names, and when each is due."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from schedule_model.expressions import ExclusionsTooManyError
from schedule_model.instants import to_text
from schedule_model.target import Target

MOMENT = timedelta(microseconds=1)
_SECOND = timedelta(seconds=1)
_LAST = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One instant that a schedule names.

    Attributes:
        scheduled_at: the instant itself; it names the run for ever.
        due_at: when the run may start: `scheduled_at` plus the flexible window's share.
        precise: whether its executor comes before it is due, and waits.
    """

    scheduled_at: datetime
    due_at: datetime
    precise: bool = False


def next_occurrence(target: Target, *, after: datetime, anchor: datetime) -> Occurrence | None:
    """Return the first occurrence strictly after `after`, None once the schedule has ended.

    Args:
        target: its schedule lies between `starts_at` and `ends_at`, both included.
        after: aware UTC.
        anchor: where the grid of a rate starts.

    Raises:
        ExclusionsTooManyError: the schedule's exclusions seem to leave nothing.
    """
    if target.starts_at is not None and target.starts_at > after:
        after = target.starts_at - MOMENT
    scheduled_at = target.expression().next_after(after, anchor=anchor)
    if scheduled_at is None or (target.ends_at is not None and scheduled_at > target.ends_at):
        return None
    if target.flexible_window_seconds == 0:
        return Occurrence(scheduled_at, scheduled_at, target.precise)
    share = _share_before_next(target, scheduled_at, anchor)
    if share > _LAST - scheduled_at:
        return None
    return Occurrence(scheduled_at, scheduled_at + share, target.precise)


def _share_before_next(target: Target, scheduled_at: datetime, anchor: datetime) -> timedelta:
    """Return the flexible share, which keeps occurrences in order: a window ends where the next occurrence begins."""
    share = flexible_share(target, scheduled_at)
    if not share:
        return share
    try:
        following = target.expression().next_after(scheduled_at, anchor=anchor)
    except ExclusionsTooManyError:
        # What cannot be found bounds nothing.
        return share
    return share if following is None else share % (following - scheduled_at)


def latest_occurrence(target: Target, *, after: datetime, until: datetime, anchor: datetime) -> Occurrence | None:
    """Return the last occurrence that is later than `after` and due at `until` or before, None if there is none.

    Occurrences fall due in their order, so it halves the time in question at each step: a year takes 25 at most,
    however dense the schedule and however wide its window.
    """
    latest = next_occurrence(target, after=after, anchor=anchor)
    if latest is None or latest.due_at > until:
        return None
    too_late = until
    while too_late - latest.scheduled_at >= _SECOND:
        middle = latest.scheduled_at + (too_late - latest.scheduled_at) / 2
        found = next_occurrence(target, after=middle, anchor=anchor)
        if found is not None and found.due_at <= until:
            latest = found
        else:
            too_late = middle
    return latest


def flexible_share(target: Target, scheduled_at: datetime) -> timedelta:
    """Return how far into the flexible window this occurrence falls: whole seconds, the same at every asking.

    From 0 to below `flexible_window_seconds`, spread evenly over targets and occurrences.
    """
    if target.flexible_window_seconds == 0:
        return timedelta(0)
    seed = hashlib.sha256(f"{target.id}/{to_text(scheduled_at)}".encode()).digest()
    return timedelta(seconds=int.from_bytes(seed[:8]) % target.flexible_window_seconds)

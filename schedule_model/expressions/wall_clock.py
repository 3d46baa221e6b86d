"""From times on a wall clock to instants, across the hours that a timezone skips and repeats."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

NextWallTime = Callable[[datetime], datetime | None]
"""From a naive time to the first wanted naive time strictly after it."""


def next_instant(
    next_wall: NextWallTime, instant: datetime, zone: ZoneInfo, *, in_both_passes: bool
) -> datetime | None:
    """Return the first wanted wall-clock time strictly after `instant`, aware and in UTC.

    A time that the zone skips does not occur. A time that it repeats occurs at the first pass; with
    `in_both_passes` also at the second.

    Source: EventBridge Scheduler user guide, "Daylight savings time on EventBridge Scheduler"; PEP 495.
    """
    here = instant.astimezone(zone)
    wall = here.replace(tzinfo=None, fold=0)
    found = _first_after(next_wall, wall, instant, zone, in_both_passes=in_both_passes)
    if not in_both_passes or here.fold:
        return found
    first, second = _offsets(wall, zone)
    if first <= second:
        return found
    # Inside the first pass of a repeated hour: earlier times of it are still to come, in the second.
    again = _first_after(next_wall, wall - (first - second), instant, zone, in_both_passes=True)
    return min(filter(None, (found, again)), default=None)


def _first_after(
    next_wall: NextWallTime, wall: datetime, instant: datetime, zone: ZoneInfo, *, in_both_passes: bool
) -> datetime | None:
    following = next_wall(wall)
    while following is not None:
        for occurrence in passes_of(following, zone, in_both_passes=in_both_passes):
            if occurrence > instant:
                return occurrence
        following = next_wall(following)
    return None


def passes_of(wall: datetime, zone: ZoneInfo, *, in_both_passes: bool) -> tuple[datetime, ...]:
    """Return when the clocks of `zone` show `wall`, a naive time: never where they jump over it.

    Where they repeat it, twice with `in_both_passes`, else at the first pass.
    """
    first, second = _offsets(wall, zone)
    if first < second:
        return ()
    offsets = (first, second) if in_both_passes and first > second else (first,)
    return tuple((wall - offset).replace(tzinfo=UTC) for offset in offsets)


def _offsets(wall: datetime, zone: ZoneInfo) -> tuple[timedelta, timedelta]:
    """Return the offset before a change of the clocks near `wall` and the one after it; equal without a change."""
    there = wall.replace(tzinfo=zone)
    first, second = there.utcoffset(), there.replace(fold=1).utcoffset()
    if first is None or second is None:
        raise TypeError(f"{zone} is not a timezone with offsets")
    return first, second

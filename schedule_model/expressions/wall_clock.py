"""From times on a wall clock to instants, across the hours that a timezone skips and repeats."""

from collections.abc import Callable
from datetime import UTC, datetime
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
    if in_both_passes and not here.fold:
        first_offset, second_offset = here.utcoffset(), here.replace(fold=1).utcoffset()
        if first_offset is not None and second_offset is not None and first_offset > second_offset:
            # Inside the first pass: times before this one are still to come, in the second.
            again = _first_after(next_wall, wall - (first_offset - second_offset), instant, zone, in_both_passes=True)
            return min(filter(None, (found, again)), default=None)
    return found


def _first_after(
    next_wall: NextWallTime, wall: datetime, instant: datetime, zone: ZoneInfo, *, in_both_passes: bool
) -> datetime | None:
    following = next_wall(wall)
    while following is not None:
        there = following.replace(tzinfo=zone)
        offset, other_offset = there.utcoffset(), there.replace(fold=1).utcoffset()
        if offset is None or other_offset is None:
            raise TypeError(f"zone {zone} has no offset")
        is_skipped = offset < other_offset
        occurrence = (following - offset).replace(tzinfo=UTC)
        if occurrence > instant and not is_skipped:
            return occurrence
        again = (following - other_offset).replace(tzinfo=UTC)
        if in_both_passes and again > instant and not is_skipped:
            return again
        following = next_wall(following)
    return None

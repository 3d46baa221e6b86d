"""All runs due within a window, across targets."""

import heapq
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import dropwhile, groupby, islice

from schedule_model.errors import InvalidExpressionError, InvalidTargetError
from schedule_model.filters import Window
from schedule_model.found import Found
from schedule_model.occurrence import MOMENT
from schedule_model.plan import PlanStatus
from schedule_model.previews import occurrences
from schedule_model.reading_targets import parse_target
from schedule_model.timer import Timer

Name = tuple[datetime, str, datetime]
"""What tells runs to come apart, and puts them in order: due instant, target id, occurrence."""


@dataclass(frozen=True, slots=True, order=True)
class Upcoming:
    """One run to come.

    Attributes:
        due_at: when it may start.
        target_id: of what.
        scheduled_at: the occurrence.
        type: of the target.
        attempt: over 1 for a retry that waits for its timer.
        is_near: its timer was near, so that the run is on its way to the queue already.
    """

    due_at: datetime
    target_id: str
    scheduled_at: datetime
    type: str
    attempt: int = 1
    is_near: bool = False


def from_timers(
    timers: Iterable[Timer],
    targets: Mapping[str, Found],
    window: Window,
    *,
    after: Name | None = None,
    limit: int | None = None,
) -> list[Upcoming]:
    """Return the runs of those timers that still count, and the occurrences of their targets that follow in the window.

    A timer of an older revision counts no more: its run will be dropped.

    Args:
        timers: in any order.
        targets: theirs, by id.
        window: which of their runs to return.
        after: leave out this run and those before it; None to begin with the first.
        limit: how many of them, the earliest; None for all.
    """
    merged = heapq.merge(*(_chain(timer, targets.get(timer.target_id), window) for timer in timers))
    return _page((next(same) for _, same in groupby(merged, key=_name_of)), after, limit)


def _page(runs: Iterable[Upcoming], after: Name | None, limit: int | None) -> list[Upcoming]:
    wanted = runs if after is None else dropwhile(lambda run: _name_of(run) <= after, runs)
    return list(islice(wanted, limit))


def _name_of(run: Upcoming) -> Name:
    return run.due_at, run.target_id, run.scheduled_at


def _chain(timer: Timer, found: Found | None, window: Window) -> Iterator[Upcoming]:
    """Yield a timer's run and those that follow it, by due instant; none if the timer counts no more.

    A run that a runner has put aside is left out, and the one that it has chosen instead follows.
    """
    if found is None or found.plan is None or found.plan.status is not PlanStatus.SCHEDULED:
        return
    if found.plan.revision != timer.revision:
        return
    # Where a runner has chosen an instant that its schedule names too, the run comes then, without its flexible share.
    is_chosen = timer.attempt == 1 and timer.scheduled_at == found.plan.held_until
    due_at = timer.scheduled_at if is_chosen else timer.due_at
    if window.start <= due_at < window.end and not found.plan.is_held(timer.scheduled_at):
        kind = str(found.fields.get("type"))
        yield Upcoming(due_at, timer.target_id, timer.scheduled_at, kind, timer.attempt, timer.near)
    if timer.attempt == 1:
        yield from _following(found, after=timer.scheduled_at, window=window)


def from_targets(
    targets: Iterable[Found], window: Window, *, after: Name | None = None, limit: int | None = None
) -> list[Upcoming]:
    """Return what the schedules of these targets name in the window, by due instant.

    Args:
        targets: in any order.
        window: which of their runs to return.
        after: leave out this run and those before it; None to begin with the first.
        limit: how many of them, the earliest; None for all.
    """
    scheduled = (found for found in targets if found.plan and found.plan.status is PlanStatus.SCHEDULED)
    merged = heapq.merge(*(_following(found, after=None, window=window) for found in scheduled))
    return _page(merged, after, limit)


def _following(found: Found, *, after: datetime | None, window: Window) -> Iterator[Upcoming]:
    try:
        target = parse_target(found.fields)
        if after is None:
            after = window.start - timedelta(seconds=target.flexible_window_seconds) - MOMENT
        for scheduled_at, due_at in occurrences(target, found.plan, after=after):
            if scheduled_at >= window.end:
                return
            if window.start <= due_at < window.end:
                yield Upcoming(due_at, target.id, scheduled_at, target.type)
    except (InvalidTargetError, InvalidExpressionError):
        # The planner has said so on the target already, or will within a second.
        return

"""Pages of targets, of runs, and of what is to come: each bounded in what it reads."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from functions.api.cursors import cursor_of, of_another_listing, read_cursor
from functions.api.problems import invalid
from functions.user_ports import UserPorts
from schedule_model.filters import EVERY_TARGET, RunFilter, TargetFilter, Window
from schedule_model.found import Found
from schedule_model.instants import from_text, to_text
from schedule_model.run import Run
from schedule_model.timer import Timer, slots_between
from schedule_model.upcoming import Name, Upcoming, from_targets, from_timers

LOOKED_AT_MAX = 1_000
"""How many targets one call looks at when it filters: at most 125 RRU where each has 1 KB."""

RUN_ID_MAX = 120
"""How many characters the id of a run has at the most."""

_SIZE_MAX = 1_500_000
"""After how many bytes of JSON a page of targets ends. Lambda answers 6 MB at the most, where a body is a text: each of
its quotes takes two bytes; and the last target may add 400 KB.

Source: Lambda developer guide, "Quotas" (invocation payload).
"""

_AT_ONCE = 250
_MINUTES_AT_ONCE = timedelta(minutes=4)


@dataclass(frozen=True, slots=True)
class UpcomingRuns:
    """A page of the runs to come.

    Attributes:
        cursor: where to go on, None at the end.
        is_complete: whether runs that are on the queue already are among them.
    """

    runs: Sequence[Upcoming]
    cursor: str | None
    is_complete: bool


def list_targets(
    keep: TargetFilter, cursor: str | None, limit: int, ports: UserPorts
) -> tuple[Sequence[Found], str | None]:
    """Return up to `limit` targets that the filter keeps, or as many as an answer holds, and where to go on."""
    start = read_cursor("targets", cursor)
    after, looked_at, size = start[0] if start else None, 0, 0
    found: list[Found] = []
    part = limit if keep == EVERY_TARGET else _AT_ONCE
    while True:
        page, after = ports.targets.page(after=after, limit=part)
        for one in page:
            if not keep.keeps(one.item()):
                continue
            if len(found) == limit or size >= _SIZE_MAX:
                return found, cursor_of("targets", found[-1].target_id)
            found.append(one)
            size += len(json.dumps(one.fields))
        looked_at += part
        if after is None:
            return found, None
        if len(found) == limit or size >= _SIZE_MAX or looked_at >= LOOKED_AT_MAX:
            return found, cursor_of("targets", after)


def list_runs(
    target_id: str, keep: RunFilter, cursor: str | None, limit: int, *, ports: UserPorts
) -> tuple[Sequence[Run], str | None]:
    """Return up to `limit` of a target's runs that the filter keeps, latest first, and where to go on.

    Looks at no more rows than `limit`, so that a filter may leave a page empty.
    """
    found, after = ports.runs.page(target_id, keep, after=_run_before(target_id, keep, cursor), limit=limit)
    return found, None if after is None else cursor_of("runs", target_id, after)


def _run_before(target_id: str, keep: RunFilter, cursor: str | None) -> str | None:
    """Return the run id after which a history goes on; None where it begins."""
    where = read_cursor("runs", cursor, parts=2)
    if where is None:
        return None
    # DynamoDB refuses to go on from a row that the query does not have, or from one that no table can have.
    if where[0] != target_id or not keep.first_key <= where[1] <= keep.last_key or len(where[1]) > RUN_ID_MAX:
        raise of_another_listing()
    return where[1]


def list_upcoming(within: timedelta, cursor: str | None, limit: int, ports: UserPorts) -> UpcomingRuns:
    """Return up to `limit` of the runs due from now to `within`, by due instant, and where to go on.

    They are computed from all targets where these are no more than one call looks at. Else they come from the timers,
    which do not know of the runs that are on the queue already.
    """
    now = ports.clock.now()
    start, seen = _resume(cursor, now)
    end = now + within
    targets = _all_targets(ports)
    if targets is None:
        found = _from_timers(Window(start, end), seen, limit + 1, ports)
    else:
        found = from_targets(targets, Window(start, end), after=seen, limit=limit + 1)
    if len(found) <= limit:
        return UpcomingRuns(found, None, is_complete=targets is not None)
    last = found[limit - 1]
    following = cursor_of("upcoming", to_text(last.due_at), last.target_id, to_text(last.scheduled_at))
    return UpcomingRuns(found[:limit], following, is_complete=targets is not None)


def _all_targets(ports: UserPorts) -> Sequence[Found] | None:
    """Return all targets; None if there are more than one call looks at."""
    found: list[Found] = []
    after = None
    while len(found) < LOOKED_AT_MAX:
        page, after = ports.targets.page(after=after, limit=min(_AT_ONCE, LOOKED_AT_MAX))
        found.extend(page)
        if after is None:
            return found
    return None


def _from_timers(window: Window, seen: Name | None, limit: int, ports: UserPorts) -> Sequence[Upcoming]:
    """Read timers minute by minute and stop as soon as there are enough.

    A run due in a minute comes from a timer of that minute or of an earlier one.
    """
    now = ports.clock.now()
    start, end = window.start, window.end
    timers: list[Timer] = []
    targets: dict[str, Found] = {}
    found: list[Upcoming] = []
    minute = now
    while minute < end and len(found) < limit:
        until = min(minute.replace(second=0, microsecond=0) + _MINUTES_AT_ONCE, end)
        read = ports.timers.in_slots(slots_between(minute, until - timedelta(microseconds=1), ports.settings.shards))
        timers.extend(timer for timer in read if now <= timer.due_at < end)
        targets |= ports.targets.find_all([one.target_id for one in read if one.target_id not in targets])
        found = from_timers(timers, targets, Window(start, until), after=seen, limit=limit)
        minute = until
    return found


def _resume(cursor: str | None, now: datetime) -> tuple[datetime, Name | None]:
    last = read_cursor("upcoming", cursor, parts=3)
    if last is None:
        return now, None
    try:
        due_at, scheduled_at = from_text(last[0]), from_text(last[2])
        return max(now, due_at), (due_at, last[1], scheduled_at)
    except (ValueError, OverflowError):
        raise invalid("cursor: is none of this listing's; take it from `next_cursor` of the page before") from None

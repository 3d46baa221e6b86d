"""Running a schedule over a range of the past, as if it had been there."""

import math
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice

from schedule_model.errors import SchedulerError
from schedule_model.expressions import Rate, parse
from schedule_model.expressions.rrule import RecurrenceRule
from schedule_model.instants import to_text
from schedule_model.occurrence import MOMENT, next_occurrence
from schedule_model.plan import Plan
from schedule_model.run_request import DispatchedBy, RunRequest, Trigger
from schedule_model.target import Target

BACKFILL_MAX = 10_000
"""The most runs that one backfill asks for."""

_FIRST = datetime.min.replace(tzinfo=UTC)
_SECOND = timedelta(seconds=1)
_NAME = re.compile(r"[0-9A-Za-z_-]{0,32}")


class InvalidBackfillError(SchedulerError, ValueError):
    """A backfill cannot be asked for; the message is `field: what to change`, by the names that both doors have."""


def backfill(
    target: Target,
    plan: Plan | None,
    start: datetime,
    end: datetime,
    *,
    now: datetime,
    limit: int = 1_000,
    name: str = "",
) -> Iterator[RunRequest]:
    """Return a request for every occurrence from `start` to `end`, both included, earliest first.

    Each names a run beside the scheduled one of its occurrence, and the same run at every asking: repeating a backfill
    changes nothing. One with another `name` runs everything anew.

    Args:
        target: its `starts_at`, `ends_at` and `except` hold; a rate's grid goes on before the target was created,
            unless a recurrence rule without a DTSTART stands beside it, which begins where the grid does.
        plan: has the grid's anchor; a rate without one counts from `start`.
        start: aware UTC, and so are the others.
        end: not after `now`, since what is to come the schedule runs itself.
        now: when the runs are due, and from when their `retry.max_age_seconds` counts.
        limit: the most requests that are accepted, 1 to 10,000.
        name: letters, digits, `_` and `-`, at most 32.

    Raises:
        InvalidBackfillError: a bound is wrong, the range names no occurrence, or more than `limit`.
        ExclusionsTooManyError: the schedule's exclusions seem to leave nothing.
    """
    _refuse_bad_bounds(start, end, now=now, limit=limit, name=name)
    anchor = _anchor_before(target, plan.anchor_at if plan and plan.anchor_at else start, start)
    found = list(islice(_occurrences(target, start, end, anchor), limit + 1))
    if not found:
        raise InvalidBackfillError(
            f"from: the schedule names no instant from {to_text(start)} to {to_text(end)}; "
            "widen the range, and look at starts_at, ends_at and except"
        )
    if len(found) > limit:
        raise InvalidBackfillError(
            f"limit: the schedule names more than {limit:,} instants in this range, the last of them at "
            f"{to_text(found[limit - 1])}; end there and go on after it, or raise the limit where it can be raised"
        )
    return (_request(target, scheduled_at, now, name) for scheduled_at in found)


def _refuse_bad_bounds(start: datetime, end: datetime, *, now: datetime, limit: int, name: str) -> None:
    if not 1 <= limit <= BACKFILL_MAX:
        raise InvalidBackfillError(f"limit: must be from 1 to {BACKFILL_MAX:,}, not {limit:,}")
    if end < start:
        raise InvalidBackfillError(f"to: {to_text(end)} lies before from, {to_text(start)}")
    if end > now:
        raise InvalidBackfillError(f"to: {to_text(end)} lies in the future; what comes the schedule runs itself")
    if not _NAME.fullmatch(name):
        raise InvalidBackfillError("name: write at most 32 letters, digits, _ and -")


def _occurrences(target: Target, start: datetime, end: datetime, anchor: datetime) -> Iterator[datetime]:
    found = next_occurrence(target, after=start - min(MOMENT, start - _FIRST), anchor=anchor)
    while found is not None and found.scheduled_at <= end:
        yield found.scheduled_at
        found = next_occurrence(target, after=found.scheduled_at, anchor=anchor)


def _anchor_before(target: Target, anchor: datetime, start: datetime) -> datetime:
    """Return the anchor moved back by whole periods until it lies before `start`, or as far as the calendar goes."""
    texts = [target.schedule] if isinstance(target.schedule, str) else target.schedule
    expressions = [parse(text, target.timezone) for text in [*texts, *_expressions_of(target.except_)]]
    seconds = [int(one.period.total_seconds()) for one in expressions if isinstance(one, Rate)]
    # A rule that starts at the anchor would start elsewhere, and at another time of day.
    starts_there = any(isinstance(one, RecurrenceRule) and one.starts is None for one in expressions)
    if not seconds or starts_there or anchor <= start or (target.starts_at is not None and target.starts_at >= anchor):
        return anchor
    # In numbers, for together they may have a period that is longer than the calendar.
    together = math.lcm(*seconds)
    wanted = math.ceil((anchor - start) / _SECOND / together)
    return anchor - timedelta(seconds=min(wanted, (anchor - _FIRST) // _SECOND // together) * together)


def _expressions_of(exclusions: list[str]) -> list[str]:
    return [text for text in exclusions if text.startswith(("rate(", "rrule("))]


def _request(target: Target, scheduled_at: datetime, now: datetime, name: str) -> RunRequest:
    return RunRequest(
        target_id=target.id,
        scheduled_at=scheduled_at,
        due_at=now,
        dispatched_by=DispatchedBy.MANUAL,
        trigger=Trigger.BACKFILL,
        suffix=f"backfill.{name}" if name else "backfill",
    )

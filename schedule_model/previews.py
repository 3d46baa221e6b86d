"""When a schedule runs next, as people read it: their own clock, the weekday, and what daylight saving does."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from schedule_model.errors import InvalidExpressionError, InvalidTargetError
from schedule_model.expressions import ExclusionsTooManyError, parse_schedule, timezone_named
from schedule_model.occurrence import MOMENT, Occurrence, next_occurrence
from schedule_model.plan import Plan, PlanStatus, plan_of
from schedule_model.reading_targets import parse_target
from schedule_model.target import Item, Target


@dataclass(frozen=True, slots=True)
class Preview:
    """One run to come.

    Attributes:
        scheduled_at: the occurrence, UTC.
        due_at: when it may start; later than the occurrence within a flexible window.
        local: the occurrence on the schedule's own clock; UTC where that clock has left the years 1 to 9999.
        weekday: of `local`, in English.
        note: what daylight saving does between the run before and this one; empty for nothing.
    """

    scheduled_at: datetime
    due_at: datetime
    local: datetime
    weekday: str
    note: str


def next_of_expression(expression: str | Sequence[str], timezone: str, *, after: datetime, count: int) -> list[Preview]:
    """Return the next occurrences of an expression that no target has; a rate counts from `after`.

    Raises:
        InvalidExpressionError, InvalidTimezoneError: the message says what to write instead.
    """
    schedule, zone = parse_schedule(expression, timezone), timezone_named(timezone)
    found: list[Preview] = []
    instant = after
    while len(found) < count and (occurrence := schedule.next_after(instant, anchor=after)) is not None:
        found.append(_preview(occurrence, occurrence, zone, instant))
        instant = occurrence
    return found


def next_of_target(target: Target, plan: Plan | None, *, after: datetime, count: int) -> list[Preview]:
    """Return a target's next occurrences, whether or not it is active; its plan says where a rate counts from.

    Raises:
        ExclusionsTooManyError: the exclusions seem to leave nothing; what there is before such a gap is returned.
    """
    zone = timezone_named(target.timezone)
    found: list[Preview] = []
    instant = after
    try:
        for scheduled_at, due_at in islice(occurrences(target, plan, after=after), count):
            found.append(_preview(scheduled_at, due_at, zone, instant))
            instant = scheduled_at
    except ExclusionsTooManyError:
        if not found:
            raise
    return found


def occurrences(target: Target, plan: Plan | None, *, after: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Yield when each run after `after` is scheduled and due, without end where the schedule has none.

    Those before the plan's first are left out. A run that a runner has chosen stands in the place of those that it has
    put aside, which are passed over in one step.
    """
    anchor = (plan.anchor_at if plan else None) or target.starts_at or after
    instant = max(after, plan.first_at - MOMENT) if plan and plan.first_at else after
    while (occurrence := _next(target, plan, after=instant, anchor=anchor)) is not None:
        yield occurrence.scheduled_at, occurrence.due_at
        instant = occurrence.scheduled_at


def _next(target: Target, plan: Plan | None, *, after: datetime, anchor: datetime) -> Occurrence | None:
    named = next_occurrence(target, after=after, anchor=anchor)
    chosen = plan.held_until if plan is not None and plan.status is PlanStatus.SCHEDULED else None
    if plan is None or chosen is None or chosen <= after:
        return named
    is_passed_over = named is None or plan.is_held(named.scheduled_at) or named.scheduled_at >= chosen
    return Occurrence(chosen, chosen, target.precise) if is_passed_over else named


def next_due(item: Item, *, after: datetime) -> datetime | None:
    """Return when the next run of a target's item is due; None unless its plan is SCHEDULED.

    The plan's own `next_run_at` is the first run after the latest edit, and soon over.
    """
    plan = plan_of(item)
    if plan is None or plan.status is not PlanStatus.SCHEDULED:
        return None
    try:
        found = next(occurrences(parse_target(item), plan, after=after), None)
    except (InvalidTargetError, InvalidExpressionError):
        return None
    return found[1] if found else None


def _preview(scheduled_at: datetime, due_at: datetime, zone: ZoneInfo, before: datetime) -> Preview:
    local = _local(scheduled_at, zone)
    return Preview(scheduled_at, due_at, local, f"{local:%A}", "; ".join(_notes(local, _local(before, zone))))


def _local(instant: datetime, zone: ZoneInfo) -> datetime:
    try:
        return instant.astimezone(zone)
    except OverflowError:
        return instant


def _notes(local: datetime, before: datetime) -> Iterator[str]:
    offset, offset_before = local.utcoffset(), before.utcoffset()
    assert offset is not None
    assert offset_before is not None
    if offset != offset_before and local.tzinfo is before.tzinfo:
        way = "forward" if offset > offset_before else "back"
        yield f"the clocks go {way} by {_length(abs(offset - offset_before))} before this run"
    if local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset():
        yield f"the {'second' if local.fold else 'first'} of two {local:%H:%M} on this day"


def _length(difference: timedelta) -> str:
    minutes = int(difference / timedelta(minutes=1))
    return f"{minutes // 60} h" if minutes % 60 == 0 else f"{minutes} min"

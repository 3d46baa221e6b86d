"""How far a schedule is looked through for what is left of it, and what looking twice costs."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from dateutil import rrule

from schedule_model.errors import InvalidExpressionError
from schedule_model.expressions import ExclusionsTooManyError, exclusions, parse, parse_schedule
from schedule_model.expressions.exclusions import Without, parse_exclusions
from schedule_model.expressions.rrule import RecurrenceRule

Runs = Callable[..., list[str]]
MARCH = datetime(2026, 3, 1, tzinfo=UTC)
ERA = timedelta(days=146_097 * 19)
"""How much later the engine is asked, which the rule takes off again."""


class Asked:
    """An expression that notes how often it is asked."""

    def __init__(self, text: str) -> None:
        self.expression, self.times = parse(text), 0

    def next_after(self, instant: datetime, *, anchor: datetime) -> datetime | None:
        self.times += 1
        return self.expression.next_after(instant, anchor=anchor)


@pytest.mark.parametrize("others", [[], ["2026-12-24..2026-12-26", "cron(0 5 * * ? *)"] * 20])
def test_minutes_apart_are_taken_out_for_months(runs: Runs, others: list[str]) -> None:
    exclude = [*others, "cron(0/5 * ? 7,8 MON-SUN *)"]

    found = runs("rate(5 minutes)", after="2026-06-30T23:50:00Z", count=2, exclude=exclude)

    assert found == ["2026-06-30T23:55:00Z", "2026-09-01T00:00:00Z"]


@pytest.mark.parametrize("exclude", ["rate(1 second)", "rrule(FREQ=SECONDLY)", "cron(* * * * ? *)"])
def test_exclusions_that_leave_nothing_end_in_an_error_and_not_in_a_loop(runs: Runs, exclude: str) -> None:
    with pytest.raises(ExclusionsTooManyError, match="it seems to leave nothing"):
        runs("rate(1 second)", after="2026-03-01T00:00:00Z", exclude=[exclude])


def test_many_rules_beside_each_other_have_as_many_stretches_as_one(runs: Runs) -> None:
    rules = [f"rrule(FREQ=DAILY;BYHOUR={hour};BYMINUTE=0;BYSECOND=0)" for hour in range(20)]
    excluded = ["cron(0-29 * 1-31 7,8 ? *)"]

    assert runs(rules, after="2026-06-30T18:30:00Z", count=2, exclude=excluded) == [
        "2026-06-30T19:00:00Z",
        "2026-09-01T00:00:00Z",
    ]


def test_a_stretch_of_days_may_be_as_long_as_it_likes(runs: Runs) -> None:
    exclude = ["2026-03-02..2190-01-01"]

    assert runs("@daily", after="2026-03-01T12:00:00Z", count=1, exclude=exclude) == ["2190-01-02T00:00:00Z"]


def test_what_lies_within_a_long_gap_is_answered_by_the_search_that_crossed_it() -> None:
    asked = Asked("rate(1 minute)")
    thinned = Without(asked, parse_exclusions(["cron(0-58 * * * ? *)", "cron(59 0-10 * * ? *)"], "UTC"))

    first = thinned.next_after(MARCH, anchor=MARCH)
    once, asked.times = asked.times, 0
    within = [thinned.next_after(MARCH + timedelta(minutes=late), anchor=MARCH) for late in (0, 300, 718)]
    beyond = thinned.next_after(MARCH + timedelta(minutes=719), anchor=MARCH)

    assert first == MARCH + timedelta(hours=11, minutes=59)
    assert within == [first] * 3
    assert beyond == first + timedelta(hours=1)
    assert once > 600
    assert asked.times == 60


def test_a_search_that_was_given_up_is_not_made_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exclusions, "_STRETCHES_ALWAYS", 1_000)
    monkeypatch.setattr(exclusions, "_EFFORT_MAX", 1_000)
    asked = Asked("rate(1 minute)")
    nothing_left = Without(asked, parse_exclusions(["cron(0-29 * * * ? *)", "cron(30-59 * * * ? *)"], "UTC"))

    for late in (0, 300, 900):
        with pytest.raises(ExclusionsTooManyError, match="took out 1,000 stretches"):
            nothing_left.next_after(MARCH + timedelta(minutes=late), anchor=MARCH)

    assert asked.times == 1_000


def test_as_many_anchors_as_there_may_be_targets_at_work_have_their_gaps() -> None:
    two_hours = ["cron(1-30 * * * ? *)", "cron(31-59 * * * ? *)", "cron(0 1 * * ? *)"]
    thinned = parse_schedule("rate(1 minute)", exclude=two_hours)
    assert isinstance(thinned, Without)

    for place in range(70):
        thinned.next_after(MARCH, anchor=MARCH - timedelta(hours=place))

    assert len(thinned.gaps) == 64
    assert MARCH - timedelta(hours=69) in thinned.gaps


def test_a_gap_is_that_of_its_anchor() -> None:
    thinned = parse_schedule("rate(1 minute)", exclude=["cron(0-58 * * * ? *)", "cron(59 0-10 * * ? *)"])
    later = MARCH + timedelta(seconds=7)

    found = [thinned.next_after(later, anchor=anchor) for anchor in (MARCH, later, MARCH)]

    assert found == [MARCH + timedelta(hours=11, minutes=59, seconds=seconds) for seconds in (0, 7, 0)]


def test_a_search_that_comes_to_the_end_of_the_schedule_is_kept_as_well() -> None:
    instants = [f"at(2026-03-01T0{minute // 60}:{minute % 60:02}:00)" for minute in range(100)]
    schedule = parse_schedule(instants, exclude=["rate(1 minute)"])

    for late in (0, 30, 90):
        assert schedule.next_after(MARCH + timedelta(minutes=late), anchor=MARCH - timedelta(hours=1)) is None


def test_a_sparse_rule_is_not_searched_for_again_before_what_it_found(monkeypatch: pytest.MonkeyPatch) -> None:
    begun, start = [], rrule.rrule.__init__

    def noting_start(engine: rrule.rrule, *rest: Any, **parts: Any) -> None:
        begun.append(engine)
        start(engine, *rest, **parts)

    rule = parse("rrule(FREQ=HOURLY;INTERVAL=168;BYMONTH=2;BYMONTHDAY=29)")
    found = rule.next_after(MARCH, anchor=MARCH)
    monkeypatch.setattr(rrule.rrule, "__init__", noting_start)

    assert rule.next_after(MARCH + timedelta(days=365), anchor=MARCH) == found == datetime(2032, 2, 29, tzinfo=UTC)
    assert begun == []
    assert found is not None
    assert rule.next_after(found, anchor=MARCH) == datetime(2060, 2, 29, tzinfo=UTC)
    assert len(begun) > 0
    assert rule.next_after(MARCH, anchor=MARCH) == found
    assert rule.next_after(MARCH, anchor=MARCH + timedelta(hours=1)) == found + timedelta(hours=1)


@pytest.mark.parametrize(
    ("text", "longest"),
    [
        ("rrule(FREQ=MONTHLY;DTSTART=00020131T090000)", 62),
        ("rrule(FREQ=MONTHLY;INTERVAL=5;DTSTART=00020131T090000)", 400),
        ("rrule(FREQ=YEARLY;DTSTART=19040229T090000)", 366 * 8),
        ("rrule(FREQ=YEARLY;BYMONTH=4,5;DTSTART=19000131T090000)", 366 * 3),
    ],
)
def test_a_rule_is_looked_for_near_the_instant_however_long_ago_it_began(
    monkeypatch: pytest.MonkeyPatch, text: str, longest: int
) -> None:
    begun, start = [], rrule.rrule.__init__

    def noting_start(engine: rrule.rrule, frequency: int, dtstart: datetime, *rest: Any, **parts: Any) -> None:
        begun.append(dtstart)
        start(engine, frequency, dtstart, *rest, **parts)

    rule = parse(text)
    assert isinstance(rule, RecurrenceRule)
    assert rule.starts is not None
    whole = rrule.rrulestr(text.removeprefix("rrule(").removesuffix(")").rpartition(";DTSTART")[0], dtstart=rule.starts)
    monkeypatch.setattr(rrule.rrule, "__init__", noting_start)

    for month in range(1, 13, 5):
        wall = datetime(2026, month, 15)
        begun.clear()
        found = rule.next_after(wall.replace(tzinfo=UTC), anchor=MARCH)
        assert found == whole.after(wall).replace(tzinfo=UTC)
        assert all((wall + ERA - at).days <= longest for at in begun)


def test_what_a_search_found_in_its_year_is_not_searched_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    begun, start = [], rrule.rrule.__init__

    def noting_start(engine: rrule.rrule, *rest: Any, **parts: Any) -> None:
        begun.append(engine)
        start(engine, *rest, **parts)

    monkeypatch.setattr(rrule.rrule, "__init__", noting_start)
    rule = parse("rrule(FREQ=YEARLY;BYDAY=MO,TU,WE,TH,FR;BYHOUR=9;BYMINUTE=0,30;BYSECOND=0;DTSTART=20200101T000000)")
    at = MARCH
    for _ in range(400):
        found = rule.next_after(at, anchor=MARCH)
        assert found is not None
        at = found

    assert at == datetime(2026, 12, 4, 9, 30, tzinfo=UTC)
    assert len(begun) == 4


def test_more_recurrence_rules_than_can_be_searched_in_time_are_refused() -> None:
    rules = [f"rrule(FREQ=DAILY;BYHOUR={hour})" for hour in range(11)]

    parse_schedule(rules, exclude=rules[:9])
    with pytest.raises(InvalidExpressionError, match=r"have 21 rrule\(...\) together, the limit is 20"):
        parse_schedule(rules, exclude=rules[:10])

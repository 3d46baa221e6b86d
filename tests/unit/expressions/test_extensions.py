from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from dateutil import rrule

from schedule_model.errors import InvalidExpressionError
from schedule_model.expressions import parse, parse_schedule
from schedule_model.next_runs import next_runs

Runs = Callable[..., list[str]]
MARCH = "2026-03-01T00:00:00Z"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("*/5 9 * * *", ["2026-03-01T09:00:00Z", "2026-03-01T09:05:00Z"]),
        ("0 0 13 * 5", ["2026-03-06T00:00:00Z", "2026-03-13T00:00:00Z"]),
        ("0 0 */2 * 1", ["2026-03-09T00:00:00Z", "2026-03-23T00:00:00Z"]),
        ("0 0 * * 7", ["2026-03-08T00:00:00Z", "2026-03-15T00:00:00Z"]),
        ("0 0 * * sun", ["2026-03-08T00:00:00Z", "2026-03-15T00:00:00Z"]),
        ("0 0 * * 6-1", ["2026-03-02T00:00:00Z", "2026-03-07T00:00:00Z"]),
        ("0 22-2/2 * * *", ["2026-03-01T02:00:00Z", "2026-03-01T22:00:00Z"]),
        ("0 0 1 jan,jul *", ["2026-07-01T00:00:00Z", "2027-01-01T00:00:00Z"]),
        ("@hourly", ["2026-03-01T01:00:00Z", "2026-03-01T02:00:00Z"]),
        ("@daily", ["2026-03-02T00:00:00Z", "2026-03-03T00:00:00Z"]),
        ("@midnight", ["2026-03-02T00:00:00Z", "2026-03-03T00:00:00Z"]),
        ("@weekly", ["2026-03-08T00:00:00Z", "2026-03-15T00:00:00Z"]),
        ("@monthly", ["2026-04-01T00:00:00Z", "2026-05-01T00:00:00Z"]),
        ("@yearly", ["2027-01-01T00:00:00Z", "2028-01-01T00:00:00Z"]),
        ("@annually", ["2027-01-01T00:00:00Z", "2028-01-01T00:00:00Z"]),
    ],
)
def test_unix_cron_and_its_names_run_as_crontab_says(runs: Runs, text: str, expected: list[str]) -> None:
    assert runs(text, after=MARCH, count=2) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("0 9 * * ? *", "Write cron(0 9 * * ? *)"),
        ("0 9 * *", "Unix cron has 5 fields, this has 4"),
        ("every 5 minutes", "Write rate(5 minutes)"),
        ("Every day", "Write rate(1 day)"),
        ("90 seconds", "Write rate(90 seconds)"),
        ("every 0 hours", "Write rate(1 hour)"),
        ("every other day", "Write minute hour day-of-month month day-of-week"),
        ("0 0 L * *", "Write cron(0 0 L * ? *)"),
        ("0 0 * * 1#2", "Write cron(0 0 ? * MON#2 *)"),
        ("0 0 * * 8", "8 is outside 0-7"),
        ("*/90 * * * *", "the step 90 is outside 1-59"),
        ("@reboot", "Write one of @hourly"),
        ("hourly", "none of the known forms. Write @hourly"),
        ("cron 0 9 ? * MON-FRI *", "Write cron(0 9 ? * MON-FRI *)"),
        ("cron (0 9 ? * MON-FRI *)", "Write cron(0 9 ? * MON-FRI *)"),
        ("rate 5 minutes", "Write rate(5 minutes)"),
        ("RRULE:FREQ=DAILY", "Write rrule(FREQ=DAILY)"),
        ("0 9 ? * 1-5", "Write cron(0 9 ? * MON-FRI *)"),
        ("0 0 9 ? * MON-FRI", "Write cron(0 9 ? * MON-FRI *)"),
        ("0 0 12 * * ?", "Write cron(0 12 * * ? *)"),
        ("0 15 10 ? * 6L", "Write cron(15 10 ? * 6L *)"),
        ("0 15 10 ? * 6L 2027", "Write cron(15 10 ? * 6L 2027)"),
        ("0 9 ? * MON-FRI *", "Write cron(0 9 ? * MON-FRI *)"),
        ("0 9 ? * 0,7", "Write cron(0 9 ? * SUN,SUN *)"),
        ("0 9 ? * ?", "Write cron(0 9 * * ? *)"),
        ("0 9 L * 5", "Write two schedules, one for each day field"),
        ("every(5 minutes)", "none of the known forms"),
    ],
)
def test_an_unknown_form_is_refused_with_a_way_out(text: str, message: str) -> None:
    with pytest.raises(InvalidExpressionError) as refused:
        parse(text)

    assert message in str(refused.value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "rrule(FREQ=WEEKLY;BYDAY=MO,WE;BYHOUR=9;BYMINUTE=0;BYSECOND=0)",
            ["2026-03-02T09:00:00Z", "2026-03-04T09:00:00Z"],
        ),
        ("rrule(FREQ=MONTHLY;BYDAY=-1FR;BYHOUR=9)", ["2026-03-27T09:00:00Z", "2026-04-24T09:00:00Z"]),
        ("rrule(FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1)", ["2026-03-31T00:00:00Z", "2026-04-30T00:00:00Z"]),
        ("rrule(FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO)", ["2026-05-11T00:00:00Z", "2027-05-17T00:00:00Z"]),
        ("rrule(DTSTART=20260101T120000;FREQ=DAILY;INTERVAL=10)", ["2026-03-02T12:00:00Z", "2026-03-12T12:00:00Z"]),
        ("rrule(DTSTART=20250120T000000;FREQ=MONTHLY;BYMONTHDAY=15)", ["2026-03-15T00:00:00Z", "2026-04-15T00:00:00Z"]),
        ("rrule(DTSTART=20240229T000000;FREQ=YEARLY)", ["2028-02-29T00:00:00Z", "2032-02-29T00:00:00Z"]),
        ("rrule(DTSTART=20260101T000000;FREQ=MONTHLY;COUNT=4)", ["2026-04-01T00:00:00Z"]),
        ("rrule(FREQ=DAILY;UNTIL=20260302)", ["2026-03-02T00:00:00Z"]),
        ("rrule(FREQ=DAILY;BYHOUR=9;UNTIL=20260302T085959Z)", ["2026-03-01T09:00:00Z"]),
        (
            "rrule(DTSTART=20260128T090000;FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,SU;BYSETPOS=1)",
            ["2026-03-09T09:00:00Z", "2026-03-23T09:00:00Z"],
        ),
        ("rrule(FREQ=HOURLY;INTERVAL=7;BYHOUR=8;BYDAY=TU)", ["2026-03-03T08:00:00Z", "2026-03-10T08:00:00Z"]),
        (
            "rrule(FREQ=HOURLY;BYMINUTE=5,50;BYSECOND=10,20;BYSETPOS=2,-1)",
            ["2026-03-01T00:05:20Z", "2026-03-01T00:50:20Z"],
        ),
        ("rrule(FREQ=SECONDLY;INTERVAL=999999;BYHOUR=9)", ["2027-05-26T09:19:21Z", "2027-08-15T09:45:54Z"]),
        (
            "rrule(FREQ=MINUTELY;BYMONTH=2;BYMONTHDAY=29;BYHOUR=0;BYMINUTE=7)",
            ["2028-02-29T00:07:00Z", "2032-02-29T00:07:00Z"],
        ),
    ],
)
def test_a_recurrence_rule_runs_as_rfc_5545_says(runs: Runs, text: str, expected: list[str]) -> None:
    assert runs(text, after=MARCH, count=2) == expected


@pytest.mark.parametrize(
    "text",
    [
        "rrule(FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30)",
        "rrule(FREQ=WEEKLY;BYDAY=MO;BYSETPOS=2)",
        "rrule(FREQ=DAILY;BYHOUR=9,17;BYSETPOS=-3)",
        "rrule(FREQ=MINUTELY;INTERVAL=2;BYMINUTE=1)",
        "rrule(FREQ=MINUTELY;INTERVAL=1440;BYHOUR=14)",
        "rrule(FREQ=SECONDLY;INTERVAL=7;BYMONTH=2;BYMONTHDAY=30;BYMINUTE=12,36)",
        "rrule(FREQ=SECONDLY;BYDAY=MO;BYSETPOS=2)",
        "rrule(FREQ=HOURLY;INTERVAL=7;BYHOUR=18;BYDAY=TH)",
        "rrule(FREQ=DAILY;DTSTART=24000101T090000)",
        "rrule(FREQ=HOURLY;COUNT=2;DTSTART=99991231T235959)",
    ],
)
def test_a_recurrence_rule_that_never_matches_is_exhausted(runs: Runs, text: str) -> None:
    assert runs(text, after=MARCH) == []


@pytest.mark.parametrize(
    "text",
    [
        "rrule(FREQ=DAILY;BYHOUR=9,17;BYSETPOS=-3)",
        "rrule(FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30)",
        "rrule(FREQ=MINUTELY;INTERVAL=1440;BYHOUR=14)",
        "rrule(FREQ=SECONDLY;BYDAY=MO;BYSETPOS=2)",
        "rrule(FREQ=HOURLY;INTERVAL=7;BYHOUR=18;BYDAY=SU)",
    ],
)
def test_parts_that_exclude_each_other_are_found_out_without_looking_day_by_day(
    monkeypatch: pytest.MonkeyPatch, runs: Runs, text: str
) -> None:
    frequencies, start = [], rrule.rrule.__init__

    def noting_start(engine: rrule.rrule, frequency: int, *rest: Any, **parts: Any) -> None:
        frequencies.append(frequency)
        start(engine, frequency, *rest, **parts)

    monkeypatch.setattr(rrule.rrule, "__init__", noting_start)
    runs(text, after="2026-03-02T00:00:00Z")

    assert rrule.DAILY not in frequencies


def test_a_counted_rule_does_not_count_a_time_that_the_clocks_skip(runs: Runs) -> None:
    rule = "rrule(DTSTART=20260307T023000;FREQ=DAILY;COUNT=2)"

    assert runs(rule, "America/New_York", after=MARCH) == ["2026-03-07T07:30:00Z", "2026-03-09T06:30:00Z"]


@pytest.mark.parametrize(
    ("start", "zone"), [("00010101T000000", "Asia/Tokyo"), ("99991231T235959", "America/New_York")]
)
def test_a_start_beyond_the_calendar_is_refused(start: str, zone: str) -> None:
    for rest in ("", "COUNT=2;"):
        with pytest.raises(InvalidExpressionError, match=f"DTSTART={start} lies outside the years 1 to 9999 in UTC"):
            parse(f"rrule(FREQ=DAILY;{rest}DTSTART={start})", zone)


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("FREQ=HOURLY;COUNT=3", ["05:00", "06:00", None]),
        ("FREQ=HOURLY;COUNT=4", ["05:00", "06:00", "07:00"]),
        ("FREQ=MINUTELY;INTERVAL=30;COUNT=5", ["04:30", "05:00", "05:30"]),
        ("FREQ=DAILY;BYHOUR=1,2;COUNT=2", ["05:00", "07:00", None]),
    ],
)
def test_a_counted_rule_counts_both_passes_of_a_repeated_time(
    runs: Runs, rule: str, expected: list[str | None]
) -> None:
    text = f"rrule(DTSTART=20261101T000000;{rule})"

    found = runs(text, "America/New_York", after="2026-11-01T04:00:00Z")

    assert found == [f"2026-11-01T{one}:00Z" for one in expected if one]


def test_a_counted_rule_counts_from_the_second_of_its_anchor(runs: Runs) -> None:
    found = runs("rrule(FREQ=DAILY;COUNT=2)", after=MARCH, anchor="2026-03-02T09:00:00.5Z")

    assert found == ["2026-03-02T09:00:00Z", "2026-03-03T09:00:00Z"]


def test_a_counted_rule_counts_from_its_anchor_within_a_repeated_hour(runs: Runs) -> None:
    anchor = "2026-11-01T06:00:00Z"

    found = runs("rrule(FREQ=MINUTELY;INTERVAL=30;COUNT=2)", "America/New_York", after=MARCH, anchor=anchor)

    assert found == ["2026-11-01T06:00:00Z", "2026-11-01T06:30:00Z"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("rrule()", "parts must stand between"),
        ("rrule(BYDAY=MO)", "FREQ is missing"),
        ("rrule(FREQ=FORTNIGHTLY)", "FREQ is FORTNIGHTLY"),
        ("rrule(FREQ=DAILY;COLOUR=2)", "'COLOUR=2' is not NAME=value"),
        ("rrule(FREQ=DAILY;FREQ=DAILY)", "FREQ is given twice"),
        ("rrule(FREQ=DAILY;BYHOUR=24)", "BYHOUR item '24'"),
        ("rrule(FREQ=DAILY;BYMONTHDAY=0)", "BYMONTHDAY item '0'"),
        ("rrule(FREQ=WEEKLY;BYDAY=2MO)", "needs FREQ=MONTHLY or YEARLY"),
        ("rrule(FREQ=WEEKLY;BYDAY=XX)", "BYDAY item 'XX'"),
        ("rrule(FREQ=MONTHLY;BYDAY=0MO)", "BYDAY item '0MO'"),
        ("rrule(FREQ=MONTHLY;BYDAY=-6MO)", "BYDAY=-6MO counts within a month, which has 5 at most. Write -5MO"),
        ("rrule(FREQ=YEARLY;BYMONTH=7;BYDAY=53TU)", "BYDAY=53TU counts within a month, which has 5 at most. Write 5TU"),
        ("rrule(FREQ=DAILY;INTERVAL=0)", "INTERVAL=0"),
        ("rrule(FREQ=DAILY;COUNT=99999)", "COUNT=99999 is not a whole number from 1 to 10,000"),
        ("rrule(FREQ=DAILY;COUNT=2;UNTIL=20260302)", "exclude each other"),
        ("rrule(FREQ=DAILY;UNTIL=20260230)", "UNTIL=20260230 does not exist"),
        ("rrule(FREQ=DAILY;DTSTART=20260302)", "DTSTART=20260302 is not a local time"),
        ("rrule(FREQ=DAILY;BYSETPOS=1)", "BYSETPOS picks among"),
        ("rrule(FREQ=DAILY;BYWEEKNO=1)", "BYWEEKNO needs FREQ=YEARLY"),
        ("rrule(FREQ=DAILY;WKST=XX)", "WKST=XX"),
    ],
)
def test_a_wrong_recurrence_rule_is_refused_with_the_part_that_is_wrong(text: str, message: str) -> None:
    with pytest.raises(InvalidExpressionError) as refused:
        parse(text)

    assert message in str(refused.value)


def test_several_expressions_run_together_and_a_shared_instant_once(runs: Runs) -> None:
    schedule = ["cron(0 9 * * ? *)", "cron(0 9,17 ? * SUN *)", "at(2026-03-01T12:00:00)"]

    assert runs(schedule, after=MARCH, count=4) == [
        "2026-03-01T09:00:00Z",
        "2026-03-01T12:00:00Z",
        "2026-03-01T17:00:00Z",
        "2026-03-02T09:00:00Z",
    ]


@pytest.mark.parametrize(
    ("schedule", "exclude", "expected"),
    [
        ("cron(0 9 * * ? *)", ["2026-03-01"], ["2026-03-02T09:00:00Z", "2026-03-03T09:00:00Z"]),
        (
            "cron(0 9 * * ? *)",
            ["2026-03-01..2026-03-04", "2026-03-06", "2026-03-03"],
            ["2026-03-05T09:00:00Z", "2026-03-07T09:00:00Z"],
        ),
        ("cron(0 9 * * ? *)", ["cron(* * ? * SAT,SUN *)"], ["2026-03-02T09:00:00Z", "2026-03-03T09:00:00Z"]),
        ("rate(10 seconds)", ["cron(0-58 * * * ? *)"], ["2026-03-01T00:59:00Z", "2026-03-01T00:59:10Z"]),
        ("rate(10 seconds)", ["at(2026-03-01T00:00:10)"], ["2026-03-01T00:00:20Z", "2026-03-01T00:00:30Z"]),
        ("@hourly", ["0-59 0-22 * * *"], ["2026-03-01T23:00:00Z", "2026-03-02T23:00:00Z"]),
        ("rate(1 second)", ["0001-01-01..9999-12-31"], []),
        ("at(2026-03-05T12:00:00)", ["2026-03-05"], []),
        ("at(9999-12-31T23:59:59)", ["at(9999-12-31T23:59:59)"], []),
        ("at(9999-12-31T23:59:59)", ["at(9999-12-31T23:59:58)"], ["9999-12-31T23:59:59Z"]),
    ],
)
def test_what_is_excluded_does_not_run(runs: Runs, schedule: str, exclude: Sequence[str], expected: list[str]) -> None:
    assert runs(schedule, after=MARCH, count=2, exclude=exclude) == expected


def test_a_cron_takes_out_both_passes_of_a_repeated_hour(runs: Runs) -> None:
    found = runs("@hourly", "America/New_York", after="2026-11-01T04:00:00Z", count=1, exclude=["cron(0 1 * * ? *)"])

    assert found == ["2026-11-01T07:00:00Z"]


@pytest.mark.parametrize(
    ("schedule", "exclude", "seconds"),
    [("rate(1 second)", "at(0001-01-01T00:00:01)", 2), ("rate(30 seconds)", "cron(* * * * ? *)", 30)],
)
def test_at_the_first_instants_of_the_calendar_exclusions_hold_as_well(
    schedule: str, exclude: str, seconds: int
) -> None:
    first = datetime.min.replace(tzinfo=UTC)

    assert next_runs(schedule, after=first, count=1, exclude=[exclude]) == [first + timedelta(seconds=seconds)]


def test_overlapping_ranges_of_excluded_days_count_as_one(runs: Runs) -> None:
    exclude = ["2026-03-01..2026-03-09", "2026-03-02", "2026-03-04..2026-03-10"]

    for day in range(1, 10):
        assert runs("cron(0 9 * * ? *)", after=f"2026-03-{day:02}T00:00:00Z", count=1, exclude=exclude) == [
            "2026-03-11T09:00:00Z"
        ]


def test_an_excluded_day_is_a_local_day_also_where_its_midnight_is_skipped(runs: Runs) -> None:
    zone, before = "America/Sao_Paulo", "2017-10-15T01:00:00Z"

    assert runs("@hourly", zone, after=before, count=2, exclude=["2017-10-14"]) == [
        "2017-10-15T03:00:00Z",
        "2017-10-15T04:00:00Z",
    ]
    assert runs("@hourly", zone, after=before, count=1, exclude=["2017-10-15"]) == ["2017-10-15T02:00:00Z"]


@pytest.mark.parametrize(
    ("schedule", "exclude", "message"),
    [
        ([], [], "names no expression"),
        (["rate(1 day)"] * 101, [], "the limit is 100"),
        ("rate(1 day)", ["2026-02-30"], "names no day"),
        ("rate(1 day)", ["2026-03-02..2026-03-01"], "Write 2026-03-01..2026-03-02"),
        ("rate(1 day)", ["2026-3-2"], "is not a day"),
        ("rate(1 day)", ["20260302"], "is not a day"),
        ("rate(1 day)", ["christmas"], "none of the known forms"),
        ("rate(1 day)", "2026-03-02", "Write ['2026-03-02']"),
        (["rate(1 day)", 5], [], "entry 2 must be text, not int"),
        (5, [], "must be a list of texts, not int"),
    ],
)
def test_a_schedule_that_cannot_be_read_is_refused(
    schedule: Sequence[str], exclude: Sequence[str], message: str
) -> None:
    with pytest.raises(InvalidExpressionError) as refused:
        parse_schedule(schedule, exclude=exclude)

    assert message in str(refused.value)

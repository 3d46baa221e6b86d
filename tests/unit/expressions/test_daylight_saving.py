from collections.abc import Callable

import pytest

Runs = Callable[..., list[str]]
NEW_YORK, LONDON, LORD_HOWE = "America/New_York", "Europe/London", "Australia/Lord_Howe"
CASABLANCA, APIA, SAO_PAULO = "Africa/Casablanca", "Pacific/Apia", "America/Sao_Paulo"


@pytest.mark.parametrize(
    ("text", "timezone", "after", "expected"),
    [
        # The clocks jump from 02:00 to 03:00: 02:30 does not occur that day.
        ("cron(30 2 * * ? *)", NEW_YORK, "2026-03-07T12:00:00Z", ["2026-03-09T06:30:00Z", "2026-03-10T06:30:00Z"]),
        ("cron(30 1 * * ? *)", LONDON, "2026-03-28T12:00:00Z", ["2026-03-30T00:30:00Z", "2026-03-31T00:30:00Z"]),
        # From 02:00 to 02:30: only half an hour is lost.
        ("cron(15 2 * * ? *)", LORD_HOWE, "2026-10-03T00:00:00Z", ["2026-10-04T15:15:00Z", "2026-10-05T15:15:00Z"]),
        ("cron(30 2 * * ? *)", LORD_HOWE, "2026-10-02T16:30:00Z", ["2026-10-03T15:30:00Z", "2026-10-04T15:30:00Z"]),
        # After Ramadan from 02:00 to 03:00.
        ("cron(30 2 * * ? *)", CASABLANCA, "2026-03-21T12:00:00Z", ["2026-03-23T01:30:00Z", "2026-03-24T01:30:00Z"]),
        # 30 December 2011 was left out altogether.
        ("cron(0 12 * * ? *)", APIA, "2011-12-29T00:00:00Z", ["2011-12-29T22:00:00Z", "2011-12-30T22:00:00Z"]),
        ("cron(0 12 30 * ? *)", APIA, "2011-12-01T00:00:00Z", ["2012-01-29T22:00:00Z", "2012-03-29T22:00:00Z"]),
        # Midnight itself was skipped.
        ("cron(0 0 * * ? *)", SAO_PAULO, "2017-10-14T12:00:00Z", ["2017-10-16T02:00:00Z", "2017-10-17T02:00:00Z"]),
        ("cron(*/30 * * * ? *)", NEW_YORK, "2026-03-08T06:00:00Z", ["2026-03-08T06:30:00Z", "2026-03-08T07:00:00Z"]),
        ("*/30 * * * *", APIA, "2011-12-30T09:00:00Z", ["2011-12-30T09:30:00Z", "2011-12-30T10:00:00Z"]),
    ],
)
def test_a_time_that_the_clocks_skip_does_not_occur(
    runs: Runs, text: str, timezone: str, after: str, expected: list[str]
) -> None:
    assert runs(text, timezone, after=after, count=2) == expected


@pytest.mark.parametrize(
    ("text", "timezone", "after", "expected"),
    [
        ("cron(30 1 * * ? *)", NEW_YORK, "2026-10-31T12:00:00Z", ["2026-11-01T05:30:00Z", "2026-11-02T06:30:00Z"]),
        ("cron(30 1 * * ? *)", NEW_YORK, "2026-11-01T06:10:00Z", ["2026-11-02T06:30:00Z", "2026-11-03T06:30:00Z"]),
        ("cron(0,30 1 * * ? *)", NEW_YORK, "2026-11-01T05:00:00Z", ["2026-11-01T05:30:00Z", "2026-11-02T06:00:00Z"]),
        ("cron(30 1 * * ? *)", LONDON, "2026-10-24T12:00:00Z", ["2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"]),
        ("cron(45 1 * * ? *)", LORD_HOWE, "2026-04-04T00:00:00Z", ["2026-04-04T14:45:00Z", "2026-04-05T15:15:00Z"]),
        ("cron(30 2 * * ? *)", CASABLANCA, "2026-02-14T12:00:00Z", ["2026-02-15T01:30:00Z", "2026-02-16T02:30:00Z"]),
        ("cron(30 23 * * ? *)", SAO_PAULO, "2018-02-17T12:00:00Z", ["2018-02-18T01:30:00Z", "2018-02-19T02:30:00Z"]),
        ("cron(0 1-3 * * ? *)", NEW_YORK, "2026-11-01T04:30:00Z", ["2026-11-01T05:00:00Z", "2026-11-01T07:00:00Z"]),
        ("cron(30/30 1 * * ? *)", NEW_YORK, "2026-11-01T05:00:00Z", ["2026-11-01T05:30:00Z", "2026-11-02T06:30:00Z"]),
        ("30 1 * * *", NEW_YORK, "2026-10-31T12:00:00Z", ["2026-11-01T05:30:00Z", "2026-11-02T06:30:00Z"]),
        (
            "rrule(FREQ=DAILY;BYHOUR=1;BYMINUTE=30;BYSECOND=0)",
            NEW_YORK,
            "2026-10-31T12:00:00Z",
            ["2026-11-01T05:30:00Z", "2026-11-02T06:30:00Z"],
        ),
    ],
)
def test_a_time_of_day_that_the_clocks_repeat_occurs_once_at_the_first_pass(
    runs: Runs, text: str, timezone: str, after: str, expected: list[str]
) -> None:
    assert runs(text, timezone, after=after, count=2) == expected


@pytest.mark.parametrize(
    ("text", "timezone", "after", "expected"),
    [
        ("cron(0 * * * ? *)", NEW_YORK, "2026-11-01T04:30:00Z", ["05:00", "06:00", "07:00", "08:00"]),
        ("cron(0/30 * * * ? *)", NEW_YORK, "2026-11-01T05:00:00Z", ["05:30", "06:00", "06:30", "07:00"]),
        ("cron(0/30 1 * * ? *)", NEW_YORK, "2026-11-01T04:30:00Z", ["05:00", "05:30", "06:00", "06:30"]),
        ("cron(*/20 * * * ? *)", LONDON, "2026-10-25T00:20:00Z", ["00:40", "01:00", "01:20", "01:40"]),
        ("cron(0/15 * * * ? *)", LORD_HOWE, "2026-04-04T14:15:00Z", ["14:30", "14:45", "15:00", "15:15"]),
        ("cron(0 0-23 * * ? *)", CASABLANCA, "2026-02-15T00:30:00Z", ["01:00", "02:00", "03:00", "04:00"]),
        ("cron(*/30 * * * ? *)", SAO_PAULO, "2018-02-18T01:00:00Z", ["01:30", "02:00", "02:30", "03:00"]),
        ("*/30 * * * *", NEW_YORK, "2026-11-01T05:10:00Z", ["05:30", "06:00", "06:30", "07:00"]),
        ("@hourly", NEW_YORK, "2026-11-01T05:10:00Z", ["06:00", "07:00", "08:00", "09:00"]),
        (
            "rrule(FREQ=MINUTELY;INTERVAL=30;BYSECOND=0)",
            NEW_YORK,
            "2026-11-01T05:00:00Z",
            ["05:30", "06:00", "06:30", "07:00"],
        ),
    ],
)
def test_an_interval_fires_through_both_passes_of_a_repeated_hour(
    runs: Runs, text: str, timezone: str, after: str, expected: list[str]
) -> None:
    assert [run[11:16] for run in runs(text, timezone, after=after, count=4)] == expected


def test_a_daily_time_keeps_its_wall_clock_while_utc_moves(runs: Runs) -> None:
    assert runs("cron(0 9 * * ? *)", NEW_YORK, after="2026-03-07T00:00:00Z", count=2) == [
        "2026-03-07T14:00:00Z",
        "2026-03-08T13:00:00Z",
    ]

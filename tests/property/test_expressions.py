"""What holds for every expression, checked against readings of the fields that share no code with ours."""

import calendar
from datetime import UTC, date, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from schedule_model.errors import SchedulerError
from schedule_model.expressions import parse, parse_schedule, timezone_named
from schedule_model.next_runs import next_runs

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
# A change of the clocks each: forward, back, by half an hour, for Ramadan, over a whole day, at midnight.
CHANGES = [
    ("UTC", datetime(2026, 6, 1, tzinfo=UTC)),
    ("Asia/Kathmandu", datetime(2026, 6, 1, tzinfo=UTC)),
    ("America/New_York", datetime(2026, 3, 8, 7, tzinfo=UTC)),
    ("America/New_York", datetime(2026, 11, 1, 6, tzinfo=UTC)),
    ("Europe/London", datetime(2026, 3, 29, 1, tzinfo=UTC)),
    ("Europe/London", datetime(2026, 10, 25, 1, tzinfo=UTC)),
    ("Australia/Lord_Howe", datetime(2026, 10, 3, 15, 30, tzinfo=UTC)),
    ("Australia/Lord_Howe", datetime(2026, 4, 4, 15, tzinfo=UTC)),
    ("Africa/Casablanca", datetime(2026, 2, 15, 2, tzinfo=UTC)),
    ("Africa/Casablanca", datetime(2026, 3, 22, 2, tzinfo=UTC)),
    ("Pacific/Apia", datetime(2011, 12, 30, 10, tzinfo=UTC)),
    ("America/Sao_Paulo", datetime(2017, 10, 15, 3, tzinfo=UTC)),
    ("America/Sao_Paulo", datetime(2018, 2, 18, 2, tzinfo=UTC)),
]
instants = st.datetimes(datetime(1971, 1, 1), datetime(2150, 1, 1), timezones=st.just(UTC))


@st.composite
def number_fields(draw: st.DrawFn, lowest: int, highest: int) -> tuple[str, set[int]]:
    """A field as text, and the numbers it means, counted off one by one."""
    if draw(st.integers(0, 3)) == 0:
        return "*", set(range(lowest, highest + 1))
    texts, numbers = [], set()
    for _ in range(draw(st.integers(1, 3))):
        first, last = draw(st.integers(lowest, highest)), draw(st.integers(lowest, highest))
        step = draw(st.integers(1, highest))
        form = draw(
            st.sampled_from(["{first}", "{first}-{last}", "{first}/{step}", "*/{step}", "{first}-{last}/{step}"])
        )
        texts.append(form.format(first=first, last=last, step=step))
        start = lowest if form.startswith("*") else first
        end = last if "last" in form else highest if "step" in form else first
        counted = [start]
        while counted[-1] != end:
            counted.append(counted[-1] + 1 if counted[-1] < highest else lowest)
        numbers |= set(counted[:: step if "step" in form else 1])
    return ",".join(texts), numbers


def fixed_numbers(*numbers: int) -> st.SearchStrategy[tuple[str, set[int]]]:
    chosen = st.sets(st.sampled_from(numbers), min_size=1)
    return chosen.map(lambda picked: (",".join(map(str, picked)), picked))


@settings(max_examples=200)
@given(
    minute=fixed_numbers(0, 15, 30, 59) | number_fields(0, 59),
    hour=fixed_numbers(0, 1, 2, 3, 23) | number_fields(0, 23),
    weekdays=st.just(set(range(1, 8))) | st.sets(st.integers(1, 7), min_size=1),
    change=st.sampled_from(CHANGES),
    offset=st.integers(-240, 120) | st.integers(-1440, 120),
)
def test_a_cron_occurs_in_just_the_minutes_that_its_fields_name(minute, hour, weekdays, change, offset) -> None:
    zone_name, changes_at = change
    zone, after = timezone_named(zone_name), changes_at + offset * MINUTE
    text = f"cron({minute[0]} {hour[0]} ? * {','.join(map(str, weekdays))} *)"
    twice = any(
        len(named) == whole or (len(named) > 1 and ("*" in written or "/" in written))
        for (written, named), whole in ((minute, 60), (hour, 24))
    )
    expected = []

    for passed in range(1, 1441):
        instant = after + passed * MINUTE
        local = instant.astimezone(zone)
        is_named = local.minute in minute[1] and local.hour in hour[1] and local.isoweekday() % 7 + 1 in weekdays
        if is_named and (twice or not local.fold):
            expected.append(instant)
    runs = next_runs(text, zone_name, after=after, count=len(expected) + 1)

    assert runs[: len(expected)] == expected
    assert not runs[len(expected) :] or runs[-1] > after + DAY


def working_days(month: list[date]) -> list[date]:
    return [day for day in month if day.weekday() < 5]


def nearest_working_day(month: list[date], to: date) -> date:
    return min(working_days(month), key=lambda day: abs(day - to))


DAY_FORMS = st.one_of(
    st.integers(1, 31).map(lambda n: (f"{n} * ?", lambda month, day: day.day == n)),
    st.integers(0, 30).map(lambda n: (f"L-{n} * ?", lambda month, day: day == month[-1] - n * DAY)),
    st.just(("L * ?", lambda month, day: day == month[-1])),
    st.just(("LW * ?", lambda month, day: day == working_days(month)[-1])),
    st.integers(0, 27).map(
        lambda n: (f"L-{n}W * ?", lambda month, day: day == nearest_working_day(month, month[-1 - n]))
    ),
    st.integers(1, 31).map(
        lambda n: (f"{n}W * ?", lambda month, day: n <= len(month) and day == nearest_working_day(month, month[n - 1]))
    ),
    st.integers(1, 7).map(lambda n: (f"? * {n}", lambda month, day: day.isoweekday() % 7 + 1 == n)),
    st.integers(1, 7).map(
        lambda n: (f"? * {n}L", lambda month, day: day == [d for d in month if d.isoweekday() % 7 + 1 == n][-1])
    ),
    st.tuples(st.integers(1, 7), st.integers(1, 5)).map(
        lambda pair: (
            f"? * {pair[0]}#{pair[1]}",
            lambda month, day: [d for d in month if d.isoweekday() % 7 + 1 == pair[0]][pair[1] - 1 : pair[1]] == [day],
        )
    ),
)


@settings(max_examples=150)
@given(DAY_FORMS, st.dates(date(1971, 1, 1), date(2190, 1, 1)))
def test_a_special_day_is_where_a_calendar_read_day_by_day_has_it(form, start) -> None:
    days, is_named = form
    expected = []

    for passed in range(1, 500):
        day = start + passed * DAY
        month = [date(day.year, day.month, n) for n in range(1, calendar.monthrange(day.year, day.month)[1] + 1)]
        if is_named(month, day):
            expected.append(day)
    after = datetime(start.year, start.month, start.day, 9, tzinfo=UTC)
    runs = next_runs(f"cron(0 9 {days} *)", after=after, count=len(expected) + 1)

    assert [run.date() for run in runs[: len(expected)]] == expected


FORMS = st.one_of(
    st.tuples(st.integers(1, 10**6), st.sampled_from(["second", "minutes", "hour", "days"])).map(
        lambda v: f"rate({v[0]} {v[1]})"
    ),
    st.tuples(number_fields(0, 59), number_fields(0, 23), number_fields(1, 31), number_fields(1, 12)).map(
        lambda fields: f"cron({' '.join(field[0] for field in fields)} ? *)"
    ),
    st.tuples(number_fields(0, 59), number_fields(0, 23), number_fields(1, 31), number_fields(0, 6)).map(
        lambda fields: f"{fields[0][0]} {fields[1][0]} {fields[2][0]} * {fields[3][0].split('/')[0]}"
    ),
    st.sampled_from(["@hourly", "@weekly", "at(2026-11-20T13:00:00)", "rrule(FREQ=HOURLY;INTERVAL=7;BYMINUTE=5,50)"]),
    st.sampled_from(["rrule(FREQ=MONTHLY;BYDAY=-1FR)", "rrule(FREQ=DAILY;COUNT=30)", "rrule(FREQ=WEEKLY;INTERVAL=3)"]),
)
ZONES = st.sampled_from([name for name, _ in CHANGES])


@settings(max_examples=150)
@given(FORMS, ZONES, instants)
def test_occurrences_come_strictly_later_one_after_another_in_whole_seconds_of_utc(text, zone, after) -> None:
    runs = next_runs(text, zone, after=after, count=10)

    assert all(earlier < later for earlier, later in zip([after, *runs], runs, strict=False))
    assert all(run.tzinfo is UTC and run.microsecond == 0 for run in runs)


@settings(max_examples=100)
@given(FORMS, ZONES, instants, st.integers(1, 8))
def test_a_shorter_preview_is_the_beginning_of_a_longer_one(text, zone, after, count) -> None:
    assert next_runs(text, zone, after=after, count=count) == next_runs(text, zone, after=after, count=9)[:count]


@settings(max_examples=100)
@given(FORMS, ZONES, instants, st.floats(0, 1))
def test_nothing_occurs_between_a_question_and_its_answer(text, zone, after, share) -> None:
    expression = parse(text, zone)
    found = expression.next_after(after, anchor=after)

    if found is not None and found - after > timedelta(seconds=1):
        between = after + (found - after - timedelta(seconds=1)) * share
        assert expression.next_after(between, anchor=after) == found


@given(st.integers(1, 10**7), instants, instants)
def test_a_rate_answers_the_first_point_of_its_grid_after_the_question(seconds, anchor, after) -> None:
    (run,) = next_runs(f"rate({seconds} seconds)", after=after, anchor=anchor, count=1)
    period, start = timedelta(seconds=seconds), anchor.replace(microsecond=0)

    assert run >= start
    assert (run - start) % period == timedelta(0)
    assert run == start or run - period <= after


@settings(max_examples=100)
@given(st.lists(FORMS, min_size=1, max_size=3), FORMS, ZONES, instants, st.integers(0, 40))
def test_several_expressions_without_an_excluded_day_are_their_sorted_sum_less_that_day(
    texts, more, zone, after, days
) -> None:
    local_day = (after + days * DAY).astimezone(timezone_named(zone)).date()
    schedule = parse_schedule([*texts, more], zone, exclude=[local_day.isoformat()])
    single = {run for text in [*texts, more] for run in next_runs(text, zone, after=after, count=60)}
    wanted = sorted(run for run in single if run.astimezone(timezone_named(zone)).date() != local_day)[:5]
    instant = after

    for expected in wanted:
        found = schedule.next_after(instant, anchor=after)
        if expected > min(_last_known(texts, more, zone, after), default=expected):
            break
        assert found == expected
        instant = expected


def _last_known(texts, more, zone, after) -> list[datetime]:
    lists = [next_runs(text, zone, after=after, count=60) for text in [*texts, more]]
    return [runs[-1] for runs in lists if len(runs) == 60]


SCRAPS = st.lists(
    st.sampled_from(
        ["cron(", "rate(", "at(", "rrule(", "FREQ=", "DAILY", ";", "=", ")", " ", "?", "*", "/", "-", ",", "L", "W"]
    )
    | st.sampled_from(
        ["#", "MON", "JAN", "0", "7", "59", "99999", "2026", "T", ":", "@", "hourly", "minutes", "²", "٣", "\x00"]
    ),
    max_size=24,
).map("".join)


@settings(max_examples=600)
@given(
    SCRAPS | st.text(max_size=40) | SCRAPS.map(lambda scrap: f"cron({scrap})"),
    st.sampled_from(["UTC", "Europe/London"]),
)
def test_any_text_is_read_or_refused_and_never_breaks(text, zone) -> None:
    try:
        runs = next_runs(text, zone, after=datetime(2026, 3, 1, tzinfo=UTC), count=2)
    except SchedulerError:
        return

    assert runs == sorted(runs)


@given(st.text(max_size=30))
def test_any_timezone_is_found_or_refused_and_never_breaks(name) -> None:
    try:
        zone = timezone_named(name)
    except SchedulerError:
        return

    assert zone.key == name

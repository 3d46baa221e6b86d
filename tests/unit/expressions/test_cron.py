from collections.abc import Callable

import pytest

from schedule_model.errors import InvalidExpressionError
from schedule_model.expressions import parse

Runs = Callable[..., list[str]]


@pytest.mark.parametrize(
    ("text", "after", "expected"),
    [
        # EventBridge Scheduler user guide, "Cron-based schedules".
        ("cron(15 10 ? * 6L 2022-2023)", "2022-01-01T00:00:00Z", ["2022-01-28T10:15:00Z", "2022-02-25T10:15:00Z"]),
        ("cron(15 10 ? * 6L 2022-2023)", "2023-12-01T00:00:00Z", ["2023-12-29T10:15:00Z"]),
        # EventBridge user guide, "Cron expressions reference", table of examples.
        ("cron(0 10 * * ? *)", "2026-03-01T10:00:00Z", ["2026-03-02T10:00:00Z", "2026-03-03T10:00:00Z"]),
        ("cron(15 12 * * ? *)", "2026-03-01T10:00:00Z", ["2026-03-01T12:15:00Z", "2026-03-02T12:15:00Z"]),
        ("cron(0 18 ? * MON-FRI *)", "2026-03-06T00:00:00Z", ["2026-03-06T18:00:00Z", "2026-03-09T18:00:00Z"]),
        ("cron(0 8 1 * ? *)", "2026-03-01T09:00:00Z", ["2026-04-01T08:00:00Z", "2026-05-01T08:00:00Z"]),
        ("cron(0/15 * * * ? *)", "2026-03-01T09:50:00Z", ["2026-03-01T10:00:00Z", "2026-03-01T10:15:00Z"]),
        ("cron(0/10 * ? * MON-FRI *)", "2026-03-06T23:40:00Z", ["2026-03-06T23:50:00Z", "2026-03-09T00:00:00Z"]),
        ("cron(0/5 8-17 ? * MON-FRI *)", "2026-03-06T17:50:00Z", ["2026-03-06T17:55:00Z", "2026-03-09T08:00:00Z"]),
        ("cron(0/30 20-2 ? * MON-FRI *)", "2026-03-06T02:00:00Z", ["2026-03-06T02:30:00Z", "2026-03-06T20:00:00Z"]),
        # The wildcards, each as AWS explains it.
        ("cron(0 0 1 JAN,FEB,MAR ? *)", "2026-02-01T00:00:00Z", ["2026-03-01T00:00:00Z", "2027-01-01T00:00:00Z"]),
        ("cron(0 0 1-15 * ? *)", "2026-03-14T12:00:00Z", ["2026-03-15T00:00:00Z", "2026-04-01T00:00:00Z"]),
        ("cron(1/10 * * * ? *)", "2026-03-01T09:30:00Z", ["2026-03-01T09:31:00Z", "2026-03-01T09:41:00Z"]),
        ("cron(0 0 7 * ? *)", "2026-03-01T00:00:00Z", ["2026-03-07T00:00:00Z", "2026-04-07T00:00:00Z"]),
        ("cron(0 0 L * ? *)", "2028-02-01T00:00:00Z", ["2028-02-29T00:00:00Z", "2028-03-31T00:00:00Z"]),
        ("cron(0 0 ? * L *)", "2026-03-01T00:00:00Z", ["2026-03-07T00:00:00Z", "2026-03-14T00:00:00Z"]),
        ("cron(0 0 3W * ? *)", "2026-10-01T00:00:00Z", ["2026-10-02T00:00:00Z", "2026-11-03T00:00:00Z"]),
        ("cron(0 0 ? * 3#2 *)", "2026-03-01T00:00:00Z", ["2026-03-10T00:00:00Z", "2026-04-14T00:00:00Z"]),
        # Accepted by the real service, as others found out.
        (
            "cron(0-15/1 8-8 ? * 2,3,4,5,6,7 *)",
            "2026-03-01T00:00:00Z",
            ["2026-03-02T08:00:00Z", "2026-03-02T08:01:00Z"],
        ),
        ("cron(1-31/30 1-1 ? * 1,7 *)", "2026-03-01T00:00:00Z", ["2026-03-01T01:01:00Z", "2026-03-01T01:31:00Z"]),
        ("cron(* * ? * mon-sun *)", "2026-03-01T00:00:00Z", ["2026-03-01T00:01:00Z", "2026-03-01T00:02:00Z"]),
    ],
)
def test_every_documented_example_runs_as_documented(runs: Runs, text: str, after: str, expected: list[str]) -> None:
    assert runs(text, after=after, count=2) == expected


@pytest.mark.parametrize(
    ("text", "after", "expected"),
    [
        ("cron(0 9 * * ?)", "2026-03-01T00:00:00Z", ["2026-03-01T09:00:00Z", "2026-03-02T09:00:00Z"]),
        ("cron(0\t9  * * ? *)", "2026-03-01T00:00:00Z", ["2026-03-01T09:00:00Z", "2026-03-02T09:00:00Z"]),
        ("cron(0 0 LW * ? *)", "2026-05-01T00:00:00Z", ["2026-05-29T00:00:00Z", "2026-06-30T00:00:00Z"]),
        ("cron(0 0 L-3 * ? *)", "2026-02-01T00:00:00Z", ["2026-02-25T00:00:00Z", "2026-03-28T00:00:00Z"]),
        ("cron(0 0 L-3W * ? *)", "2026-02-01T00:00:00Z", ["2026-02-25T00:00:00Z", "2026-03-27T00:00:00Z"]),
        ("cron(0 0 L-30 * ? *)", "2026-01-02T00:00:00Z", ["2026-03-01T00:00:00Z", "2026-05-01T00:00:00Z"]),
        ("cron(0 0 31W * ? *)", "2026-03-31T00:00:00Z", ["2026-05-29T00:00:00Z", "2026-07-31T00:00:00Z"]),
        ("cron(0 0 1W * ? *)", "2026-08-01T00:00:00Z", ["2026-08-03T00:00:00Z", "2026-09-01T00:00:00Z"]),
        ("cron(0 0 ? * FRI#5 *)", "2026-03-01T00:00:00Z", ["2026-05-29T00:00:00Z", "2026-07-31T00:00:00Z"]),
        ("cron(0 0 ? * FRIL *)", "2026-03-01T00:00:00Z", ["2026-03-27T00:00:00Z", "2026-04-24T00:00:00Z"]),
        ("cron(0 0 ? * FRI-MON *)", "2026-03-02T00:00:00Z", ["2026-03-06T00:00:00Z", "2026-03-07T00:00:00Z"]),
        ("cron(0 0 1 NOV-FEB/2 ? *)", "2026-02-01T00:00:00Z", ["2026-11-01T00:00:00Z", "2027-01-01T00:00:00Z"]),
        ("cron(0 0 30-2 * ? *)", "2026-02-02T00:00:00Z", ["2026-03-01T00:00:00Z", "2026-03-02T00:00:00Z"]),
        ("cron(0 0 29 2 ? *)", "2096-03-01T00:00:00Z", ["2104-02-29T00:00:00Z", "2108-02-29T00:00:00Z"]),
        ("cron(0 0 ? 2 1#5 *)", "2026-01-01T00:00:00Z", ["2032-02-29T00:00:00Z", "2060-02-29T00:00:00Z"]),
        ("cron(5,5,5 0 1 1 ? 2024/4)", "2026-01-01T00:00:00Z", ["2028-01-01T00:05:00Z", "2032-01-01T00:05:00Z"]),
        ("cron(59 23 31 12 ? 2199)", "2026-01-01T00:00:00Z", ["2199-12-31T23:59:00Z"]),
        ("cron(0 0 1 1 ? 1970)", "0001-01-01T00:00:00Z", ["1970-01-01T00:00:00Z"]),
    ],
)
def test_a_special_day_falls_where_quartz_and_the_calendar_put_it(
    runs: Runs, text: str, after: str, expected: list[str]
) -> None:
    assert runs(text, after=after, count=2) == expected


@pytest.mark.parametrize(
    "text", ["cron(0 0 30 2 ? *)", "cron(0 0 31 4,6,9,11 ? *)", "cron(0 0 1 1 ? 2020)", "cron(0 0 L-30 2 ? *)"]
)
def test_an_expression_that_never_matches_again_is_exhausted_at_once(runs: Runs, text: str) -> None:
    assert runs(text, after="2026-01-01T00:00:00Z") == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("cron(0 1 * * * *)", "Exactly one of the fields day-of-month (3rd) and day-of-week (5th) must be ?"),
        ("cron(0 9 * * *)", "Write cron(0 9 * * ?)"),
        ("cron(0 9 * * MON *)", "Write cron(0 9 ? * MON *)"),
        ("cron(0 9 ? * ? *)", "Write cron(0 9 * * ? *)"),
        ("cron(0 9 1 * MON *)", "Write two schedules, one for each"),
        ("cron(7 20 * * NOT *)", "must be ?"),
        ("cron(7 20 ? * NOT *)", "Field day-of-week, item 1 'NOT': NOT is not a number or name of this field"),
        ("cron(INVALID)", "It has 1 fields"),
        ("cron()", "It has 0 fields"),
        ("cron(0 0 * * ? * *)", "It has 7 fields"),
        ("cron(0 dummy ? * MON-FRI *)", "Field hours, item 1 'DUMMY'"),
        ("cron(71 8 1 * ? *)", "Field minutes, item 1 '71': 71 is outside 0-59. Write 0-59"),
        ("cron(0 24 * * ? *)", "24 is outside 0-23"),
        ("cron(0 0 0 * ? *)", "Field day-of-month, item 1 '0': 0 is outside 1-31"),
        ("cron(0 0 1 13 ? *)", "13 is outside 1-12. Write 1-12 or JAN-DEC"),
        ("cron(0 0 ? * 0 *)", "0 is outside 1-7. Write 1-7 or SUN-SAT"),
        ("cron(0 0 * * ? 1969)", "1969 is outside 1970-2199"),
        ("cron(0 0 * * ? 2200)", "2200 is outside 1970-2199"),
        ("cron(0 0 * * ? 2027-2026)", "the range runs backwards. Write the lower number first"),
        ("cron(*/60 * * * ? *)", "the step 60 is outside 1-59. Write a step from 1 to 59"),
        ("cron(0 0/24 * * ? *)", "the step 24 is outside 1-23"),
        ("cron(0/0 * * * ? *)", "the step 0 is outside 1-59"),
        ("cron(0,,5 * * * ? *)", "Field minutes, item 2 '': an empty item"),
        ("cron(0, * * * ? *)", "item 2 '': an empty item"),
        ("cron(1-2-3 * * * ? *)", "not a number, name, range or step"),
        ("cron(*-5 * * * ? *)", "not a number, name, range or step"),
        ("cron(-5 * * * ? *)", "not a number, name, range or step"),
        ("cron(5/ * * * ? *)", "not a number, name, range or step"),
        ("cron(? * * * ? *)", "Field minutes, item 1 '?'"),
        ("cron(0 0 ? * */2 *)", "this field takes no step with /. Write the days as a list"),
        ("cron(0 0 ? * 3#1,6#3 *)", "L, W and # stand alone in their field"),
        ("cron(0 0 1,L * ? *)", "item 2 'L': L, W and # stand alone"),
        ("cron(0 0 ? * 2#6 *)", "the week after # is outside 1-5"),
        ("cron(0 0 ? * 2#0 *)", "the week after # is outside 1-5"),
        ("cron(0 0 ? * 8L *)", "8 is not a day of the week"),
        ("cron(0 0 32W * ? *)", "the day before W is outside 1-31"),
        ("cron(0 0 0W * ? *)", "the day before W is outside 1-31"),
        ("cron(0 0 L-31 * ? *)", "no month is so long. Write L-30 or less"),
        ("cron(0 0 WL * ? *)", "Field day-of-month, item 1 'WL'"),
        ("cron( 0 9 * * ? *)", "Write cron(0 9 * * ? *)"),
        ("cron(0 9 * * ? *", "Write cron(0 9 * * ? *)"),
        ("cron(0 9 * * ? *);", "Write cron(0 9 * * ? *)"),
        ("CRON(0 9 * * ? *)", "Write cron(0 9 * * ? *)"),
        ("cron(٣ 9 * * ? *)", "Character 6, '٣', is not plain ASCII"),
        ("cron(² 9 * * ? *)", "is not plain ASCII"),
        ("cron(0 9 * * ? *)\n", "is not plain ASCII"),
    ],
)
def test_what_aws_refuses_is_refused_with_its_sentence_the_place_and_a_way_out(text: str, message: str) -> None:
    with pytest.raises(InvalidExpressionError) as refused:
        parse(text)

    assert str(refused.value).startswith(f"Invalid Schedule Expression {text}. ")
    assert message in str(refused.value)


def test_an_expression_has_1_to_256_characters() -> None:
    longest = f"cron({'0,' * 118}59 009 * * ? *)"

    assert len(longest) == 256
    assert parse(longest)
    with pytest.raises(InvalidExpressionError, match="empty"):
        parse("")
    with pytest.raises(InvalidExpressionError, match="the limit is 256"):
        parse("@daily" + " " * 251)


def test_a_parsed_expression_is_cached() -> None:
    assert parse("cron(0 9 * * ? *)", "Europe/Paris") is parse("cron(0 9 * * ? *)", "Europe/Paris")

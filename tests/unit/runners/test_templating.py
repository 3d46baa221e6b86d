"""Template expressions in params."""

import pytest
from pydantic import JsonValue

from functions.runners.contract import InvalidParamsError
from functions.runners.templating import fill, has_expression
from tests.unit.runners.circumstances import context


@pytest.mark.parametrize(
    ("written", "filled"),
    [
        ("<hourglass.scheduled_at>", "2026-11-20T12:00:00Z"),
        ("<hourglass.target_id>", "homepage"),
        ("<hourglass.attempt>", "2"),
        ("<hourglass.idempotency_key>", "homepage/2026-11-20T12:00:00Z"),
        ("a <hourglass.attempt><hourglass.attempt> b", "a 22 b"),
        (
            {"<hourglass.attempt>": ["<hourglass.attempt>", 1, None, True]},
            {"<hourglass.attempt>": ["2", 1, None, True]},
        ),
        ("<hourglass> <hourglass.a b> <aws.scheduler.attempt> hourglass.attempt", None),
        (5, None),
        (None, None),
    ],
)
def test_expressions_are_filled_in_and_everything_else_stays(written: JsonValue, filled: JsonValue) -> None:
    assert fill(written, context(attempt=2)) == (written if filled is None else filled)


def test_what_was_filled_in_is_not_looked_at_again() -> None:
    hostile = context(target_id="<hourglass.attempt>")

    assert fill("<hourglass.target_id>", hostile) == "<hourglass.attempt>"


@pytest.mark.parametrize("text", ["<hourglass.due>", "<hourglass.>", "<hourglass.ATTEMPT>"])
def test_an_expression_that_does_not_exist_is_refused_with_those_that_do(text: str) -> None:
    with pytest.raises(InvalidParamsError, match=r"does not exist; write one of <hourglass\.attempt>"):
        fill({"a": [text]}, context())


def test_what_is_written_is_left_as_it_was() -> None:
    written: JsonValue = {"a": ["<hourglass.attempt>"]}

    fill(written, context())

    assert written == {"a": ["<hourglass.attempt>"]}


def test_a_text_with_an_expression_is_told_from_one_without() -> None:
    assert has_expression("x<hourglass.attempt>")
    assert not has_expression("<b>")

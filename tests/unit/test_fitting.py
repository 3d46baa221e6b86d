"""Outputs that fit into a row."""

import pytest
from pydantic import JsonValue

from functions.executor.fitting import OUTPUT_SIZE_MAX, fit


def nested(levels: int) -> JsonValue:
    value: JsonValue = "deep"
    for _ in range(levels):
        value = {"in": value}
    return value


@pytest.mark.parametrize("output", [None, True, 1.5, "text", [], {"a": [1, {"b": None}]}, nested(30)])
def test_an_output_that_fits_is_recorded_as_it_is(output: JsonValue) -> None:
    assert fit(output) == output


def test_an_output_of_the_greatest_size_is_recorded_whole() -> None:
    greatest = "x" * (OUTPUT_SIZE_MAX - 2)

    assert fit(greatest) == greatest


@pytest.mark.parametrize("output", ["x" * OUTPUT_SIZE_MAX, "é" * OUTPUT_SIZE_MAX, ["x" * 1000] * 300])
def test_an_output_that_does_not_fit_is_marked_and_shows_how_it_begins(output: JsonValue) -> None:
    fitted = fit(output)

    assert isinstance(fitted, dict)
    assert fitted["truncated"] is True
    assert isinstance(fitted["size_bytes"], int)
    assert fitted["size_bytes"] > OUTPUT_SIZE_MAX
    assert isinstance(fitted["preview"], str)
    assert len(fitted["preview"]) == 8192


@pytest.mark.parametrize("output", [nested(31), [[nested(31)]], {"": 1}, {"a": [{"": None}]}])
def test_an_output_that_dynamodb_cannot_hold_is_marked_and_shows_how_it_begins(output: JsonValue) -> None:
    fitted = fit(output)

    assert isinstance(fitted, dict)
    assert fitted["truncated"] is True


def test_lists_within_lists_that_take_more_in_a_row_than_in_json_are_marked() -> None:
    fitted = fit([[[[1]]]] * 29_000)

    assert isinstance(fitted, dict)
    assert fitted["truncated"] is True
    assert fitted["size_bytes"] == 29_000 * 9
    assert fit([[1, 2]] * 29_000) == [[1, 2]] * 29_000


def test_an_output_that_utf8_cannot_hold_does_not_break_the_record() -> None:
    assert fit("\ud800") == "\ud800"

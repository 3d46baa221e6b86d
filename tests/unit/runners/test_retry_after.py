"""The `Retry-After` header."""

from datetime import timedelta

import pytest

from functions.runners.network.retry_after import LONGEST, read_retry_after
from tests.unit.examples import NOON, seconds


@pytest.mark.parametrize(
    ("text", "wait"), [("0", 0), ("120", 120), (" 7 ", 7), ("0120", 120), ("1209600", 14 * 86_400)]
)
def test_seconds_are_read(text: str, wait: int) -> None:
    assert read_retry_after(text, now=NOON) == read_retry_after(text, now=None) == seconds(wait)


@pytest.mark.parametrize(
    "text",
    [
        "Fri, 20 Nov 2026 12:02:00 GMT",
        "Friday, 20-Nov-26 12:02:00 GMT",
        "Fri Nov 20 12:02:00 2026",
        "Fri, 20 Nov 2026 13:02:00 +0100",
        "Fri, 20 Nov 2026 12:02:00 -0000",
    ],
)
def test_each_form_of_an_http_date_is_read(text: str) -> None:
    assert read_retry_after(text, now=NOON) == seconds(120)


def test_a_date_in_the_past_asks_for_no_wait() -> None:
    assert read_retry_after("Fri, 20 Nov 2026 11:59:00 GMT", now=NOON) == timedelta(0)


@pytest.mark.parametrize("text", ["9" * 11, "9" * 13, "9" * 5_000, "Fri, 20 Nov 9999 12:00:00 GMT"])
def test_a_senselessly_long_wish_is_cut(text: str) -> None:
    assert read_retry_after(text, now=NOON) == LONGEST


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "soon",
        "-5",
        "1.5",
        "+3",
        "١٢",
        "²",
        "Fri, 99 Nov 2026 12:00:00 GMT",
        "Fri, 20 Nov 2026",
        "\x00",
        "1, 2",
    ],
)
def test_what_cannot_be_understood_asks_for_nothing(text: str | None) -> None:
    assert read_retry_after(text, now=NOON) is None


def test_a_date_without_a_clock_asks_for_nothing() -> None:
    assert read_retry_after("Fri, 20 Nov 2026 12:02:00 GMT", now=None) is None

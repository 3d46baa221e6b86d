"""Several calls to AWS at once: each is made, whatever becomes of the others."""

import time

import pytest

from functions.aws.concurrently import concurrently


def test_the_first_exception_rises_once_every_call_has_been_made() -> None:
    made = []

    def call(number: int) -> int:
        if number == 0:
            raise PermissionError("not this one")
        # Longer than it takes to hear of the first one's end, so that what has not begun could still be called off.
        time.sleep(0.001)
        made.append(number)
        return number

    with pytest.raises(PermissionError, match="not this one"):
        concurrently(call, range(200))

    assert sorted(made) == list(range(1, 200))


def test_answers_come_in_the_order_of_what_was_asked() -> None:
    assert concurrently(str, [3, 1, 2]) == ["3", "1", "2"]

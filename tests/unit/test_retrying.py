"""Whether and when a failed attempt is tried again."""

from random import Random

import pytest

from schedule_model.errors import RunnerError
from schedule_model.retrying import retry_at
from schedule_model.target import Retry
from tests.unit.examples import NOON, minutes, run, seconds


class Highest(Random):
    """Draws the upper end each time."""

    def uniform(self, a: float, b: float) -> float:
        return b


@pytest.mark.parametrize(("attempt", "longest"), [(1, 5), (2, 10), (3, 20), (4, 40), (7, 300), (100, 300)])
def test_the_longest_wait_doubles_up_to_its_bound(attempt: int, longest: int) -> None:
    retry = Retry(max_attempts=186, backoff_seconds=5, max_backoff_seconds=300)

    assert retry_at(run(attempt=attempt), retry, now=NOON, random=Highest()) == NOON + seconds(longest)


def test_the_wait_is_spread_from_zero_to_its_longest() -> None:
    retry = Retry(backoff_seconds=100, max_backoff_seconds=100)
    draws = [retry_at(run(), retry, now=NOON, random=Random(seed)) for seed in range(200)]

    waits = [(instant - NOON).total_seconds() for instant in draws if instant]

    assert len(waits) == 200
    assert min(waits) < 10
    assert max(waits) > 90


def test_the_last_attempt_is_not_tried_again() -> None:
    assert retry_at(run(attempt=3), Retry(max_attempts=3), now=NOON, random=Random(1)) is None


def test_one_attempt_means_no_retry() -> None:
    assert retry_at(run(), Retry(max_attempts=1), now=NOON, random=Random(1)) is None


def test_a_retry_that_would_start_after_the_age_limit_is_given_up() -> None:
    retry = Retry(max_attempts=9, max_age_seconds=600, backoff_seconds=60, max_backoff_seconds=60)

    assert retry_at(run(), retry, now=NOON + minutes(9), random=Highest()) == NOON + minutes(10)
    assert retry_at(run(), retry, now=NOON + minutes(9) + seconds(1), random=Highest()) is None


def test_without_backoff_the_next_attempt_is_at_once() -> None:
    assert retry_at(run(), Retry(backoff_seconds=0), now=NOON, random=Highest()) == NOON


@pytest.mark.parametrize("attempt", [1, 3])
def test_a_wish_to_be_left_alone_comes_before_the_backoff(attempt: int) -> None:
    retry = Retry(max_attempts=9, backoff_seconds=5)
    draws = [
        retry_at(run(attempt=attempt), retry, now=NOON, random=Random(s), retry_after=seconds(90)) for s in range(9)
    ]

    waits = [(instant - NOON).total_seconds() for instant in draws if instant]

    assert len(set(waits)) == 9
    assert all(90 <= wait <= 90 + 5 * 2 ** (attempt - 1) for wait in waits)


def test_a_wish_beyond_the_age_limit_gives_the_run_up() -> None:
    retry = Retry(max_age_seconds=600, backoff_seconds=0)

    assert retry_at(run(), retry, now=NOON, random=Highest(), retry_after=seconds(600)) == NOON + minutes(10)
    assert retry_at(run(), retry, now=NOON, random=Highest(), retry_after=seconds(601)) is None


def test_a_failure_told_in_other_words_keeps_what_it_asks_for() -> None:
    told = RunnerError("with a secret", is_retryable=True, retry_after=seconds(90)).retold("without")

    assert (str(told), told.is_retryable, told.retry_after) == ("without", True, seconds(90))
    assert not RunnerError("x", is_retryable=False).retold("y").is_retryable

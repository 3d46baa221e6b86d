"""Who may carry out an occurrence whose row is there already."""

import pytest

from schedule_model.leasing import Duplicate, GiveUp, Later, TakeOver, abandoned, claim_held
from schedule_model.run import Run, RunStatus
from schedule_model.target import Retry
from tests.unit.examples import LEASE, NOON, minutes, run, seconds

RETRY = Retry(max_attempts=3)
FINAL = [status for status in RunStatus if status.is_final]


def retrying(at: float) -> Run:
    return run().retrying("failed", now=NOON, retry_at=NOON + seconds(at))


@pytest.mark.parametrize("status", FINAL)
def test_a_run_that_has_ended_makes_any_further_delivery_a_duplicate(status: RunStatus) -> None:
    assert claim_held(run(status=status), RETRY, now=NOON + minutes(600)) == Duplicate()


def test_a_held_run_is_asked_for_again_when_its_lease_is_over() -> None:
    assert claim_held(run(), RETRY, now=NOON + seconds(1)) == Later(NOON + LEASE)


def test_a_run_whose_lease_is_over_is_taken_over() -> None:
    assert claim_held(run(), RETRY, now=NOON + LEASE) == TakeOver()


def test_a_run_without_a_lease_is_taken_over() -> None:
    assert claim_held(run(lease_expires_at=None), RETRY, now=NOON) == TakeOver()


def test_a_run_cut_off_in_its_last_attempt_is_given_up() -> None:
    decision = claim_held(run(attempt=3), RETRY, now=NOON + LEASE)

    assert decision == GiveUp("attempt 3 was cut off; there is no other, as max_attempts is 3")


def test_a_retry_that_is_due_is_taken_over() -> None:
    assert claim_held(retrying(5), RETRY, now=NOON + seconds(5)) == TakeOver()


def test_a_retry_that_is_early_is_asked_for_again() -> None:
    assert claim_held(retrying(5), RETRY, now=NOON + seconds(4)) == Later(NOON + seconds(5))


def test_a_retry_without_an_instant_is_taken_over() -> None:
    assert claim_held(run(status=RunStatus.RETRYING), RETRY, now=NOON) == TakeOver()


@pytest.mark.parametrize("status", FINAL)
def test_an_ended_run_is_not_abandoned(status: RunStatus) -> None:
    assert abandoned(run(status=status), now=NOON) is False


def test_a_held_run_is_not_abandoned_yet() -> None:
    assert abandoned(run(), now=NOON) == Later(NOON + LEASE)


def test_a_run_whose_lease_is_over_is_abandoned() -> None:
    assert abandoned(run(), now=NOON + LEASE) is True


def test_a_run_that_waits_for_its_retry_is_abandoned_since_nobody_holds_it() -> None:
    assert abandoned(retrying(60), now=NOON) is True

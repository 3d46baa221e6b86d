"""Rows of the Runs table, and the moves between their statuses."""

import pytest

from schedule_model.run import MOVES, Run, RunStatus
from schedule_model.run_request import DispatchedBy
from tests.unit.examples import KEEP, LEASE, NOON, minutes, request, run, seconds

LATER = NOON + minutes(10)


def test_a_run_begins_with_its_first_attempt_and_a_lease() -> None:
    begun = Run.begun(request(), now=NOON + seconds(0.25), lease=LEASE, keep=KEEP)

    assert (begun.status, begun.attempt) == (RunStatus.IN_PROGRESS, 1)
    assert begun.lease_expires_at == NOON + seconds(0.25) + LEASE
    assert begun.delete_at == NOON + seconds(0.25) + KEEP
    assert begun.lateness_ms == 250
    assert begun.run_id == request().run_id
    assert begun.scheduled_at == NOON


def test_a_run_is_never_less_than_not_late() -> None:
    assert Run.begun(request(), now=NOON - seconds(1), lease=LEASE, keep=KEEP).lateness_ms == 0


def test_a_run_taken_over_is_its_next_attempt() -> None:
    taken = run().taken_over(request(dispatched_by=DispatchedBy.SWEEP), now=LATER, lease=LEASE)

    assert (taken.status, taken.attempt) == (RunStatus.IN_PROGRESS, 2)
    assert taken.lease_expires_at == LATER + LEASE
    assert taken.dispatched_by is DispatchedBy.SWEEP
    assert taken.lateness_ms == 600_000


def test_a_retry_counts_its_lateness_from_its_own_instant() -> None:
    retrying = run().retrying("failed", now=NOON, retry_at=NOON + seconds(30))

    taken = retrying.taken_over(request(attempt=2), now=NOON + seconds(31), lease=LEASE)

    assert taken.lateness_ms == 1000
    assert taken.retry_at is None


def test_a_completed_run_has_its_output_and_no_lease() -> None:
    done = run().completed({"status": 200}, now=NOON + seconds(1.5))

    assert done.status is RunStatus.COMPLETED
    assert done.output == {"status": 200}
    assert done.duration_ms == 1500
    assert done.finished_at == NOON + seconds(1.5)
    assert done.lease_expires_at is None
    assert done.error is None
    assert not done.hidden


def test_a_run_that_completed_after_a_failure_shows_no_error() -> None:
    retried = run().retrying("failed", now=NOON, retry_at=NOON).taken_over(request(), now=NOON, lease=LEASE)

    assert retried.completed(None, now=NOON).error is None


def test_a_run_without_an_answer_is_hidden() -> None:
    assert run().completed(None, now=NOON, hidden=True).hidden


def test_a_retrying_run_has_its_error_and_the_instant_of_its_next_attempt() -> None:
    retrying = run().retrying("failed", now=NOON + seconds(1), retry_at=NOON + seconds(9))

    assert (retrying.status, retrying.error) == (RunStatus.RETRYING, "failed")
    assert retrying.retry_at == NOON + seconds(9)
    assert retrying.lease_expires_at is None


def test_a_failed_run_has_its_error() -> None:
    failed = run().failed("failed", now=NOON)

    assert (failed.status, failed.error, failed.attempt) == (RunStatus.FAILED, "failed", 1)


@pytest.mark.parametrize("status", [RunStatus.SKIPPED, RunStatus.MISSED])
def test_an_occurrence_that_never_ran_has_no_attempt_and_no_start(status: RunStatus) -> None:
    not_run = run().not_run(status, "why", now=NOON)

    assert (not_run.status, not_run.attempt, not_run.error) == (status, 0, "why")
    assert not_run.started_at is None
    assert not_run.lateness_ms is None
    assert not_run.finished_at == NOON


def test_a_run_that_waits_for_the_one_before_it_has_made_no_attempt() -> None:
    waiting = run().waiting(NOON + seconds(2))

    assert waiting.is_waiting
    assert (waiting.attempt, waiting.retry_at, waiting.lease_expires_at) == (0, NOON + seconds(2), None)
    assert waiting.taken_over(request(), now=NOON + seconds(3), lease=LEASE).attempt == 1
    assert not run().retrying("failed", now=NOON, retry_at=NOON).is_waiting


def test_a_run_that_waited_is_late_from_when_it_was_due() -> None:
    waited = run().waiting(NOON + seconds(2)).taken_over(request(), now=NOON + seconds(3), lease=LEASE)

    assert waited.lateness_ms == 3000


def test_final_statuses_are_those_that_nothing_follows() -> None:
    final = {status for status in RunStatus if status.is_final}

    assert final == {RunStatus.COMPLETED, RunStatus.FAILED, RunStatus.SKIPPED, RunStatus.MISSED}
    assert set(MOVES) == set(RunStatus)


def test_a_run_abandoned_between_its_attempts_keeps_what_they_left() -> None:
    retrying = run().retrying("failed", now=NOON + seconds(2), retry_at=NOON + minutes(5))

    skipped = retrying.abandoned("the schedule was edited", now=LATER)

    assert (skipped.status, skipped.attempt, skipped.error) == (RunStatus.SKIPPED, 1, "the schedule was edited")
    assert skipped.started_at == NOON
    assert skipped.duration_ms == 2000
    assert skipped.retry_at is None
    assert skipped.lease_expires_at is None
    assert skipped.finished_at == LATER


def test_a_waiting_run_that_is_missed_waits_no_longer() -> None:
    missed = run().waiting(NOON + seconds(2)).not_run(RunStatus.MISSED, "why", now=LATER)

    assert missed.retry_at is None

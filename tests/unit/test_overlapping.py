"""Whether a run may start while one before it is still going on."""

import pytest

from schedule_model.overlapping import Skip, Start, WaitUntil, overlap
from schedule_model.run import Run, RunStatus
from schedule_model.target import Overlap
from tests.unit.examples import LEASE, NOON, minutes, run, seconds

DUE = NOON + seconds(30)


def decide(policy: Overlap, *earlier: Run, now_after: float = 0) -> Start | Skip | WaitUntil:
    return overlap(policy, earlier, due_at=DUE, now=DUE + seconds(now_after), lease=LEASE)


@pytest.mark.parametrize("policy", list(Overlap))
def test_a_run_with_none_before_it_starts(policy: Overlap) -> None:
    assert decide(policy) == Start()


@pytest.mark.parametrize("policy", list(Overlap))
@pytest.mark.parametrize("status", [status for status in RunStatus if status.is_final])
def test_a_run_after_one_that_has_ended_starts(policy: Overlap, status: RunStatus) -> None:
    assert decide(policy, run(status=status)) == Start()


def test_runs_may_overlap_unless_the_target_says_otherwise() -> None:
    assert decide(Overlap.ALLOW, run()) == Start()


def test_a_run_is_skipped_while_the_one_before_it_is_in_progress() -> None:
    assert decide(Overlap.SKIP, run()) == Skip(
        "the run of 2026-11-20T12:00:00Z is still in progress", held_by="2026-11-20T12:00:00Z"
    )


def test_a_run_is_skipped_while_the_one_before_it_waits_for_its_retry() -> None:
    retrying = run().retrying("failed", now=NOON, retry_at=NOON + seconds(60))

    assert isinstance(decide(Overlap.SKIP, retrying), Skip)


def test_a_run_waits_while_the_one_before_it_is_in_progress() -> None:
    assert decide(Overlap.QUEUE, run()) == WaitUntil(DUE + seconds(1))


@pytest.mark.parametrize(("waited", "further"), [(0, 1), (4, 1), (40, 10), (80, 20)])
def test_a_waiting_run_looks_again_after_a_quarter_of_its_wait(waited: float, further: float) -> None:
    lasting = run(lease_expires_at=NOON + minutes(60))

    assert decide(Overlap.QUEUE, lasting, now_after=waited) == WaitUntil(DUE + seconds(waited + further))


def test_a_waiting_run_looks_again_after_a_minute_at_the_latest() -> None:
    lasting = run(lease_expires_at=NOON + minutes(600))

    assert decide(Overlap.QUEUE, lasting, now_after=3600) == WaitUntil(DUE + seconds(3660))


def test_at_most_one_run_waits() -> None:
    waiting = run(run_id="2026-11-20T12:00:15Z").waiting(NOON + seconds(60))

    assert decide(Overlap.QUEUE, waiting, run()) == Skip(
        "the run of 2026-11-20T12:00:15Z is waiting already, and at most one waits", held_by="2026-11-20T12:00:15Z"
    )


@pytest.mark.parametrize("policy", list(Overlap))
def test_a_run_whose_lease_has_run_out_stands_in_nobodys_way(policy: Overlap) -> None:
    assert decide(policy, run(), now_after=60) == Start()


@pytest.mark.parametrize("policy", list(Overlap))
def test_a_retry_that_has_not_come_a_lease_after_it_should_have_stands_in_nobodys_way(policy: Overlap) -> None:
    lost = run().retrying("failed", now=NOON, retry_at=NOON + seconds(10))

    assert decide(policy, lost, now_after=70) == Start()
    assert policy is Overlap.ALLOW or decide(policy, lost, now_after=69) != Start()

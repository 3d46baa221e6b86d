"""Whether a run may start while others of its target are open."""

import pytest

from schedule_model.open_runs import Other, Standing
from schedule_model.overlapping import Skip, Start, WaitUntil, overlap
from schedule_model.run import Run
from schedule_model.target import Overlap
from tests.unit.examples import NOON, run, seconds

DUE = NOON + seconds(30)
OWN = "2026-11-20T12:00:30Z"
EARLIER, LATER = "2026-11-20T12:00:00Z", "2026-11-20T12:01:00Z"
EITHER = [EARLIER, LATER]
KEPT_APART = [Overlap.SKIP, Overlap.QUEUE]
BEGUN = [Standing.IN_PROGRESS, Standing.BETWEEN_ATTEMPTS]
HELD_WAITING = run(run_id=OWN).waiting(DUE)
HELD_BEGUN = run(run_id=OWN)


def decide(
    policy: Overlap, *others: Other, held: Run | None = None, now_after: float = 0, waits_its_turn: bool = False
) -> Start | Skip | WaitUntil:
    return overlap(
        policy,
        others,
        run_id=OWN,
        held=held,
        scheduled_at=DUE,
        now=DUE + seconds(now_after),
        waits_its_turn=waits_its_turn,
    )


def other(run_id: str = EARLIER, standing: Standing = Standing.IN_PROGRESS) -> Other:
    return Other(run_id, standing)


@pytest.mark.parametrize("held", [None, HELD_WAITING, HELD_BEGUN])
@pytest.mark.parametrize("policy", list(Overlap))
def test_a_run_starts_when_no_other_is_open(policy: Overlap, held: Run | None) -> None:
    assert decide(policy, held=held) == Start()


@pytest.mark.parametrize("held", [None, HELD_WAITING, HELD_BEGUN])
@pytest.mark.parametrize("standing", list(Standing))
def test_runs_may_overlap_unless_the_target_says_otherwise(standing: Standing, held: Run | None) -> None:
    assert decide(Overlap.ALLOW, other(standing=standing), held=held) == Start()


@pytest.mark.parametrize("run_id", EITHER)
@pytest.mark.parametrize("standing", list(Standing))
def test_a_run_is_skipped_while_another_is_open_be_it_earlier_or_later(run_id: str, standing: Standing) -> None:
    assert decide(Overlap.SKIP, other(run_id, standing)) == Skip(f"the run of {run_id} is still in progress", run_id)


@pytest.mark.parametrize("run_id", EITHER)
@pytest.mark.parametrize("standing", BEGUN)
def test_a_run_waits_while_another_is_open_be_it_earlier_or_later(run_id: str, standing: Standing) -> None:
    assert decide(Overlap.QUEUE, other(run_id, standing)) == WaitUntil(DUE + seconds(1))


@pytest.mark.parametrize(("waited", "further"), [(0, 1), (4, 1), (40, 10), (80, 20), (3_600, 60)])
def test_a_waiting_run_looks_again_after_a_quarter_of_its_wait_a_minute_at_most(waited: float, further: float) -> None:
    assert decide(Overlap.QUEUE, other(), now_after=waited) == WaitUntil(DUE + seconds(waited + further))


@pytest.mark.parametrize("run_id", EITHER)
@pytest.mark.parametrize("others", [[], [other()]])
def test_at_most_one_run_waits(run_id: str, others: list[Other]) -> None:
    assert decide(Overlap.QUEUE, other(run_id, Standing.WAITING), *others) == Skip(
        f"the run of {run_id} is waiting already, and at most one waits", run_id
    )


@pytest.mark.parametrize("policy", KEPT_APART)
def test_of_two_that_wait_the_earlier_starts(policy: Overlap) -> None:
    assert decide(policy, other(LATER, Standing.WAITING), held=HELD_WAITING) == Start()
    assert isinstance(decide(policy, other(EARLIER, Standing.WAITING), held=HELD_WAITING), Skip)


def test_a_backfill_is_never_skipped_and_takes_its_turn() -> None:
    again = WaitUntil(DUE + seconds(1))

    assert decide(Overlap.SKIP, other(LATER), waits_its_turn=True) == again
    assert decide(Overlap.QUEUE, other(EARLIER, Standing.WAITING), held=HELD_WAITING, waits_its_turn=True) == again


@pytest.mark.parametrize("policy", KEPT_APART)
@pytest.mark.parametrize("run_id", EITHER)
def test_a_run_that_has_begun_waits_for_an_attempt_in_progress_and_is_not_skipped(policy: Overlap, run_id: str) -> None:
    assert decide(policy, other(run_id), held=HELD_BEGUN, now_after=40) == WaitUntil(DUE + seconds(50))


@pytest.mark.parametrize("policy", KEPT_APART)
@pytest.mark.parametrize("standing", [Standing.BETWEEN_ATTEMPTS, Standing.WAITING])
def test_no_two_runs_wait_for_each_other(policy: Overlap, standing: Standing) -> None:
    assert decide(policy, other(standing=standing), held=HELD_BEGUN) == Start()

"""How many runs a schedule has had, as its rows tell."""

from schedule_model.plan import PlanStatus
from schedule_model.reconciling import Replan, Requeue, reconcile
from schedule_model.run import Run, RunStatus, runs_counted
from schedule_model.run_request import Trigger
from schedule_model.settings import LoopSettings
from tests.unit.examples import NOON, item, minutes, plan_for, run


def skipped(number: int) -> Run:
    return run(number=number).not_run(RunStatus.SKIPPED, "the run before is in progress", now=NOON)


def test_a_skipped_row_tells_how_many_ran_before_it() -> None:
    assert runs_counted([skipped(7)] * 5) == 6


def test_a_run_that_has_begun_counts_itself() -> None:
    assert runs_counted([run(number=7), skipped(7), run(number=6)]) == 7


def test_a_run_by_hand_tells_nothing() -> None:
    assert runs_counted([run(number=1, trigger=Trigger.MANUAL)]) == 0


def test_rows_of_a_former_life_tell_nothing() -> None:
    former, present = run(number=9), run(number=1, run_id="2026-11-20T12:05:00Z")

    assert runs_counted([present, former], after=NOON) == 1
    assert runs_counted([former], after=NOON) == 0
    assert runs_counted([present, former]) == 9


def test_what_reconcile_finds_is_not_taken_for_new() -> None:
    planned = item(max_runs=4) | {"plan": plan_for(item(), counted_from=NOON).item()}

    found, *_ = reconcile(planned, [], now=NOON + minutes(20), settings=LoopSettings())

    assert isinstance(found, Replan)
    assert not found.change.is_new
    assert found.change.counted_from() == NOON


def test_a_run_that_reconcile_asks_for_again_keeps_its_number() -> None:
    written = item(max_runs=4)
    planned = written | {"plan": plan_for(written, first_at=NOON).item()}

    found, *_ = reconcile(planned, [run(number=4)], now=NOON + minutes(20), settings=LoopSettings())

    assert isinstance(found, Requeue)
    assert found.request.number == 4


def test_an_open_run_is_asked_for_again_although_its_schedule_rests() -> None:
    written = item()
    rows = [run().retrying("broke", now=NOON, retry_at=NOON + minutes(1))]
    for status in (PlanStatus.PAUSED, PlanStatus.COMPLETED):
        planned = written | {"plan": plan_for(written, status=status).item()}

        assert isinstance(reconcile(planned, rows, now=NOON + minutes(20), settings=LoopSettings())[0], Requeue)

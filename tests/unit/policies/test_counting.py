"""How many runs a schedule has had, as its rows tell."""

from functions.aws.items import encode_item
from schedule_model.counting import is_added
from schedule_model.plan import PlanStatus
from schedule_model.reconciling import Replan, Requeue, reconcile
from schedule_model.run import Run, RunStatus, runs_counted
from schedule_model.run_request import Trigger
from schedule_model.run_result import RunResult
from schedule_model.settings import LoopSettings
from tests.property.virtual_loop import at
from tests.unit.examples import NOON, item, minutes, plan_for, request, run, target
from tests.unit.executing import Stack
from tests.unit.policies.lives import Life, run_now, told


def skipped(number: int) -> Run:
    return run(number=number).not_run(RunStatus.SKIPPED, "the run before is in progress", now=NOON)


def test_a_skipped_row_tells_how_many_ran_before_it() -> None:
    assert runs_counted([skipped(7)] * 5) == 6


def test_a_run_that_has_begun_counts_itself() -> None:
    assert runs_counted([run(number=7), skipped(7), run(number=6)]) == 7


def test_a_chosen_run_before_exclusions_that_leave_nothing_is_one_more() -> None:
    written = item(max_runs=2, **{"except": ["cron(0/5 * ? * * *)"]})
    held = plan_for(written, held_after=NOON, held_until=NOON + minutes(2))

    assert is_added(NOON + minutes(2), target(**written), held)


def test_a_run_that_is_added_before_such_exclusions_is_not_counted() -> None:
    stack = Stack(item(max_runs=3, **{"except": ["cron(0/5 * ? * * *)"]}))
    stack.runners.script = lambda target, context: RunResult(next_run_at=NOON + minutes(2))

    stack.execute()

    [timer] = [row for row in stack.timers.table.items.values() if "scheduled_at" in row]
    assert (timer["scheduled_at"]["S"], timer["number"]["N"]) == ("2026-11-20T12:02:00Z", "1")


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


def test_what_follows_an_added_run_that_is_missed_keeps_its_number() -> None:
    skipping = item(catch_up="skip")
    stack = Stack(skipping, late=minutes(4))
    held = skipping | {"plan": plan_for(skipping, held_after=NOON, held_until=NOON + minutes(2)).item()}
    stack.targets.table.put(encode_item(held))
    added = request(scheduled_at=NOON + minutes(2), due_at=NOON + minutes(2), number=1)

    stack.execute(added.model_dump_json())

    (following,) = [row for row in stack.timers.table.items.values() if "scheduled_at" in row]
    assert (stack.row().status, stack.row().number) == (RunStatus.MISSED, 1)
    assert (following["scheduled_at"], following["number"]) == ({"S": "2026-11-20T12:05:00Z"}, {"N": "2"})


def test_a_run_that_was_added_is_not_counted_even_if_it_is_skipped() -> None:
    added = {"12:05": RunResult(next_run_at=at(7 * 60))}
    loop = Life({"max_runs": 2, "overlap": "skip"}, 31, {6.8: run_now}, takes=25, answers=added).live()

    ran = "12:05 COMPLETED, 12:06:48 by hand COMPLETED, 12:07 SKIPPED, 12:10 COMPLETED"
    assert told(loop) == f"{ran}, plan COMPLETED"
    assert [row.number for row in loop.rows() if row.trigger is Trigger.SCHEDULE] == [1, 1, 2]

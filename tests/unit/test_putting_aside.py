"""What the executor sees to when an occurrence does not run after all."""

import pytest

from functions.aws.items import encode_item
from functions.ports import UnavailableError
from functions.telemetry import Count
from schedule_model.plan import Plan, PlanStatus
from schedule_model.run import Run, RunStatus
from tests.simulation.memory import MemoryTargets
from tests.unit.examples import KEEP, LEASE, NOON, item, minutes, planned, request, seconds
from tests.unit.executing import Stack

FIVE_PAST = "2026-11-20T12:05:00Z"


class UnamendableTargets(MemoryTargets):
    """A table that refuses to complete a plan."""

    def amend_plan(self, target_id: str, plan: Plan) -> bool:
        raise UnavailableError("throttled")


def test_a_last_run_that_is_missed_is_counted_though_its_plan_cannot_be_completed() -> None:
    stack = Stack(item(schedule="at(2026-11-20T12:00:00)", catch_up="skip"), minutes(2))
    stack.targets = UnamendableTargets(stack.targets.table)

    assert stack.execute() == ["m1"]
    assert stack.row().status is RunStatus.MISSED
    assert stack.telemetry.counts[Count.RUNS_MISFIRED] == 1


def test_a_late_duplicate_leaves_a_run_waiting_that_looks_again_in_time() -> None:
    stack = Stack(item(overlap="queue", catch_up="skip"), minutes(2))
    begun = Run.begun(request(), now=NOON, lease=LEASE, keep=KEEP, holder="another")
    looks_at = NOON + minutes(2.5)
    stack.runs.claim([begun.waiting(looks_at)])

    assert stack.execute() == []
    assert stack.row() == begun.waiting(looks_at)
    assert [held.visible_at for held in stack.queue.messages.values()] == [looks_at]

    stack.clock.wait_until(looks_at)
    stack.execute(next(iter(stack.queue.messages.values())).body)
    assert stack.row().status is RunStatus.COMPLETED


@pytest.mark.parametrize("catch_up", ["latest", "skip"])
def test_a_run_that_was_cut_off_is_no_misfire_when_it_comes_again_and_its_next_one_follows(catch_up: str) -> None:
    stack = Stack(item(schedule="rate(1 minute)", catch_up=catch_up, ends_at="2026-11-20T12:04:00Z"), minutes(6))
    stack.runs.claim([Run.begun(request(), now=NOON, lease=LEASE, keep=KEEP, holder="another")])

    assert stack.execute() == []
    assert (stack.row().status, stack.row().attempt) == (RunStatus.COMPLETED, 2)
    assert stack.timers_set() == {"2026-11-20T12:01:00Z"}


def test_a_run_that_was_released_and_is_missed_in_the_end_has_its_next_timer_set() -> None:
    stack = Stack(item(catch_up="skip"), minutes(2))
    begun = Run.begun(request(), now=NOON, lease=LEASE, keep=KEEP, holder="another")
    stack.runs.claim([begun])
    stack.runs.replace([(begun, begun.released(now=NOON + seconds(1)))])

    assert stack.execute() == []
    assert stack.row().status is RunStatus.MISSED
    assert stack.timers_set() == {FIVE_PAST}


def test_a_precise_run_that_waits_for_its_turn_does_not_start_before_it_is_due() -> None:
    stack = Stack(item(overlap="queue", precise=True), -seconds(1.25))
    before = request(scheduled_at=NOON - minutes(5), due_at=NOON - minutes(5))
    stack.runs.claim([Run.begun(before, now=NOON - seconds(30), lease=LEASE, keep=KEEP, holder="another")])

    stack.execute(request(precise=True).model_dump_json())

    row = stack.runs.read("homepage", request().run_id)
    assert row is not None
    assert (row.is_waiting, row.retry_at) == (True, NOON)
    assert all(held.visible_at >= NOON for held in stack.queue.messages.values())


@pytest.mark.parametrize("catch_up", ["latest", "skip", "all"])
def test_a_run_that_was_passed_over_is_recorded_though_what_came_instead_has_ended_the_schedule(catch_up: str) -> None:
    written = item(catch_up=catch_up, ends_at="2026-11-20T12:10:00Z")
    stack = Stack(written, minutes(11))
    ended = planned(written, status=PlanStatus.COMPLETED, reason="the run of 2026-11-20T12:10:00Z was the last")
    stack.targets.table.put(encode_item(ended))
    last = request(scheduled_at=NOON + minutes(10), due_at=NOON + minutes(10))
    stack.runs.claim([Run.begun(last, now=NOON + minutes(10), lease=LEASE, keep=KEEP).completed(None, now=NOON)])

    assert stack.execute() == []
    row, until = stack.runs.read("homepage", request().run_id), NOON + minutes(10)
    told = None if catch_up == "all" else (RunStatus.MISSED, until)
    assert (None if row is None else (row.status, row.passed_until)) == told
    assert stack.timers_set() == set()
    assert stack.runners.started == []


def test_a_late_letter_does_not_start_what_a_runner_has_put_aside_since() -> None:
    stack = Stack(item(catch_up="latest"), minutes(12))
    later = request(scheduled_at=NOON + minutes(11), due_at=NOON + minutes(11))
    stack.runs.claim([Run.begun(later, now=NOON + minutes(11), lease=LEASE, keep=KEEP).completed(None, now=NOON)])

    stack.execute()

    assert stack.timers_set() == {"2026-11-20T12:15:00Z"}
    row = stack.runs.read("homepage", request().run_id)
    assert row is not None
    assert (row.status, row.passed_until) == (RunStatus.MISSED, NOON + minutes(10))

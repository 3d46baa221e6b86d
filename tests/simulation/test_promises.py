"""The promises of docs/promises.md, one at a time, in virtual time."""

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest

from functions.ports import UnavailableError
from schedule_model.plan import plan_of
from schedule_model.run import RunStatus
from schedule_model.run_request import DispatchedBy
from tests.property.virtual_loop import VirtualLoop
from tests.simulation.knobs import CALM
from tests.simulation.latencies import Latencies
from tests.simulation.scenario import START, Scenario

pytestmark = pytest.mark.filterwarnings("ignore")


def minutes(number: float) -> timedelta:
    return timedelta(minutes=number)


def at(delay: timedelta) -> str:
    return f"at({START + delay:%Y-%m-%dT%H:%M:%S})"


@pytest.mark.parametrize("schedule", ["rate(1 second)", "rate(1 minute)"])
@pytest.mark.parametrize("profile", ["instant", "typical", "two days"])
def test_over_ten_minutes_of_a_rate_no_run_is_missing_none_twice_and_none_early(schedule: str, profile: str) -> None:
    scenario = Scenario(profile)
    scenario.write(schedule=schedule)

    scenario.run(minutes=10, seconds=3)

    period = timedelta(seconds=1) if "second" in schedule else minutes(1)
    assert [body.row.scheduled_at for body in scenario.bodies()[: 600 if period < minutes(1) else 10]] == [
        START + period * number for number in range(1, 601 if period < minutes(1) else 11)
    ]
    assert len(scenario.completed()) == len(scenario.bodies()) - len([b for b in scenario.bodies() if not b.ended_ms])
    assert scenario.latest_start() < timedelta(seconds=3)
    assert scenario.broken() == []


def test_a_run_due_in_forty_minutes_is_held_by_its_timer_and_not_by_the_queue() -> None:
    scenario = Scenario("two days")
    scenario.write(schedule=at(minutes(40)))

    scenario.run(minutes=36)
    assert scenario.world.queue.messages == {}
    assert len([key for key in scenario.world.timers.table.items if key[0] != "sweeper"]) == 1

    scenario.run(minutes=5)
    (row,) = scenario.rows()
    assert (row.status, row.dispatched_by) == (RunStatus.COMPLETED, DispatchedBy.SWEEP)
    assert scenario.latest_start() < timedelta(seconds=3)


def test_a_timer_that_ttl_removes_at_once_reaches_its_run_in_hops() -> None:
    scenario = Scenario("instant")
    scenario.write(schedule=at(minutes(40)))

    scenario.run_until(START + minutes(40) - scenario.world.settings.lead + minutes(1))
    assert len(scenario.world.queue.messages) == 1

    scenario.run_until(START + minutes(41))
    (row,) = scenario.rows()
    assert (row.status, row.dispatched_by) == (RunStatus.COMPLETED, DispatchedBy.TTL)
    assert scenario.latest_start() < timedelta(seconds=3)


def test_with_a_ttl_that_lags_two_days_the_sweeper_dispatches_on_time() -> None:
    scenario = Scenario("two days")
    scenario.write(schedule="rate(1 hour)")

    scenario.run(hours=12, minutes=1)

    assert len(scenario.completed()) == 12
    assert {row.dispatched_by for row in scenario.rows()} == {DispatchedBy.SWEEP}
    assert scenario.latest_start() < timedelta(seconds=3)
    assert scenario.broken() == []


def test_a_sweeper_that_missed_ten_minutes_catches_up_through_its_watermark() -> None:
    scenario = Scenario("two days")
    for number in range(10):
        scenario.write(f"t{number}", at(timedelta(minutes=60 + number, seconds=30)), misfire_grace_seconds=900)
    scenario.run_until(START + minutes(56))
    scenario.world.is_sweeping = False
    scenario.run_until(START + minutes(70))
    assert len(scenario.world.journal.bodies) == 0

    scenario.world.is_sweeping = True
    scenario.run(minutes=2)

    assert [len(scenario.completed(f"t{number}")) for number in range(10)] == [1] * 10


def test_active_false_stops_it_before_the_next_run_and_true_resumes_it() -> None:
    scenario = Scenario()
    scenario.write()
    scenario.run(minutes=3, seconds=30)
    scenario.change(active=False)
    scenario.run(minutes=5)
    assert len(scenario.bodies()) == 3

    scenario.change(active=True)
    scenario.run(minutes=3)

    assert [at - START for at in scenario.completed()] == [minutes(number) for number in (1, 2, 3, 9, 10, 11)]
    assert scenario.broken() == []


def test_deleting_the_item_ends_it() -> None:
    scenario = Scenario()
    scenario.write()
    scenario.run(minutes=3, seconds=30)

    scenario.delete()
    scenario.run(hours=1)

    assert len(scenario.bodies()) == 3
    assert scenario.world.queue.messages == {}
    assert scenario.broken() == []


@pytest.mark.parametrize("pause_ms", [1, 30, 150, 400, 5_000, 90_000])
def test_a_schedule_changed_there_and_back_leaves_one_chain(pause_ms: int) -> None:
    scenario = Scenario()
    scenario.write()
    scenario.run(minutes=3, seconds=30)

    scenario.change(schedule="rate(2 minutes)")
    scenario.run(milliseconds=pause_ms)
    scenario.change(schedule="rate(1 minute)")
    scenario.run(minutes=10)

    starts = [body.row.scheduled_at for body in scenario.bodies()][4:]
    assert all(later - earlier >= minutes(1) for earlier, later in pairwise(starts))
    assert scenario.broken() == []


def test_params_written_over_the_plan_keep_the_chain_and_its_grid() -> None:
    scenario = Scenario()
    scenario.write()
    for number in range(30):
        scenario.run(seconds=20)
        scenario.change(params={"mode": "steady", "text": str(number)})
    scenario.run(minutes=1)

    assert scenario.completed() == [START + minutes(number) for number in range(1, len(scenario.completed()) + 1)]
    assert len(scenario.completed()) >= 10
    assert scenario.broken() == []


def test_a_duplicate_of_every_record_and_message_changes_nothing() -> None:
    scenario = Scenario()
    scenario.world.use(scenario.world.knobs.__class__(profile="instant", record_again=0.5, message_again=0.5))
    scenario.write()
    scenario.write("once", at(minutes(30)))

    scenario.run(hours=2)

    assert len(scenario.bodies()) == len(scenario.rows()) >= 119
    assert len(scenario.bodies("once")) == 1
    assert scenario.broken() == []


def test_an_executor_killed_mid_run_leads_to_one_more_attempt_after_the_lease_and_the_chain_goes_on() -> None:
    scenario = Scenario()
    scenario.write(schedule="rate(15 minutes)")

    killed = scenario.kill_next_executor_mid_run()
    scenario.run_until(START + minutes(61))

    attempts = [body for body in scenario.bodies() if body.row.run_id == killed.row.run_id]
    assert [body.attempt for body in attempts] == [1, 2]
    assert killed.row.lease_expires_at is not None
    assert attempts[1].local >= killed.row.lease_expires_at
    assert len(scenario.completed()) == 4
    assert scenario.broken() == []


def test_a_run_of_one_attempt_that_is_cut_off_fails_and_its_chain_goes_on() -> None:
    scenario = Scenario()
    scenario.write(schedule="rate(15 minutes)", retry={"max_attempts": 1})

    scenario.kill_next_executor_mid_run()
    scenario.run_until(START + minutes(61))

    assert [row.status for row in scenario.rows()] == [RunStatus.FAILED, *[RunStatus.COMPLETED] * 3]
    assert scenario.broken() == []


def test_an_old_revisions_message_leaves_the_row_of_the_new_one_alone() -> None:
    scenario = Scenario()
    scenario.write(schedule="rate(10 minutes)", params={"mode": "failing"}, retry={"backoff_seconds": 60})
    scenario.run(minutes=9)

    scenario.change(ends_at="2026-03-02T23:00:00Z")
    scenario.run(minutes=30)

    first = scenario.rows()[0]
    assert (first.status, first.attempt) == (RunStatus.FAILED, 3)
    assert scenario.broken() == []


def test_a_flexible_window_longer_than_the_period_loses_nothing_and_delays_nothing() -> None:
    scenario = Scenario("typical")
    scenario.write(schedule="rate(2 minutes)", flexible_window_seconds=900)

    scenario.run(hours=4)

    assert len(scenario.completed()) >= 118
    assert scenario.latest_start() < timedelta(seconds=3)
    assert scenario.broken() == []


def test_a_region_that_stood_still_for_three_hours_goes_on_by_itself() -> None:
    scenario = Scenario("typical")
    for number in range(40):
        scenario.write(f"t{number}", ["rate(5 minutes)", "rate(1 hour)"][number % 2])
    scenario.run(minutes=61)

    scenario.world.stop_region(3 * 3_600_000)
    scenario.run(hours=4)

    for number in range(40):
        assert len(scenario.completed(f"t{number}")) >= (3 if number % 2 else 20)
    assert scenario.broken() == []


def test_a_first_timer_that_could_not_be_set_is_set_when_the_record_comes_again() -> None:
    scenario = Scenario()
    scenario.write(schedule="rate(1 hour)")
    scenario.run(minutes=1)
    put, refusals = scenario.world.timers.put, [UnavailableError("ThrottlingException")]
    scenario.world.timers.put = lambda timers: [refusals.pop()] if refusals else put(timers)  # type: ignore[method-assign]

    scenario.change(unknown="field")
    scenario.run(milliseconds=20)
    scenario.change(unknown=None)
    scenario.run(minutes=1)

    assert refusals == []
    plan = plan_of(scenario.world.targets.read(["t"])["t"])
    assert plan is not None
    assert [row["revision"]["S"] for row in scenario.world.timers.table.items.values() if "revision" in row] == [
        plan.revision
    ]


def test_records_that_a_stop_of_three_hours_outlived_are_given_up_and_reconcile_brings_their_targets_back() -> None:
    scenario = Scenario("typical")
    scenario.write("old", "rate(10 minutes)")
    scenario.run(minutes=30)
    scenario.write("new", "rate(10 minutes)")
    scenario.change("old", schedule="rate(20 minutes)")

    scenario.world.stop_region(3 * 3_600_000)
    scenario.run(hours=3, minutes=32)

    given_up = {(record.source, record.change.key[0]) for record in scenario.world.journal.given_up}
    assert given_up == {("planner", "old"), ("planner", "new")}
    assert all(scenario.completed(name)[-1] > START + minutes(210) for name in ("old", "new"))
    assert scenario.broken() == []


@pytest.mark.parametrize("on_complete", ["keep", "delete"])
@pytest.mark.parametrize("is_given_up", [True, False])
def test_a_one_off_whose_instant_passes_before_the_planner_sees_it_runs_once(
    on_complete: str, *, is_given_up: bool
) -> None:
    scenario = Scenario()
    records = [lane.waiting for lane in scenario.world.planner_source.lanes]
    forty_minutes = 2_400_000
    scenario.world.use(replace(CALM, latencies=Latencies(stream=(forty_minutes, forty_minutes + 1))))
    scenario.write(schedule=at(timedelta(seconds=5)), on_complete=on_complete)
    for waiting in records if is_given_up else ():
        waiting.clear()

    scenario.run(hours=4)

    assert [row.status for row in scenario.rows()] == [RunStatus.COMPLETED]
    assert len(scenario.bodies()) == 1
    assert scenario.bodies()[0].local - scenario.bodies()[0].row.due_at < minutes(31)
    assert (scenario.world.targets.table.get("t") is None) == (on_complete == "delete")


def test_a_dense_target_is_deleted_only_when_an_early_run_has_had_its_retry() -> None:
    scenario = Scenario()
    scenario.write(
        schedule="rate(1 second)",
        max_runs=40,
        on_complete="delete",
        params={"mode": "steady"},
    )
    scenario.run(milliseconds=900)

    killed = scenario.kill_next_executor_mid_run()
    scenario.run(minutes=30)

    attempts = [body.attempt for body in scenario.bodies() if body.row.run_id == killed.row.run_id]
    assert attempts == [1, 2]
    assert {row.status for row in scenario.rows()} == {RunStatus.COMPLETED}


@pytest.mark.parametrize(("profile", "path"), [("instant", DispatchedBy.TTL), ("two days", DispatchedBy.SWEEP)])
def test_a_precise_run_starts_at_its_instant_on_every_path(profile: str, path: DispatchedBy) -> None:
    scenario = Scenario(profile)
    scenario.write("far", at(minutes(50)), precise=True)
    scenario.write("near", "rate(1 minute)", precise=True)
    scenario.write("dense", "rate(5 seconds)", precise=True)

    scenario.run(minutes=51)

    bodies = [body for name in ("far", "near", "dense") for body in scenario.bodies(name)]
    paths = {name: {body.row.dispatched_by for body in scenario.bodies(name)} for name in ("far", "near")}
    assert paths == {"far": {path}, "near": {DispatchedBy.NEAR}}
    late = sorted(body.local - body.row.due_at for body in bodies)
    # One message in a hundred takes SQS longer than any margin that would be worth its price.
    assert len(late) > 600
    assert late[len(late) * 99 // 100] <= timedelta(milliseconds=20)
    assert scenario.broken() == []


def test_a_run_that_is_due_does_not_wait_for_a_precise_one_of_its_batch() -> None:
    loop = VirtualLoop()
    loop.user(0, lambda: loop.write({"id": "exact", "type": "echo", "schedule": noon_and(10), "precise": True}))
    loop.user(0, lambda: loop.write({"id": "plain", "type": "echo", "schedule": noon_and(9)}))

    loop.go_on_until(12)

    (exact,), (plain,) = loop.rows("exact"), loop.rows("plain")
    assert (exact.started_at, plain.started_at) == (exact.due_at, plain.due_at)
    assert plain.finished_at is not None
    assert plain.finished_at < exact.due_at


def noon_and(seconds: int) -> str:
    return f"at(2026-11-20T12:00:{seconds:02d})"

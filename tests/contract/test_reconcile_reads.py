"""What reconcile asks the tables for."""

from datetime import UTC, datetime, timedelta

from functions.ports import Runs, Targets, Timers
from schedule_model.occurrence import Occurrence
from schedule_model.reconcile_pass import ReconcilePass
from schedule_model.run import Run
from schedule_model.run_request import DispatchedBy, RunRequest
from schedule_model.settings import LoopSettings
from schedule_model.timer import Timer, set_timer

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def timer(target_id: str) -> Timer:
    due_at = NOW + timedelta(hours=1)
    return set_timer(target_id, Occurrence(due_at, due_at), "1", now=NOW, settings=LoopSettings(shards=1))


def row(target_id: str, minutes: int) -> Run:
    at = NOW + timedelta(minutes=minutes)
    request = RunRequest(target_id=target_id, scheduled_at=at, due_at=at, dispatched_by=DispatchedBy.TTL)
    return Run.begun(request, now=at, lease=timedelta(seconds=90), keep=timedelta(days=30))


def test_a_pass_over_the_targets_meets_each_once(targets: Targets) -> None:
    for number in range(7):
        targets.create({"id": f"t{number}", "type": "echo"})

    met: list[object] = []
    after: str | None = None
    while True:
        items, after = targets.page(after=after, limit=3)
        met.extend(item["id"] for item in items)
        if after is None:
            break

    assert sorted(map(str, met)) == [f"t{number}" for number in range(7)]


def test_only_timers_that_are_not_there_are_missing(timers: Timers) -> None:
    timers.put([timer("a"), timer("c")])

    assert timers.missing([timer("a"), timer("b"), timer("c")]) == [timer("b")]


def test_a_new_stack_has_begun_no_pass(timers: Timers) -> None:
    assert timers.reconcile_pass() is None


def test_a_pass_is_kept_with_its_place_and_without(timers: Timers) -> None:
    for progress in [ReconcilePass(NOW, "homepage"), ReconcilePass(NOW, None)]:
        timers.save_reconcile_pass(progress)

        assert timers.reconcile_pass() == progress


def test_the_latest_rows_of_several_targets_come_in_the_order_asked(runs: Runs) -> None:
    runs.claim([row("a", 1), row("a", 2), row("a", 3), row("b", 1)])

    found = runs.latest_of(["b", "none", "a"], limit=2)

    assert found == [[row("b", 1)], [], [row("a", 3), row("a", 2)]]

from datetime import timedelta
from decimal import Decimal

import pytest

from hourglass.items import Change, check_target
from hourglass.stats import percentiles, stats_of
from hourglass.whole_set import compare
from schedule_model.errors import InvalidTargetError
from schedule_model.filters import RunFilter, TargetFilter, Window
from schedule_model.found import Found, differing, etag_of, fields_of
from schedule_model.plan import PlanStatus
from schedule_model.run import RunStatus
from schedule_model.run_request import Trigger
from schedule_model.upcoming import from_targets, from_timers
from tests.unit.examples import NOON, item, minutes, plan_for, revision, run, timer


def found(target_id="homepage", plan_changes=None, **changes):
    fields = item(id=target_id, **changes)
    return Found(fields, plan_for(fields, **plan_changes or {}), etag_of(fields))


def ids(runs):
    return [(one.target_id, int((one.due_at - NOON) / minutes(1))) for one in runs]


WINDOW = Window(NOON, NOON + minutes(16))


def test_upcoming_shows_a_timers_run_and_those_that_follow_it():
    due = timer(scheduled_at=NOON + minutes(5), due_at=NOON + minutes(5))

    assert ids(from_timers([due], {"homepage": found()}, WINDOW)) == [
        ("homepage", 5),
        ("homepage", 10),
        ("homepage", 15),
    ]


def test_upcoming_leaves_out_timers_of_an_older_revision_and_of_what_does_not_run():
    due = timer(scheduled_at=NOON + minutes(5), due_at=NOON + minutes(5))

    for other in (found(plan_changes={"number": 2}), found(plan_changes={"status": PlanStatus.PAUSED})):
        assert from_timers([due], {"homepage": other}, WINDOW) == []
    assert from_timers([due], {}, WINDOW) == []


def test_upcoming_computed_from_all_targets_agrees_with_their_timers():
    due = timer(scheduled_at=NOON + minutes(5), due_at=NOON + minutes(5))
    target = found(plan_changes={"first_at": NOON + minutes(5)})

    assert from_targets([target], WINDOW) == from_timers([due], {"homepage": target}, WINDOW)


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [(12, [12, 15]), (7, [7, 10, 15]), (10, [10, 15]), (30, [])],
    ids=["later", "earlier than the next", "the next itself", "beyond the window"],
)
@pytest.mark.parametrize("flexible", [0, 50])
def test_upcoming_has_the_run_that_a_runner_chose_and_not_those_it_put_aside(chosen, expected, flexible):
    held = {"first_at": NOON, "held_after": NOON + minutes(5), "held_until": NOON + minutes(chosen)}
    target = found(plan_changes=held, flexible_window_seconds=flexible)
    (_, next_of_grid) = from_targets([found(flexible_window_seconds=flexible)], WINDOW)[:2]
    waiting = [
        timer(scheduled_at=NOON + minutes(10), due_at=next_of_grid.due_at),
        timer(scheduled_at=NOON + minutes(chosen), due_at=NOON + minutes(chosen)),
    ]
    later = Window(NOON + minutes(6), WINDOW.end)

    of_targets, of_timers = from_targets([target], later), from_timers(waiting, {"homepage": target}, later)

    assert [(one.scheduled_at - NOON) / minutes(1) for one in of_targets] == expected
    assert of_timers == of_targets


def test_a_run_waiting_within_its_flexible_window_is_upcoming():
    flexible = found(
        schedule="rate(1 hour)", flexible_window_seconds=3_600, plan_changes={"anchor_at": NOON - minutes(30)}
    )

    (one,) = from_targets([flexible], Window(NOON - minutes(30), NOON + minutes(30)))[:1]

    assert from_targets([flexible], Window(one.due_at, one.due_at + minutes(1)))[0] == one


def test_the_failure_share_counts_what_was_carried_out():
    rows = [run(status=RunStatus.COMPLETED)] * 3 + [run(status=RunStatus.FAILED), run(status=RunStatus.SKIPPED)]

    made = stats_of([found()], rows, [], now=NOON)

    assert (made.failure_share, made.runs["SKIPPED"], made.targets) == (0.25, 1, {"SCHEDULED": 1})


def test_manual_runs_and_retries_do_not_count_for_lateness():
    rows = [
        run(lateness_ms=100),
        run(lateness_ms=9_000, trigger=Trigger.MANUAL),
        run(lateness_ms=8_000, attempt=2),
    ]

    assert stats_of([], rows, [], now=NOON).lateness_ms == {
        "p50": 100,
        "p90": 100,
        "p99": 100,
        "p99.9": 100,
        "max": 100,
    }


def test_ttl_lag_is_that_of_the_oldest_timer_which_should_be_gone():
    timers = [timer(), timer(expires_at=NOON + minutes(1)), timer(near=True)]

    made = stats_of([], [], timers, now=NOON)

    assert (made.overdue_timers, made.ttl_lag) == (1, timedelta(seconds=1320))


def test_percentiles_are_by_nearest_rank():
    assert percentiles(range(1, 1001)) == {"p50": 500, "p90": 900, "p99": 990, "p99.9": 999, "max": 1000}
    assert percentiles([]) == {}


def test_a_target_filter_asks_for_all_that_it_names():
    tagged = found(tags={"team": "web"})

    assert TargetFilter(types=frozenset({"echo"}), tags={"team": "web"}).keeps(tagged.fields)
    assert TargetFilter(tags={"team": ""}).keeps(tagged.fields)
    assert not TargetFilter(tags={"team": "ops"}).keeps(tagged.fields)
    assert not TargetFilter(types=frozenset({"http"})).keeps(tagged.fields)
    assert not TargetFilter(statuses=frozenset({PlanStatus.SCHEDULED})).keeps(tagged.fields)


def test_a_run_filter_is_exact_within_a_second():
    keep = RunFilter(since=NOON, until=NOON + timedelta(milliseconds=500))
    inside, outside = run(run_id="2026-11-20T12:00:00.250Z#x"), run(run_id="2026-11-20T12:00:00.750Z#x")

    assert (keep.keeps(inside), keep.keeps(outside)) == (True, False)
    assert keep.first_key < inside.run_id < keep.last_key


def test_an_import_says_what_it_would_do():
    same, changed, gone = found("same"), found("changed"), found("gone")
    current = {one.target_id: one for one in (same, changed, gone)}
    wanted = [same.fields, changed.fields | {"note": "new"}, item(id="fresh")]

    steps = compare(wanted, current, prune=True)

    assert [(one.target_id, one.change) for one in steps] == [
        ("same", Change.UNCHANGED),
        ("changed", Change.CHANGED),
        ("fresh", Change.CREATED),
        ("gone", Change.DELETED),
    ]
    assert steps[1].fields == {"note": (None, "new")}


def test_pruning_leaves_tasks_and_follow_ups_but_nothing_that_is_named_nearly_so():
    spared = ("task.1", "homepage.2026-11-20T12:05:00Z.0", "homepage.2026-11-20T12:05:00Z.manual-0f1e.1")
    pruned = ("homepage.2026-11-20T12:05:00Z", "homepage.2026-11-31T12:05:00Z.0", "tasks.1")

    steps = compare([], {name: found(name) for name in (*spared, *pruned)}, prune=True)

    assert sorted(step.target_id for step in steps) == sorted(pruned)


def test_an_etag_does_not_depend_on_the_order_of_fields():
    assert etag_of({"a": 1, "b": 2}) == etag_of({"b": 2, "a": 1}) != etag_of({"a": 1, "b": 3})


def test_a_null_in_the_table_differs_from_a_missing_field():
    assert differing({"note": None}, {}) == ("note",)


def test_numbers_as_boto3_reads_them_are_numbers():
    read = fields_of(item(timeout_seconds=Decimal(9), params={"message": Decimal("1.5")}))

    assert (read["timeout_seconds"], read["params"]) == (9, {"message": 1.5})
    assert check_target(read).timeout_seconds == 9


def test_what_is_not_json_is_refused():
    with pytest.raises(InvalidTargetError, match="set is not JSON"):
        fields_of(item(params={"message": {1, 2}}))


def test_checking_a_target_asks_its_runner_as_well():
    assert check_target(item()).id == "homepage"
    assert revision(1) < revision(2)


def test_a_target_is_kept_by_its_next_run_and_not_by_the_one_it_was_planned_for():
    planned = {**item(), "plan": plan_for(item(), next_run_at=NOON + minutes(5)).item()}
    later = Window(NOON + minutes(61), NOON + minutes(66))

    assert TargetFilter(runs_in=later).keeps(planned)
    assert not TargetFilter(runs_in=Window(later.start, later.start + minutes(1))).keeps(planned)

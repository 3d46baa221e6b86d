"""Each checker finds what it is there for: in a day that broke nothing, one thing is changed afterwards."""

import re
from collections.abc import Callable
from copy import copy
from dataclasses import replace
from datetime import timedelta

import pytest

from functions.aws.items import decode_item, encode_item
from functions.sweeper import app as sweeper
from schedule_model.instants import to_text
from schedule_model.run import Run, RunStatus
from tests.simulation.checkers import violations
from tests.simulation.day import SHORT, live
from tests.simulation.hub import ms_of
from tests.simulation.journal import Body, TargetWrite
from tests.simulation.memory.table import Change
from tests.simulation.report import judge
from tests.simulation.world import World

SECOND = timedelta(seconds=1)
TARGET = "hourly0"


@pytest.fixture(scope="module")
def lived() -> World:
    """Return a day on which nothing was broken."""
    world = live(11, SHORT)
    assert violations(world) == []
    return world


@pytest.fixture
def world(lived: World) -> World:
    """Return that day, with a journal and a table of runs of its own."""
    changed = copy(lived)
    changed.journal = replace(
        lived.journal,
        bodies=[copy(body) for body in lived.journal.bodies],
        targets={target_id: list(writes) for target_id, writes in lived.journal.targets.items()},
    )
    changed.runs, changed.timers, changed.queue = copy(lived.runs), copy(lived.timers), copy(lived.queue)
    changed.runs.by_target = lived.runs.by_target.copy()
    for target_id, rows in lived.runs.by_target.items():
        changed.runs.by_target[target_id] = dict(rows)
    changed.timers.table = copy(lived.timers.table)
    changed.timers.table.items = dict(lived.timers.table.items)
    changed.queue.messages = dict(lived.queue.messages)
    return changed


def body_of(world: World) -> Body:
    """Return the latest attempt of the target, which ended well."""
    return next(body for body in reversed(world.journal.bodies) if body.row.target_id == TARGET and body.ended_ms)


def change_row(world: World, change: Callable[[Run], Run]) -> None:
    rows = world.runs.by_target[TARGET]
    row = rows[sorted(rows)[1]]
    del rows[row.run_id]
    changed = change(row)
    rows[changed.run_id] = changed


def runs_early(world: World) -> None:
    body_of(world).local -= SECOND * 10


def has_an_attempt_twice(world: World) -> None:
    world.journal.bodies.append(copy(body_of(world)))


def ran_two_at_once_though_it_skips(world: World) -> None:
    world.journal.targets[TARGET] = [
        replace(one, change=replace(one.change, new=(one.change.new or {}) | {"overlap": {"S": "skip"}}))
        for one in world.journal.targets[TARGET]
    ]
    body = body_of(world)
    assert body.ended_ms is not None
    other = copy(body)
    other.row = body.row.model_copy(update={"run_id": "2026-03-02T23:11:00Z"})
    other.began_ms = body.ended_ms - 1
    world.journal.bodies.append(other)


def has_no_next_run(world: World) -> None:
    items = world.timers.table.items
    for key in [key for key, row in items.items() if row.get("target_id") == {"S": TARGET}]:
        del items[key]
    for message_id in [one for one, held in world.queue.messages.items() if f'"{TARGET}"' in held.body]:
        del world.queue.messages[message_id]


def has_two_next_runs(world: World) -> None:
    key, row = next(
        (key, row) for key, row in world.timers.table.items.items() if row.get("target_id") == {"S": TARGET}
    )
    world.timers.table.items[key[0], "other"] = row | {"scheduled_at": {"S": "2026-03-02T23:11:00Z"}}


def lost_a_run(world: World) -> None:
    rows = world.runs.by_target[TARGET]
    del rows[sorted(rows)[-2]]


def lost_the_message_of_a_run(world: World) -> None:
    run_id = sorted(world.runs.by_target[TARGET])[-2]
    lost_a_run(world)
    world.journal.lost_ms = world.journal.lost_ms | {(TARGET, run_id): 0}


def lost_the_message_of_a_run_before_a_chosen_one(world: World) -> None:
    rows = world.runs.by_target[TARGET]
    lost_the_message_of_a_run(world)
    row = rows[sorted(rows)[-2]]
    run_id = to_text(row.scheduled_at + timedelta(hours=1, seconds=61))
    rows[run_id] = row.model_copy(update={"run_id": run_id})
    world.journal.led = world.journal.led | {(TARGET, run_id, row.revision): (1, "")}


def lost_the_message_of_a_misfire_that_was_cut_off(world: World, led_ms: int = 0) -> None:
    lost_the_message_of_a_run(world)
    last = world.runs.by_target[TARGET][max(world.runs.by_target[TARGET])]
    world.journal.led = world.journal.led | {(TARGET, last.run_id, last.revision): (led_ms, "")}


def lost_the_message_of_a_run_before_another_left_it_out(world: World) -> None:
    lost_the_message_of_a_misfire_that_was_cut_off(world, led_ms=2)
    (about,) = [one for one in world.journal.lost_ms if one[0] == TARGET]
    world.journal.again_ms = world.journal.again_ms | {about: [1]}


def passed_a_run_over_without_a_word(world: World) -> None:
    rows = world.runs.by_target[TARGET]
    lost_a_run(world)
    last = rows[max(rows)]
    journal = world.journal
    journal.on_their_way_ms = journal.on_their_way_ms | {(TARGET, last.run_id, last.revision): world.hub.now_ms}


def never_ended(world: World) -> None:
    change_row(world, lambda row: row.model_copy(update={"status": RunStatus.RETRYING}))


def ran_off_the_grid(world: World) -> None:
    change_row(world, lambda row: row.model_copy(update={"run_id": row.run_id[:-3] + "59Z"}))


def began_late(world: World) -> None:
    body = body_of(world)
    world.settled_ms = ms_of(body.row.due_at)
    body.began_ms += 60_000


def was_deleted_by_the_system(world: World) -> None:
    _ended_by_the_system(world, None)


def was_completed_by_the_system(world: World) -> None:
    item = decode_item(_latest(world))
    plan = item["plan"]
    assert isinstance(plan, dict)
    unsealed = {name: value for name, value in plan.items() if name != "seal"}
    _ended_by_the_system(world, encode_item(item | {"plan": unsealed | {"status": "COMPLETED"}}))


def was_completed_by_the_system_after_its_plan_was_put_back(world: World) -> None:
    item = decode_item(_latest(world))
    other = {name: value for name, value in item.items() if name != "plan"} | {"schedule": "rate(11 minutes)"}
    for number, at_ms, written in ((8, 7_200_000, other), (9, 7_197_000, item)):
        change = Change((TARGET,), _latest(world), encode_item(written))
        its_number = str(number) * 30
        world.journal.targets[TARGET].append(TargetWrite(world.hub.now_ms - at_ms, change, its_number, is_by_user=True))
    was_completed_by_the_system(world)


def _ended_by_the_system(world: World, item: dict[str, object] | None) -> None:
    change = Change((TARGET,), _latest(world), item)
    world.journal.targets[TARGET].append(TargetWrite(world.hub.now_ms, change, "9" * 21, is_by_user=False))


def _latest(world: World) -> dict[str, object]:
    latest = world.journal.targets[TARGET][-1].change.new
    assert latest is not None
    return latest


def ran_though_deleted(world: World) -> None:
    body, writes = body_of(world), world.journal.targets[TARGET]
    deleted_ms = body.invocation.began_ms - world.stale_max_ms - 1
    writes[:] = [one for one in writes if one.at_ms < deleted_ms]
    change = Change((TARGET,), _latest(world), None)
    writes.append(TargetWrite(deleted_ms, change, "9" * 21, is_by_user=True))


def test_without_reconcile_a_bad_day_breaks_promises(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweeper, "reconcile_some", lambda *_: 0)

    assert [text for text in judge(11, SHORT).violations if "left no trace" in text] != []


@pytest.mark.parametrize(
    ("tamper", "told"),
    [
        (runs_early, "attempts: hourly0/.* ran early"),
        (has_an_attempt_twice, "attempts: hourly0/.* had its attempt 1 twice"),
        (ran_two_at_once_though_it_skips, "overlaps: hourly0 ran .* at the same time"),
        (has_no_next_run, "chains: hourly0 is SCHEDULED and has no next run"),
        (has_two_next_runs, "chains: hourly0 has 2 next runs"),
        (lost_a_run, "endings: hourly0/.* left no trace"),
        (lost_the_message_of_a_run, "endings: hourly0/.* left no trace"),
        (lost_the_message_of_a_run_before_another_left_it_out, "endings: hourly0/.* left no trace"),
        (passed_a_run_over_without_a_word, "endings: hourly0/.* left no trace"),
        (never_ended, "endings: hourly0/.* is still RETRYING"),
        (ran_off_the_grid, "grids: hourly0/.* lies off the grid"),
        (began_late, "punctuality: hourly0/.* began 0:01:0.* late"),
        (was_deleted_by_the_system, "ends: hourly0 ended .* it was to be kept"),
        (was_completed_by_the_system, "ends: hourly0 ended .* it was to run again"),
        (was_completed_by_the_system_after_its_plan_was_put_back, "ends: hourly0 ended .* it was to run again"),
        (ran_though_deleted, "obedience: hourly0/.* ran though the target was not scheduled"),
    ],
)
def test_a_broken_promise_is_found(world: World, tamper: Callable[[World], None], told: str) -> None:
    tamper(world)

    assert [text for text in violations(world) if re.match(told, text)] != []


@pytest.mark.parametrize(
    "hide", [lost_the_message_of_a_run_before_a_chosen_one, lost_the_message_of_a_misfire_that_was_cut_off]
)
def test_a_lost_message_is_excused_where_an_executor_has_led_the_chain_past_its_run(
    world: World, hide: Callable[[World], None]
) -> None:
    hide(world)

    assert [text for text in violations(world) if text.startswith("endings")] == []

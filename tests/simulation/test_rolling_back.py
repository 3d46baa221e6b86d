"""The previous version is rolled back in while what a newer one wrote is alive, and the newer one comes again."""

import json
from datetime import timedelta

from schedule_model.timer import FORMAT
from tests.simulation.memory.table import Typed
from tests.simulation.scenario import START, Scenario

HOURLY = [f"t{number}" for number in range(8)]
PATIENCE = timedelta(minutes=5)
"""Reconcile's, before it takes a run for lost."""


def roll(scenario: Scenario, format_number: int) -> None:
    """Make all that waits of this format, as if a version that writes it had been there until now.

    What is older than the code's own is read by it; the version that writes a format is told from the one before by
    nothing else.
    """
    world = scenario.world
    for key, row in list(world.timers.table.items.items()):
        if "target_id" in row:
            world.timers.table.items[key] = _stamped(row, format_number)
    for held in world.queue.messages.values():
        held.body = json.dumps(json.loads(held.body) | {"format": format_number})


def _stamped(row: Typed, format_number: int) -> Typed:
    return row | {"format": {"N": str(format_number)}}


def day(scenario: Scenario) -> None:
    """Let the newer version write for half of the day, then the old one take over for hours, then the newer again."""
    scenario.run_until(START + timedelta(hours=6, minutes=40))
    roll(scenario, FORMAT + 1)
    scenario.run_until(START + timedelta(hours=12, minutes=20))
    roll(scenario, FORMAT)
    scenario.run_until(START + timedelta(hours=18, minutes=5))


def test_a_day_of_the_newer_the_old_and_the_newer_version_loses_and_doubles_nothing() -> None:
    scenario = Scenario("typical")
    for target_id in HOURLY:
        scenario.write(target_id, "rate(1 hour)", misfire_grace_seconds=3600)
        scenario.run(seconds=20)

    day(scenario)

    bound = PATIENCE + scenario.world.settings.reconcile_period + timedelta(minutes=1)
    for target_id in HOURLY:
        assert len(scenario.completed(target_id)) == len(scenario.bodies(target_id)) == 18
        assert scenario.latest_start(target_id) < bound
        late = [body for body in scenario.bodies(target_id) if body.local - body.row.due_at > timedelta(seconds=3)]
        # Only what was within the lead or on the queue at the change waits for reconcile.
        assert len(late) <= 1
    assert scenario.broken() == []


def test_a_far_timer_of_the_newer_version_is_set_anew_and_runs_on_time() -> None:
    scenario = Scenario("two days")
    scenario.write(schedule=f"at({START + timedelta(hours=5):%Y-%m-%dT%H:%M:%S})")
    scenario.run(minutes=10)

    roll(scenario, FORMAT + 1)
    scenario.run_until(START + timedelta(hours=5, minutes=1))

    assert len(scenario.completed()) == len(scenario.bodies()) == 1
    assert scenario.latest_start() < timedelta(seconds=3)
    assert scenario.broken() == []


def test_a_message_of_the_newer_version_waits_an_hour_for_it_and_is_then_buried_with_the_reason() -> None:
    scenario = Scenario()
    world = scenario.world
    world.queue.receives_max = 20  # as template.yaml has it
    for delay in (0, 3000):
        body = {"target_id": f"gone{delay}", "scheduled_at": "2026-03-02T00:00:00Z", "due_at": "2026-03-02T00:00:00Z"}
        world.queue.put(json.dumps(body | {"dispatched_by": "manual", "format": FORMAT + 1}), timedelta(seconds=delay))

    scenario.run(minutes=55)
    assert world.queue.dead == []
    assert len(world.queue.messages) == 2
    scenario.run(hours=3)

    assert len(world.queue.messages) == 0
    assert [letter.reason.partition(":")[0] for letter in world.queue.dead] == ["format", "format"]

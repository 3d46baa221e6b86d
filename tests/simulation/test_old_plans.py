"""Old plans of the same schedule that stand again, and reconcile's guesses beside records that come late."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from functions.aws.items import encode_item
from tests.simulation.scenario import Scenario
from tests.simulation.test_losses import losing

Typed = dict[str, dict[str, object]]


def read(scenario: Scenario) -> Typed:
    """Return the item, plan and all, as a careless program reads it."""
    return dict(scenario.world.targets.table.get("t") or {})


def write_back(scenario: Scenario, typed: Typed) -> None:
    scenario.world.targets.table.put(typed | {"note": {"S": "seen"}})


def write_back_unheard(scenario: Scenario, typed: Typed) -> None:
    with losing(scenario, "record"):
        write_back(scenario, typed)


def text(words: str) -> dict[str, object]:
    return {"mode": "steady", "text": words}


@pytest.mark.parametrize("edit", [{"schedule": "rate(20 minutes)"}, {"params": text("edited")}])
def test_a_record_that_comes_late_wins_over_the_guess_that_an_edit_without_a_record_left(
    edit: dict[str, object],
) -> None:
    scenario = Scenario("typical")
    scenario.write(schedule="rate(1 hour)")
    scenario.run(minutes=20)
    scenario.world.stop_function("planner", 1_800_000)
    scenario.run(minutes=1)
    scenario.change(**edit)
    scenario.run(minutes=4)
    with losing(scenario, "record"):
        scenario.change(params=text("edited again"))
    scenario.run(hours=4)

    assert scenario.broken() == []


@pytest.mark.parametrize("is_heard", [True, False])
def test_an_old_plan_that_is_put_over_a_guess_goes_on(*, is_heard: bool) -> None:
    scenario = Scenario("typical")
    scenario.write(schedule="rate(1 hour)")
    scenario.run(minutes=10)
    old = read(scenario)
    scenario.run(minutes=15)
    with losing(scenario, "record"):
        scenario.change(params=text("edited"))
    scenario.run(minutes=10)
    if is_heard:
        write_back(scenario, old)
    else:
        write_back_unheard(scenario, old)
    scenario.run(hours=4)

    assert scenario.broken() == []


def there_and_back(scenario: Scenario) -> None:
    scenario.change(schedule="rate(11 minutes)")
    scenario.run(seconds=30)
    scenario.change(schedule="rate(1 hour)")


def delete_and_create(scenario: Scenario) -> None:
    scenario.delete()
    scenario.run(seconds=3)
    scenario.change()


@pytest.mark.parametrize("edit", [there_and_back, delete_and_create])
def test_an_old_plan_that_nobody_hears_of_goes_on(edit: Callable[[Scenario], None]) -> None:
    scenario = Scenario("typical")
    scenario.write(schedule="rate(1 hour)")
    scenario.run(minutes=10)
    old = read(scenario)
    scenario.run(minutes=10)
    edit(scenario)
    scenario.run(seconds=30)
    write_back_unheard(scenario, old)
    scenario.run(hours=5)

    assert scenario.broken() == []


def test_an_old_end_that_nobody_hears_of_stands() -> None:
    scenario = Scenario("typical")
    scenario.write(schedule="rate(10 minutes)", max_runs=2)
    scenario.run(minutes=25)
    old = read(scenario)
    delete_and_create(scenario)
    scenario.run(seconds=5)
    write_back_unheard(scenario, old)
    scenario.run(hours=4)

    assert scenario.broken() == []


def update(scenario: Scenario, **fields: object) -> None:
    """Change some fields as `hourglass` does: by update-item, so that the plan stays on the item."""
    table = scenario.world.targets.table
    table.put((table.get("t") or {}) | encode_item(fields))


@pytest.mark.parametrize("planner_stands_still", [False, True])
@pytest.mark.parametrize("after_ms", [50, 700, 3_000])
def test_the_second_of_two_edits_goes_on_with_the_grid_that_the_first_has_laid(
    after_ms: int, *, planner_stands_still: bool
) -> None:
    scenario = Scenario("typical")
    scenario.write(schedule="rate(1 hour)")
    scenario.run(minutes=107)
    if planner_stands_still:
        scenario.world.stop_function("planner", 300_000)
    edited_at = scenario.world.hub.clock().now().replace(microsecond=0)
    update(scenario, schedule="rate(20 minutes)")
    scenario.run(milliseconds=after_ms)
    update(scenario, max_runs=20)
    scenario.run(hours=4)

    assert scenario.completed()[1] == edited_at + timedelta(minutes=20)
    assert scenario.broken() == []


def test_a_new_schedule_owes_nothing_for_the_pause_that_was_there_before_it() -> None:
    scenario = Scenario("typical")
    scenario.write(schedule="rate(1 hour)", active=False, catch_up="all")
    scenario.run(hours=10)
    update(scenario, schedule="rate(20 minutes)")
    scenario.run(milliseconds=50)
    update(scenario, active=True)
    scenario.run(hours=1, minutes=1)

    assert len(scenario.completed()) == 3
    assert scenario.broken() == []

"""Every policy has an example target, and the real `echo` runner makes of it what its note says."""

import json
from pathlib import Path

import pytest

from functions.runners import registry
from functions.runners.contract import RunContext
from functions.runners.execute import execute
from functions.runners.secrets import Secrets
from schedule_model.reading_targets import parse_target
from schedule_model.run_result import RunResult
from schedule_model.target import Target
from tests.property.virtual_loop import VirtualLoop
from tests.unit.policies.lives import clock, told

EXAMPLES = Path(__file__).parents[3] / "examples" / "policies"
NAMES = sorted(path.stem for path in EXAMPLES.glob("*.json"))

# What the rows say when each has lived from noon for so many seconds.
LIVES: dict[str, tuple[int, str]] = {
    "starts_at_ends_at": (60, "no run"),
    "flexible_window": (119, "12:01 COMPLETED"),
    "precise": (61, "12:01 COMPLETED"),
    "catch_up_all": (61, "12:01 COMPLETED"),
    "catch_up_latest": (61, "12:01 COMPLETED"),
    "catch_up_skip": (61, "12:01 COMPLETED"),
    "pausing": (130, "no run, plan PAUSED"),
    "overlap_skip": (36, "12:00:10 COMPLETED, 12:00:20 SKIPPED, 12:00:30 IN_PROGRESS"),
    "overlap_queue": (50, "12:00:20 COMPLETED, 12:00:40 IN_PROGRESS"),
    "retry": (90, "12:01 COMPLETED after 3 attempts"),
    "timeout": (70, "12:01 FAILED"),
    "pause_after_failures": (90, "12:00:20 FAILED, 12:00:40 FAILED, 12:01 FAILED, plan PAUSED"),
    "max_runs": (
        70,
        "12:00:10 COMPLETED, 12:00:20 COMPLETED, 12:00:30 COMPLETED, plan COMPLETED",
    ),
    "on_complete_delete": (30, "12:00:10 COMPLETED, target deleted"),
    "completed": (30, "12:00:10 COMPLETED, plan COMPLETED"),
    "new_params": (25, "12:00:10 COMPLETED, 12:00:20 COMPLETED"),
    "next_run_at": (4 * 3600, "13:00 COMPLETED"),
    "follow_ups": (40, "12:00:30 COMPLETED, plan COMPLETED"),
    "hidden": (15, "12:00:10 COMPLETED"),
    "holidays": (24 * 3600, "11:00 COMPLETED"),
    "keep_results": (61, "12:01 COMPLETED"),
    "dead_letter_queue": (61, "12:01 FAILED"),
}


def written(name: str) -> dict[str, object]:
    found: dict[str, object] = json.loads((EXAMPLES / f"{name}.json").read_text())
    return found


def live(name: str, seconds: float) -> VirtualLoop:
    def script(target: Target, context: RunContext) -> RunResult | None:
        return execute(target.type, dict(target.params), context, secrets=Secrets())

    loop = VirtualLoop(script)
    loop.user(0, lambda: loop.write(written(name)))
    loop.go_on_until(seconds)
    return loop


def test_each_field_that_changes_when_or_whether_a_target_runs_has_an_example() -> None:
    written_in_some = {field for name in NAMES for field in written(name)}
    fields = {field.alias or name for name, field in Target.model_fields.items()}

    assert fields - written_in_some == {"tags"}


@pytest.mark.parametrize("name", NAMES)
def test_an_example_is_accepted_and_has_a_note(name: str) -> None:
    target = parse_target(written(name))

    registry.check_params(target.type, target.params)
    assert target.id == f"example-{name.replace('_', '-')}"
    assert target.note


@pytest.mark.parametrize("name", NAMES)
def test_an_example_does_what_its_note_says(name: str) -> None:
    seconds, rows = LIVES[name]

    loop = live(name, seconds)

    assert told(loop, f"example-{name.replace('_', '-')}") == rows


def test_the_example_of_new_params_answers_with_them_from_its_second_run_on() -> None:
    rows = live("new_params", 25).rows("example-new-params")

    assert [row.output for row in rows] == ["first page", "second page"]


def test_the_example_of_a_follow_up_creates_a_target_that_runs() -> None:
    loop = live("follow_ups", 40)

    (run,) = loop.rows("example-follow-ups.2026-11-20T12:00:30Z.0")
    assert (clock(run.run_id), run.output) == ("12:00:35", {"message": "I follow"})

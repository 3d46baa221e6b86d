"""What a target owes after a pause, and how often it runs in all."""

from datetime import UTC, datetime, timedelta

import pytest

from schedule_model.counting import go_on_counting
from schedule_model.plan import PlanStatus
from schedule_model.plan_decision import SavePlan
from schedule_model.planning import plan
from schedule_model.reading_targets import parse_target
from schedule_model.run import Run, RunStatus
from schedule_model.run_request import DispatchedBy, RunRequest, Trigger
from schedule_model.target_change import TargetChange

CREATED = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
RAW = {"id": "a", "type": "echo", "schedule": "rate(10 minutes)"}


def edit(old: dict[str, object] | None, new: dict[str, object], minutes: float, number: int) -> SavePlan:
    at = CREATED + timedelta(minutes=minutes)
    decision = plan(TargetChange("a", old, new, str(number), at), lambda _: None)
    assert isinstance(decision, SavePlan)
    return decision


def resumed(**fields: object) -> SavePlan:
    """Return the plan of a target that was paused at 12:05 and resumed at 12:47, on a grid from 12:00."""
    raw = RAW | fields
    active = raw | {"plan": edit(None, raw, 0, 1).plan.item()}
    paused = active | {"active": False}
    paused_plan = edit(active, paused, 5, 2).plan
    assert (paused_plan.status, paused_plan.paused_at) == (PlanStatus.PAUSED, CREATED + timedelta(minutes=5))
    return edit(paused | {"plan": paused_plan.item()}, active | {"plan": paused_plan.item()}, 47, 3)


@pytest.mark.parametrize(
    ("fields", "first_minute"),
    [({}, 50), ({"catch_up": "skip"}, 50), ({"catch_up": "latest"}, 40), ({"catch_up": "all"}, 10)],
)
def test_a_resumed_target_catches_up_only_if_it_says_so(fields: dict[str, object], first_minute: int) -> None:
    found = resumed(**fields)

    assert found.first is not None
    assert found.first.scheduled_at == CREATED + timedelta(minutes=first_minute)


def test_a_new_grid_owes_nothing_of_the_pause() -> None:
    raw = RAW | {"catch_up": "all"}
    paused = raw | {"active": False}
    paused |= {"plan": edit(None, paused, 0, 1).plan.item()}

    found = edit(paused, {**raw, "schedule": "rate(7 minutes)"}, 60, 2)

    assert found.first is not None
    assert found.first.scheduled_at == CREATED + timedelta(minutes=67)


def test_an_edit_during_a_pause_does_not_shorten_it() -> None:
    raw = RAW | {"active": False}
    paused = raw | {"plan": edit(None, raw, 0, 1).plan.item()}

    found = edit(paused, {**paused, "flexible_window_seconds": 5}, 30, 2)

    assert found.plan.paused_at == CREATED


def row(place: float, *, attempt: int = 1, trigger: Trigger = Trigger.SCHEDULE, number: int | None = None) -> Run:
    at = CREATED + timedelta(minutes=10 * place)
    request = RunRequest(
        target_id="a",
        scheduled_at=at,
        due_at=at,
        dispatched_by=DispatchedBy.TTL,
        trigger=trigger,
        number=int(place) if number is None else number,
    )
    run = Run.begun(request, now=at, lease=timedelta(seconds=90), keep=timedelta(days=1))
    return run.model_copy(update={"attempt": attempt})


def test_the_count_of_runs_goes_on_over_an_edit() -> None:
    save = edit(None, RAW | {"max_runs": 5}, 0, 1)

    counted = go_on_counting(save, parse_target(RAW | {"max_runs": 5}), [row(3), row(2)])

    assert (counted.first, counted.first_number) == (save.first, 4)


def test_a_schedule_that_has_used_up_its_runs_is_completed() -> None:
    save = edit(None, RAW | {"max_runs": 3}, 0, 1)

    counted = go_on_counting(save, parse_target(RAW | {"max_runs": 3}), [row(3)])

    assert (counted.first, counted.plan.status) == (None, PlanStatus.COMPLETED)
    assert "max_runs" in counted.plan.reason


def begun(status: RunStatus) -> Run:
    """Return the row of the first occurrence that an edit at 12:00 leaves, which had begun before it."""
    return row(1).model_copy(update={"status": status, "number": 4})


@pytest.mark.parametrize("status", [RunStatus.IN_PROGRESS, RunStatus.RETRYING, RunStatus.COMPLETED])
def test_a_run_that_had_begun_keeps_its_number_over_an_edit_that_names_it_again(status: RunStatus) -> None:
    target = RAW | {"max_runs": 5}

    counted = go_on_counting(edit(None, target, 0, 1), parse_target(target), [begun(status), row(0.5, number=3)])

    assert counted.first_number == 4
    assert counted.plan.status is PlanStatus.SCHEDULED


@pytest.mark.parametrize(
    ("status", "goes_on"),
    [(RunStatus.RETRYING, PlanStatus.SCHEDULED), (RunStatus.COMPLETED, PlanStatus.COMPLETED)],
)
def test_the_last_run_that_is_to_be_tried_again_outlives_an_edit(status: RunStatus, goes_on: PlanStatus) -> None:
    target = RAW | {"max_runs": 4}

    counted = go_on_counting(edit(None, target, 0, 1), parse_target(target), [begun(status), row(0.5, number=3)])

    assert counted.plan.status is goes_on


def test_manual_runs_and_those_that_never_started_do_not_count() -> None:
    save = edit(None, RAW | {"max_runs": 3}, 0, 1)
    rows = [row(9, trigger=Trigger.MANUAL), row(2, attempt=0), row(2, attempt=0), row(1)]

    assert go_on_counting(save, parse_target(RAW | {"max_runs": 3}), rows).first_number == 2


@pytest.mark.parametrize(("said", "longest", "allowed"), [(None, 55, 30), (None, 5, 5), (10, 55, 10), (50, 20, 20)])
def test_an_attempt_may_take_what_its_target_says_and_no_more_than_the_stack_allows(
    said: int | None, longest: int, allowed: int
) -> None:
    target = parse_target(RAW | ({} if said is None else {"timeout_seconds": said}))

    assert target.timeout(timedelta(seconds=longest)) == timedelta(seconds=allowed)

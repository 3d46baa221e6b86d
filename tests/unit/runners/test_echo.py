"""The `echo` runner."""

from datetime import timedelta

import pytest

from functions.runners import echo
from functions.runners.registry import validate_params
from schedule_model.errors import RunnerError
from schedule_model.run_result import RunResult
from tests.unit.runners.circumstances import NOON, StandingClock, context


def params(**raw: object) -> echo.Params:
    checked = validate_params("echo", raw)
    assert isinstance(checked, echo.Params)
    return checked


def test_it_answers_the_params_that_were_given() -> None:
    assert echo.run(params(message="hi", seconds=0), context()) == RunResult(output={"message": "hi", "seconds": 0})


def test_without_params_it_answers_an_empty_map() -> None:
    assert echo.run(params(), context()) == RunResult(output={})


def test_it_takes_the_seconds_asked_for() -> None:
    clock = StandingClock()

    echo.run(params(seconds=2.5), context(clock=clock))

    assert clock.at == NOON + timedelta(seconds=2.5)


def test_it_stops_at_its_deadline_with_a_retryable_failure() -> None:
    clock = StandingClock()

    with pytest.raises(RunnerError, match="deadline") as caught:
        echo.run(params(seconds=61), context(clock=clock))

    assert caught.value.is_retryable
    assert clock.at == NOON + timedelta(seconds=60)


@pytest.mark.parametrize(("fail", "attempts_that_fail"), [(0, 0), (1, 1), (3, 3), (True, 5), (False, 0)])
def test_it_fails_the_attempts_asked_for(*, fail: bool | int, attempts_that_fail: int) -> None:
    failed = 0
    for attempt in range(1, 6):
        try:
            echo.run(params(fail=fail), context(attempt=attempt))
        except RunnerError as error:
            failed += error.is_retryable

    assert failed == attempts_that_fail


def test_it_answers_a_whole_run_result_when_asked() -> None:
    result = {
        "output": [1],
        "completed": True,
        "new_params": {"message": "next"},
        "next_run_at": "2026-11-21T00:00:00+01:00",
        "follow_ups": [{"id": "after", "type": "echo", "schedule": "at(2026-11-22T00:00:00)"}],
    }

    answer = echo.run(params(result=result), context())

    assert answer is not None
    assert answer.completed
    assert answer.new_params == {"message": "next"}
    assert answer.next_run_at == NOON + timedelta(hours=11)
    assert answer.follow_ups[0]["id"] == "after"


def test_it_answers_none_when_asked() -> None:
    assert echo.run(params(result=None), context()) is None

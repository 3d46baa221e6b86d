"""The contract of the Runners port."""

from datetime import timedelta

import pytest

from functions.registered_runners import RegisteredRunners
from functions.runners.contract import RunContext
from functions.work import Runners
from schedule_model.errors import InvalidTargetError, RunnerError
from schedule_model.reading_targets import parse_target
from schedule_model.run_result import RunResult
from schedule_model.target import Target
from tests.simulation.memory import Recorder, ScriptedRunners, VirtualClock


def echo(target: Target, context: RunContext) -> RunResult | None:
    if target.params.get("fail"):
        raise RunnerError("failed, as asked")
    return RunResult(output=dict(target.params))


@pytest.fixture(params=[lambda: ScriptedRunners(echo), RegisteredRunners], ids=["memory", "registered"])
def runners(request: pytest.FixtureRequest) -> Runners:
    made: Runners = request.param()
    return made


def target(type_: str = "echo", **params: object) -> Target:
    return parse_target({"id": "a", "type": type_, "schedule": "rate(1 hour)", "params": params})


def context() -> RunContext:
    clock = VirtualClock()
    deadline = clock.now() + timedelta(seconds=30)
    key = "a/2026-11-20T12:00:00Z"
    return RunContext("a", clock.now(), 1, key, deadline, clock, Recorder(), lambda: None)


def test_a_known_type_with_fitting_params_is_taken(runners: Runners) -> None:
    runners.check(target(message="hello"))


def test_an_unknown_type_is_named(runners: Runners) -> None:
    with pytest.raises(InvalidTargetError, match="ehco"):
        runners.check(target("ehco"))


def test_a_wrong_param_is_named(runners: Runners) -> None:
    with pytest.raises(InvalidTargetError, match=r"params\.wrong"):
        runners.check(target(wrong=1))


def test_an_attempt_answers_its_result(runners: Runners) -> None:
    assert runners.run(target(message="hello"), context()) == RunResult(output={"message": "hello"})


def test_a_failure_that_the_runner_understands_is_a_runner_error(runners: Runners) -> None:
    with pytest.raises(RunnerError):
        runners.run(target(fail=True), context())


def test_text_without_a_secret_stays_as_it_is(runners: Runners) -> None:
    assert runners.redact("nothing to hide") == "nothing to hide"

"""One attempt from raw params to a clean answer."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from pydantic import JsonValue

from functions.runners import echo, registry
from functions.runners.contract import RunContext, RunnerParams
from functions.runners.execute import execute
from functions.runners.secrets import Secrets
from schedule_model.errors import RunnerError
from schedule_model.run_result import RunResult
from tests.unit.runners.circumstances import KeptLog, StandingClock, context

SECRET = 'hunter2 ü/"x'


def secrets(**values: str) -> Secrets:
    known = {f"ssm:/{name}": value for name, value in values.items()}
    return Secrets(lambda reference: known[reference])


def run_with(monkeypatch: pytest.MonkeyPatch, run: Callable[[echo.Params, RunContext], object]) -> None:
    """Let `run` be what type echo does."""
    monkeypatch.setattr(echo, "run", run)


def failure(type_name: str, raw: object, *, known: Secrets | None = None) -> RunnerError:
    with pytest.raises(RunnerError) as caught:
        execute(type_name, raw, context(), secrets=known or Secrets())
    return caught.value


def test_params_are_filled_in_resolved_checked_and_run() -> None:
    raw = {"message": {"key": "<hourglass.idempotency_key>", "count": Decimal(3), "share": Decimal("0.5")}}

    result = execute("echo", raw, context(), secrets=Secrets())

    assert result == RunResult(output={"message": {"key": "homepage/2026-11-20T12:00:00Z", "count": 3, "share": 0.5}})


def test_a_runner_may_answer_none() -> None:
    assert execute("echo", {"result": None}, context(), secrets=Secrets()) is None


def test_a_template_expression_may_stand_inside_a_reference() -> None:
    result = execute("echo", {"message": "ssm:/<hourglass.target_id>"}, context(), secrets=secrets(homepage="of mine"))

    assert result == RunResult(output={"message": "ssm:/homepage"})


@pytest.mark.parametrize("raw", [{"message": "ssm:/token"}, {"message": ["Bearer <ssm:/token>"]}])
def test_a_secret_reaches_the_runner_and_not_the_record(raw: JsonValue, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []

    def run(params: echo.Params, context: RunContext) -> RunResult:
        seen.append(params.message)
        return RunResult(
            output={"text": f"got {params.message}", str(params.message): 1},
            new_params={"message": params.message},
            follow_ups=({"id": "next", "params": {"message": params.message}},),
        )

    run_with(monkeypatch, run)

    result = execute("echo", raw, context(), secrets=secrets(token=SECRET))

    assert seen in ([SECRET], [[f"Bearer {SECRET}"]])
    assert result is not None
    assert SECRET not in result.model_dump_json()
    assert "hunter2" not in result.model_dump_json()


def test_a_secret_in_new_params_turns_back_into_its_reference(monkeypatch: pytest.MonkeyPatch) -> None:
    run_with(monkeypatch, lambda params, context: RunResult(new_params={"message": params.message}))

    result = execute("echo", {"message": "ssm:/token"}, context(), secrets=secrets(token=SECRET))

    assert result is not None
    assert result.new_params == {"message": "ssm:/token"}


def test_a_secret_is_taken_out_of_failures_and_logs(monkeypatch: pytest.MonkeyPatch) -> None:
    log = KeptLog()

    def run(params: echo.Params, context: RunContext) -> RunResult:
        context.log.info("connected", token=params.message, nested={"a": [params.message]}, number=1)
        raise RunnerError(f"refused: {params.message}", is_retryable=True)

    run_with(monkeypatch, run)

    with pytest.raises(RunnerError) as caught:
        execute("echo", {"message": "ssm:/token"}, context(log=log), secrets=secrets(token=SECRET))

    assert str(caught.value) == "refused: <ssm:/token>"
    assert caught.value.is_retryable
    assert caught.value.__cause__ is None
    assert log.lines == [("connected", {"token": "ssm:/token", "nested": {"a": ["ssm:/token"]}, "number": 1})]


def test_wrong_params_with_a_secret_do_not_tell_it() -> None:
    error = failure("http", {"url": "ssm:/token"}, known=secrets(token="hunter2://x"))

    assert "params.url" in str(error)
    assert "hunter2" not in str(error)
    assert (error.__cause__, error.__suppress_context__) == (None, True)
    assert not error.is_retryable


def test_an_unknown_type_fails_for_good() -> None:
    error = failure("ecko", {})

    assert not error.is_retryable
    assert "did you mean 'echo'" in str(error)


def test_wrong_params_fail_for_good() -> None:
    error = failure("echo", {"seconds": "5"})

    assert not error.is_retryable
    assert "params.seconds: is a text; write a number without quotes" in str(error)


@pytest.mark.parametrize("junk", [{}, "done", 0, False, RunResult])
def test_an_answer_that_is_not_a_run_result_fails_for_good_and_names_the_runner(
    junk: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_with(monkeypatch, lambda params, context: junk)

    error = failure("echo", {})

    assert not error.is_retryable
    assert "runner echo answered a" in str(error)


@pytest.mark.parametrize("output", [float("nan"), [float("inf")]])
def test_an_answer_that_cannot_be_written_as_json_fails_for_good(
    output: JsonValue, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_with(monkeypatch, lambda params, context: RunResult(output=output))

    assert "is not JSON" in str(failure("echo", {}))


def test_an_error_that_the_runner_did_not_foresee_rises(monkeypatch: pytest.MonkeyPatch) -> None:
    def run(params: echo.Params, context: RunContext) -> RunResult:
        raise ZeroDivisionError

    run_with(monkeypatch, run)

    with pytest.raises(ZeroDivisionError):
        execute("echo", {}, context(), secrets=Secrets())


def test_secrets_are_read_by_the_contexts_clock() -> None:
    reads: list[str] = []

    def read(reference: str) -> str:
        reads.append(reference)
        return "value"

    store = Secrets(read, max_age=timedelta(seconds=60))
    clock = StandingClock()
    raw = {"message": "ssm:/token"}

    execute("echo", raw, context(clock=clock), secrets=store)
    execute("echo", raw, context(clock=clock), secrets=store)
    clock.at += timedelta(seconds=60)
    execute("echo", raw, context(clock=clock), secrets=store)

    assert reads == ["ssm:/token", "ssm:/token"]


def test_every_runner_of_the_registry_keeps_the_contract() -> None:
    for type_name in registry.types():
        runner = registry.load(type_name)
        assert issubclass(runner.params, RunnerParams)
        assert runner.params.__doc__

"""Type `echo`: answers what it was given; for demos, tests and trying out a schedule."""

from datetime import timedelta
from typing import Annotated

from pydantic import BeforeValidator, Field, JsonValue

from functions.runners.contract import RunContext, RunnerParams
from schedule_model.errors import RunnerError
from schedule_model.run_result import RunResult

SECONDS_MAX = 900


def _fail_rule(value: object) -> object:
    if not isinstance(value, int) or value < 0:
        raise ValueError("should be true (always), false (never) or how many first attempts fail; write 2")
    return value


class Params(RunnerParams):
    """What to answer, and how to misbehave on the way.

    Attributes:
        message: anything; part of the answer.
        seconds: how long the run takes, 0 to 900.
        fail: true fails every attempt, a number that many first attempts; the failure is retryable.
        result: null answers None; a map is the whole RunResult (`output`, `completed`, `new_params`, `next_run_at`,
            `follow_ups`). Left out, the answer's output is these params.
    """

    message: JsonValue = None
    seconds: float = Field(default=0, ge=0, le=SECONDS_MAX, examples=[1.5])
    fail: Annotated[bool | int, BeforeValidator(_fail_rule)] = False
    result: RunResult | None = Field(default=None, examples=[{"output": "done", "completed": True}])


def run(params: Params, context: RunContext) -> RunResult | None:
    """Take the time asked for, then fail or answer as asked.

    Raises:
        RunnerError: retryable; asked for, or `seconds` reach beyond the deadline.
    """
    _take_time(params.seconds, context)
    if params.fail is True or context.attempt <= params.fail:
        raise RunnerError(f"echo failed attempt {context.attempt}, as params.fail asks")
    if "result" in params.model_fields_set:
        return params.result
    return RunResult(output=params.model_dump(mode="json", exclude_unset=True))


def _take_time(seconds: float, context: RunContext) -> None:
    if not seconds:
        return
    end = context.clock.now() + timedelta(seconds=seconds)
    context.clock.wait_until(min(end, context.deadline))
    if end > context.deadline:
        raise RunnerError(f"echo was to take {seconds} s, which its deadline did not leave; lower params.seconds")

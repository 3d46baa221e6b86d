"""What a runner is: a file in this folder with a `Params` model and a `run` function."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from pydantic import BaseModel, ConfigDict, JsonValue

from schedule_model.clock import Clock
from schedule_model.errors import SchedulerError


class UnknownTypeError(SchedulerError):
    """No runner can be loaded for a target's `type`; the message lists the types and names near ones."""


class InvalidParamsError(SchedulerError):
    """A target's `params` do not fit its runner; the message names each field and says what to write.

    Args:
        message: all problems in one line.
        problems: each as `field: what to write`; the message itself where there is one.
    """

    def __init__(self, message: str, problems: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.problems = tuple(problems) or (message,)


class RunnerParams(BaseModel):
    """Base of every runner's `params`: frozen, strict about types, and unknown fields are refused.

    Errors never show the values, which may be resolved secrets. The first of a field's `examples` is what its error
    message tells the user to write.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False, hide_input_in_errors=True)


class RunLogger(Protocol):
    """What a runner may log with; facts are keyword arguments, values are never secrets."""

    def info(self, message: str, /, **facts: object) -> None:
        """Record a normal step."""
        ...

    def warning(self, message: str, /, **facts: object) -> None:
        """Record something that the owner should know."""
        ...


@dataclass(frozen=True, slots=True)
class RunContext:
    """The circumstances of one attempt.

    Attributes:
        target_id: id of the target that is run.
        scheduled_at: the occurrence, aware UTC.
        attempt: 1 for the first.
        idempotency_key: `target_id/scheduled_at`, the same for every attempt of this occurrence.
        deadline: the attempt must have returned by then; network calls take their timeouts from `seconds_left()`.
        clock: the only source of time.
        log: the run's logger.
        previous_output: reads the output of the latest completed run of this target, None if there is none.
    """

    target_id: str
    scheduled_at: datetime
    attempt: int
    idempotency_key: str
    deadline: datetime
    clock: Clock
    log: RunLogger
    previous_output: Callable[[], JsonValue]

    def seconds_left(self) -> float:
        """Return the seconds until the deadline, at least 0."""
        return max(0.0, (self.deadline - self.clock.now()).total_seconds())

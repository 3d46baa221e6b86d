"""A run whose lease this invocation holds, and how it can end."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Self

from functions.executor.inbox import Received
from schedule_model.counting import is_added
from schedule_model.occurrence import Occurrence
from schedule_model.plan import Plan
from schedule_model.run import Run, RunStatus
from schedule_model.run_request import RunRequest, Task
from schedule_model.run_result import RunResult
from schedule_model.target import OnComplete, Target


@dataclass(frozen=True, slots=True, eq=False)
class Attempt:
    """A run that this invocation starts, or puts aside; equal to itself alone.

    Attributes:
        plan: of the schedule that asked for it, None when none did.
        following: the occurrence after it, None when the schedule has ended or it could not be found.
        run: its row as this invocation wrote it, or as it has measured it since.
        written: its row as it stands in the table, where `run` has been measured since.
        is_lost: whether the schedule goes on although the occurrence after it could not be found.
    """

    received: Received
    target: Target
    plan: Plan | None
    following: Occurrence | None
    run: Run
    written: Run | None = None
    is_lost: bool = False

    @property
    def standing(self) -> Run:
        """Return the row as it stands in the table, which is what its end is written over."""
        return self.written or self.run

    @property
    def is_begun(self) -> bool:
        """Return whether the run starts now, and is not put aside."""
        return self.run.status is RunStatus.IN_PROGRESS

    @property
    def has_ended_before(self) -> bool:
        """Return whether an attempt at the same run has come to an end that was recorded."""
        return self.run.finished_at is not None

    @property
    def next_number(self) -> int:
        """Return the how-manieth run of its schedule the following one is; what does not run does not count."""
        request = self.received.request
        is_counted = self.is_begun or self.run.is_waiting or is_added(request.scheduled_at, self.target, self.plan)
        return request.number + 1 if is_counted else request.number

    @property
    def letter(self) -> RunRequest:
        """Return what is buried should the run fail: what it is of as well, if its target goes with its schedule."""
        request = self.received.request
        if self.target.on_complete is not OnComplete.DELETE:
            return request
        return request.model_copy(update={"task": Task.of(self.target)})

    def limited(self) -> Self:
        """Return the attempt with nothing to follow if `max_runs` is reached by it."""
        limit = self.target.max_runs
        is_over = limit is not None and self.received.request.number >= limit
        return replace(self, following=None, is_lost=False) if is_over else self


@dataclass(frozen=True, slots=True)
class Succeeded:
    """The runner answered; None when it has nothing to record."""

    result: RunResult | None


@dataclass(frozen=True, slots=True)
class Broke:
    """The attempt failed.

    Attributes:
        error: for a person, without secrets, at most 1,000 characters.
        is_retryable: whether another attempt may succeed.
        retry_after: how long the other side asks to be left alone; None if it does not ask.
    """

    error: str
    is_retryable: bool
    retry_after: timedelta | None = None


Ending = Succeeded | Broke

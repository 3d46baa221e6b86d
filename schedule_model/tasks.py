"""Tasks: one-off work. A task is a target with one instant, which goes when it is done; its run's row remains."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self

from pydantic import Field, JsonValue, model_validator

from schedule_model.errors import InvalidExpressionError, SchedulerError
from schedule_model.expressions import parse_schedule
from schedule_model.found import Fields, Found
from schedule_model.instants import Instant, rounded_up, to_text
from schedule_model.plan import PlanStatus
from schedule_model.run import Run, RunStatus
from schedule_model.target import OnComplete, Retry, Strict, TypeName

TASK_PREFIX = "task."
"""How the id of every task begins, so that no other target is taken for one."""


SOONEST = timedelta(seconds=2)
"""How far ahead a task starts at the least: the planner must see it before its instant has passed."""


class InvalidTaskError(SchedulerError, ValueError):
    """A task cannot be accepted; the message is `field: what to write`."""


class Delay(Strict):
    """A length of time from now; its parts are added up, and each may be left out."""

    hours: int = Field(default=0, ge=0, le=87_600)
    minutes: int = Field(default=0, ge=0, le=5_256_000)
    seconds: int = Field(default=0, ge=0, le=315_360_000)

    def length(self) -> timedelta:
        """Return the sum; at most 30 years."""
        return timedelta(hours=self.hours, minutes=self.minutes, seconds=self.seconds)


class Task(Strict):
    """What to run once, and when: at an instant, after a delay, or at once where neither is written.

    Attributes:
        type: of the runner.
        params: what it needs.
        run_at: not in the past; to the second, rounded up.
        delay: from the moment at which it is accepted.
        retry, timeout_seconds, keep_results_days, note: as a target's.
    """

    type: TypeName
    params: dict[str, JsonValue] = Field(default_factory=dict)
    run_at: Instant | None = None
    delay: Delay | None = None
    retry: Retry = Retry()
    timeout_seconds: int | None = Field(default=None, ge=1, le=840)
    keep_results_days: int = Field(default=30, ge=1, le=3_650)
    note: str | None = Field(default=None, max_length=1_024)

    @model_validator(mode="after")
    def _has_one_instant(self) -> Self:
        if self.run_at is not None and self.delay is not None:
            raise ValueError("run_at: write either run_at or delay, not both")
        return self

    def fields(self, task_id: str, *, now: datetime, asked_at: datetime | None = None) -> Fields:
        """Return the target that carries the task out; at once, if its `run_at` has passed since it was asked for.

        Args:
            task_id: begins with `task.`.
            now: aware UTC; where a delay counts from.
            asked_at: when it was asked for the first time; None for now.

        Raises:
            InvalidTaskError: `run_at` lay in the past when it was asked for, or no schedule reaches so far.
        """
        written = {"type", "params", "retry", "timeout_seconds", "keep_results_days", "note"}
        own = self.model_dump(mode="json", include=written, exclude_unset=True, exclude_none=True)
        instant = self._instant(now, asked_at or now)
        schedule = f"at({instant:%Y-%m-%dT%H:%M:%S})"
        try:
            parse_schedule(schedule, "UTC")
        except InvalidExpressionError as error:
            raise InvalidTaskError(f"run_at: {error}") from error
        return own | {"id": task_id, "schedule": schedule, "on_complete": str(OnComplete.DELETE)}

    def _instant(self, now: datetime, asked_at: datetime) -> datetime:
        if self.run_at is not None and self.run_at < asked_at:
            raise InvalidTaskError(
                f"run_at: {to_text(self.run_at)} lies in the past; write a later instant, or none to run at once"
            )
        wanted = self.run_at or now + (self.delay.length() if self.delay else timedelta(0))
        try:
            return rounded_up(max(wanted, now + SOONEST))
        except OverflowError as error:
            raise InvalidTaskError("run_at: lies beyond the year 9999; write an earlier instant") from error


class TaskStatus(StrEnum):
    """Where a task stands."""

    SCHEDULED = "SCHEDULED"
    IN_PROGRESS = "IN_PROGRESS"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"


_STATUS_OF_RUN = {
    RunStatus.IN_PROGRESS: TaskStatus.IN_PROGRESS,
    RunStatus.RETRYING: TaskStatus.IN_PROGRESS,
    RunStatus.COMPLETED: TaskStatus.COMPLETED,
    RunStatus.FAILED: TaskStatus.FAILED,
    RunStatus.SKIPPED: TaskStatus.FAILED,
    RunStatus.MISSED: TaskStatus.FAILED,
}


@dataclass(frozen=True, slots=True)
class TaskState:
    """A task as it stands.

    Attributes:
        task_id: its id.
        type: of its runner; None once it has ended and only its run's row is left.
        status: where it stands.
        run_at: when it runs, or ran.
        time_left: until then; zero once it has come.
        error: why it FAILED, or why its latest attempt did; None if there is nothing to tell.
        run: its row; None before it has begun.
    """

    task_id: str
    type: str | None
    status: TaskStatus
    run_at: datetime
    time_left: timedelta
    error: str | None = None
    run: Run | None = None


def state_of_task(task_id: str, found: Found | None, run: Run | None, *, now: datetime) -> TaskState | None:
    """Return a task's state from its target and its run's row, whichever there are; None if there is neither."""
    kind = str(found.fields.get("type")) if found else None
    if run is not None:
        status, left = _STATUS_OF_RUN[run.status], max(run.scheduled_at - now, timedelta(0))
        return TaskState(task_id, kind, status, run.scheduled_at, left, run.error, run)
    run_at = instant_of(found) if found else None
    if found is None or run_at is None:
        return None
    is_refused = found.plan is not None and found.plan.status is PlanStatus.INVALID
    status = TaskStatus.FAILED if is_refused else TaskStatus.SCHEDULED
    error = found.plan.reason if found.plan and is_refused else None
    return TaskState(task_id, kind, status, run_at, max(run_at - now, timedelta(0)), error)


def is_task(target_id: str) -> bool:
    """Return whether a target is that of a task."""
    return target_id.startswith(TASK_PREFIX)


def instant_of(found: Found) -> datetime | None:
    """Return when the target of a task runs; None if it is none, or somebody has edited it into something else."""
    schedule = found.fields.get("schedule")
    if not is_task(found.target_id) or not isinstance(schedule, str) or not schedule.startswith("at("):
        return None
    try:
        return parse_schedule(schedule, "UTC").next_after(_LONG_AGO, anchor=_LONG_AGO)
    except InvalidExpressionError:
        return None


_LONG_AGO = datetime.fromisoformat("0001-01-02T00:00:00+00:00")

"""Runs: one row per occurrence that was, or is being, carried out."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from schedule_model.instants import Instant, from_text
from schedule_model.run_request import DispatchedBy, RunRequest, Trigger

MILLISECOND = timedelta(milliseconds=1)


class RunStatus(StrEnum):
    """Where the carrying-out of an occurrence stands.

    Attributes:
        IN_PROGRESS: an executor holds the lease.
        RETRYING: an attempt failed and the next one waits, or the run waits for the one before it.
        COMPLETED: the runner did what it should.
        FAILED: no further attempt; its message went to a dead-letter queue.
        SKIPPED: a run before it was in its way, or its schedule was edited, paused or over; `error` says which.
        MISSED: too late to start, by the target's `catch_up`.
    """

    IN_PROGRESS = "IN_PROGRESS"
    RETRYING = "RETRYING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    SKIPPED = "SKIPPED"
    MISSED = "MISSED"

    @property
    def is_final(self) -> bool:
        """Return whether the occurrence has found its end."""
        return not MOVES[self]


MOVES: dict[RunStatus, frozenset[RunStatus]] = {
    RunStatus.IN_PROGRESS: frozenset(RunStatus) - {RunStatus.MISSED},
    RunStatus.RETRYING: frozenset(RunStatus) - {RunStatus.COMPLETED},
    RunStatus.COMPLETED: frozenset(),
    RunStatus.FAILED: frozenset(),
    RunStatus.SKIPPED: frozenset(),
    RunStatus.MISSED: frozenset(),
}
"""Which status may follow which; IN_PROGRESS follows itself when a lease has run out, RETRYING while a run waits."""


class Run(BaseModel):
    """One row of the Runs table.

    Attributes:
        target_id: whose run it is; the table's partition key.
        run_id: the occurrence, and a suffix for manual and backfilled runs; the table's sort key `scheduled_at`.
        status: where it stands.
        attempt: the latest, 1 for the first; 0 if none has started: not run at all, or waiting for the run before.
        number: the how-manieth run of its schedule it is; one that a runner has added has that of the run before.
        holder: drawn by the executor whose row this is, so that it knows its own write again.
        trigger: why it takes place.
        dispatched_by: the path on which its latest attempt came to the queue.
        revision: of the schedule that asked for its latest attempt; empty for a run that no schedule asked for.
        due_at: when it should start: the occurrence, and its share of a flexible window.
        delete_at: when TTL may remove the row.
        started_at: of the latest attempt.
        lease_expires_at: until when an executor holds the run; only while IN_PROGRESS.
        retry_at: not to be tried again before; only while RETRYING.
        finished_at: when it ended; until then, when the latest attempt did that has.
        duration_ms: of the latest attempt that has ended.
        lateness_ms: from `due_at` to the start of the latest attempt's first try; a retry counts from its own instant.
        output: what the runner answered; a marked preview where that is over 256 KB of JSON.
        error: why it failed, is tried again or was not run.
        held_by: the `scheduled_at` of the run that stood in the way of a SKIPPED one.
        passed_until: the occurrence that comes instead of a MISSED one and of those between; if none does, when that
            was decided.
        hidden: the runner answered nothing, so that the row only keeps the occurrence from running twice.
    """

    model_config = ConfigDict(defer_build=True, frozen=True, extra="ignore")

    target_id: str
    run_id: str
    status: Annotated[RunStatus, Field(strict=False)]
    attempt: int
    number: int = 1
    holder: str = ""
    trigger: Annotated[Trigger, Field(strict=False)]
    dispatched_by: Annotated[DispatchedBy, Field(strict=False)]
    revision: str
    due_at: Instant
    delete_at: Instant
    started_at: Instant | None = None
    lease_expires_at: Instant | None = None
    retry_at: Instant | None = None
    finished_at: Instant | None = None
    duration_ms: int | None = None
    lateness_ms: int | None = None
    output: JsonValue = None
    error: str | None = None
    held_by: str | None = None
    passed_until: Instant | None = None
    hidden: bool = False

    @classmethod
    def begun(cls, request: RunRequest, *, now: datetime, lease: timedelta, keep: timedelta, holder: str = "") -> Self:
        """Return the row of a first attempt that starts now, or when it is due if its executor waits for that."""
        starts_at = max(now, request.due_at)
        return cls(
            target_id=request.target_id,
            run_id=request.run_id,
            status=RunStatus.IN_PROGRESS,
            attempt=1,
            number=request.number,
            holder=holder,
            trigger=request.trigger,
            dispatched_by=request.dispatched_by,
            revision=request.revision,
            due_at=request.due_at,
            delete_at=now + keep,
            started_at=starts_at,
            lease_expires_at=starts_at + lease,
            lateness_ms=(starts_at - request.due_at) // MILLISECOND,
        )

    def taken_over(self, request: RunRequest, *, now: datetime, lease: timedelta, holder: str = "") -> Self:
        """Return the row of the next attempt, which starts now or when it is due, and is of the request's revision."""
        starts_at = max(now, request.due_at)
        return self.model_copy(
            update={
                "status": RunStatus.IN_PROGRESS,
                "attempt": self.attempt + 1,
                "holder": holder,
                "revision": request.revision,
                "dispatched_by": request.dispatched_by,
                "started_at": starts_at,
                "lease_expires_at": starts_at + lease,
                "retry_at": None,
                "lateness_ms": max(0, (starts_at - self._wanted_at()) // MILLISECOND),
            }
        )

    def started(self, began_at: datetime) -> Self:
        """Return the row of an attempt whose executor had waited for it to be due, as it did start."""
        late = max(0, (began_at - self.due_at) // MILLISECOND)
        return self.model_copy(update={"started_at": began_at, "lateness_ms": late})

    def is_of(self, other: Self) -> bool:
        """Return whether this row is what the same executor wrote: a write told to it as refused had taken effect."""
        mine = (self.holder, self.status, self.attempt)
        return bool(self.holder) and mine == (other.holder, other.status, other.attempt)

    def released(self, *, now: datetime) -> Self:
        """Return the row of an attempt that was claimed and not started: the next delivery starts it."""
        begun = self.waiting(now)
        return begun.model_copy(update={"attempt": self.attempt - 1, "error": "was claimed and could not be started"})

    @property
    def scheduled_at(self) -> datetime:
        """Return the occurrence, without the suffix that sets a manual or backfilled run apart."""
        return from_text(self.run_id.partition("#")[0])

    @property
    def is_waiting(self) -> bool:
        """Return whether the run waits for the one before it; no attempt has started."""
        return self.status is RunStatus.RETRYING and self.attempt == 0

    def looks_again_after(self, instant: datetime) -> bool:
        """Return whether the run, which waits, looks later than at `instant` whether it may start."""
        return self.retry_at is not None and self.retry_at > instant

    def waiting(self, until: datetime) -> Self:
        """Return the row of a run that waits for the one before it, and looks again at `until`."""
        return self.model_copy(
            update={
                "status": RunStatus.RETRYING,
                "attempt": 0,
                "error": "waits for the run before it",
                "started_at": None,
                "lease_expires_at": None,
                "retry_at": until,
                "lateness_ms": None,
            }
        )

    def held_back(self, until: datetime) -> Self:
        """Return the row of a run whose next attempt waits for that of another run, and looks again at `until`."""
        error = self.error if self.status is RunStatus.RETRYING else "it was cut off"
        facts = {"status": RunStatus.RETRYING, "error": error, "lease_expires_at": None, "retry_at": until}
        return self.model_copy(update=facts)

    def _wanted_at(self) -> datetime:
        return self.due_at if self.retry_at is None or self.is_waiting else max(self.retry_at, self.due_at)

    def retrying(self, error: str, *, now: datetime, retry_at: datetime) -> Self:
        """Return the row of an attempt that failed and is tried again at `retry_at`; the wait lets it stay longer."""
        facts = {"error": error, "retry_at": retry_at, "delete_at": self.delete_at + (retry_at - now)}
        return self._ended(RunStatus.RETRYING, now, facts)

    def failed(self, error: str, *, now: datetime) -> Self:
        """Return the row of a run that is given up."""
        facts: dict[str, object] = {"error": error, "retry_at": None}
        if self.status is RunStatus.RETRYING:
            facts["duration_ms"] = self.duration_ms
        return self._ended(RunStatus.FAILED, now, facts)

    def completed(self, output: JsonValue, *, now: datetime, hidden: bool = False) -> Self:
        """Return the row of a run that did what it should."""
        return self._ended(RunStatus.COMPLETED, now, {"output": output, "error": None, "hidden": hidden})

    def missed(self, reason: str, instead: datetime | None, *, now: datetime) -> Self:
        """Return the row of an occurrence that is MISSED; it speaks for those up to the one instead, if any."""
        return self.not_run(RunStatus.MISSED, reason, now=now).model_copy(update={"passed_until": instead or now})

    def not_run(self, status: RunStatus, reason: str, *, now: datetime, held_by: str | None = None) -> Self:
        """Return the row of an occurrence that is SKIPPED or MISSED, with the reason as its error."""
        attempt = 0 if self.attempt == 1 else self.attempt
        facts = {"status": status, "attempt": attempt, "error": reason, "held_by": held_by, "finished_at": now}
        nothing = dict.fromkeys(("started_at", "lease_expires_at", "retry_at", "lateness_ms"))
        return self.model_copy(update=facts | nothing)

    def abandoned(self, reason: str, *, now: datetime) -> Self:
        """Return the row of a run that is SKIPPED after what attempts it has had, with the reason as its error."""
        facts: dict[str, object] = {"error": reason, "retry_at": None}
        return self._ended(RunStatus.SKIPPED, now, facts | {"duration_ms": self.duration_ms})

    def _ended(self, status: RunStatus, now: datetime, facts: dict[str, object]) -> Self:
        duration = (now - self.started_at) // MILLISECOND if self.started_at else None
        return self.model_copy(
            update={"status": status, "lease_expires_at": None, "finished_at": now, "duration_ms": duration} | facts
        )


def runs_counted(rows: Iterable[Run], *, after: datetime | None = None) -> int:
    """Return how many runs of its schedule a target has had, as its latest rows tell; what did not run counts not.

    A row of a run that did not start has the number that it would have had.

    Args:
        rows: of one target, in any order.
        after: when the target was created, to the second; rows up to then are of another one that had its id.
    """
    scheduled = [run for run in rows if run.trigger is Trigger.SCHEDULE and (after is None or run.scheduled_at > after)]
    return max((run.number if run.attempt > 0 else run.number - 1 for run in scheduled), default=0)

"""What the loop tells of itself: the words of its logs and metrics, each spelled once."""

from collections.abc import Callable
from enum import StrEnum
from typing import Protocol


class Count(StrEnum):
    """Metrics that count; each has the unit Count."""

    RUNS_SUCCEEDED = "RunsSucceeded"
    RUNS_FAILED = "RunsFailed"
    RUNS_RETRIED = "RunsRetried"
    RUNS_SKIPPED = "RunsSkipped"
    RUNS_MISFIRED = "RunsMisfired"
    DUPLICATE_DELIVERIES = "DuplicateDeliveries"
    DISPATCHED_BY_TTL = "DispatchedByTtl"
    DISPATCHED_NEAR = "DispatchedNear"
    DISPATCHED_BY_SWEEP = "DispatchedBySweep"
    HOPS = "Hops"
    TARGETS_PLANNED = "TargetsPlanned"
    TARGETS_REFUSED = "TargetsRefused"
    BAD_RECORDS = "BadRecords"
    DEAD_LETTERS = "DeadLetters"
    RECONCILED = "Reconciled"


class Measure(StrEnum):
    """Metrics that measure; the unit is in the name's comment."""

    TIMER_LATENESS = "TimerLateness"  # Seconds, from `expires_at` to the REMOVE record's arrival
    PRECISE_WAIT = "PreciseWait"  # Milliseconds, for which an executor waited until a precise run was due
    RUN_LATENESS = "RunLateness"  # Milliseconds, from `due_at` to the start of the run


class Telemetry(Protocol):
    """Where handlers log and count. Facts never hold a payload or a secret; one that is None is not written.

    The keys are: target_id, revision, scheduled_at, attempt, outcome, lateness_ms, delay_seconds, message_id, reason,
    dispatched_by, error.
    """

    def debug(self, message: str, /, **facts: object) -> None:
        """Log a part of a step, which is read only when a fault is looked for."""
        ...

    def info(self, message: str, /, **facts: object) -> None:
        """Log one step of the loop: a constant phrase in the past tense."""
        ...

    def warning(self, message: str, /, **facts: object) -> None:
        """Log what an owner should look at."""
        ...

    def failure(self, message: str, /, *, redact: Callable[[str], str] = str, **facts: object) -> None:
        """Log the exception that is being handled, with its stack as `redact` leaves it."""
        ...

    def count(self, metric: Count, number: int = 1) -> None:
        """Add to a count."""
        ...

    def measure(self, metric: Measure, value: float) -> None:
        """Record one value."""
        ...

    def flush(self) -> None:
        """Hand the metrics of this invocation over."""
        ...

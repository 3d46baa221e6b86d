"""What Lambda does with a stream batch that failed, as a pure decision.

Source: AWS Lambda developer guide, "Configuring partial batch response with DynamoDB and Lambda" and
"Retain discarded records for a DynamoDB event source in Lambda".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

BACKOFF_SECONDS_MAX = 10.0
Record = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Policy:
    """The event source mapping's bounds. -1 means none, as in AWS."""

    is_bisecting: bool
    retry_attempts_max: int
    record_age_seconds_max: int


@dataclass(frozen=True, slots=True)
class Batch:
    """Records to invoke with, oldest first, and how often that has failed."""

    records: Sequence[Record]
    attempts: int = 0

    @property
    def backoff_seconds(self) -> float:
        """How long to wait before this batch is tried; AWS publishes no figures for its own backoff."""
        return 0.0 if self.attempts == 0 else min(BACKOFF_SECONDS_MAX, 0.1 * 2 ** min(self.attempts, 10))


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is left of a failed batch: batches to go on with, in order, and records given up with the reason."""

    batches: list[Batch] = field(default_factory=list)
    given_up: Sequence[Record] = ()
    condition: str = ""


def first_failure(records: Sequence[Record], answer: object) -> int | None:
    """Return the index of the first record that a function's answer reports as failed, None if there is none.

    An answer that AWS calls invalid (an identifier that is empty or unknown) fails the whole batch.
    """
    failures = answer.get("batchItemFailures") if isinstance(answer, Mapping) else None
    if not failures:
        return None
    positions = {record["dynamodb"]["SequenceNumber"]: index for index, record in enumerate(records)}
    failed = [positions.get(failure.get("itemIdentifier"), 0) for failure in failures]
    return min(failed)


def after_failure(batch: Batch, policy: Policy, *, first_failed: int, now: float) -> Outcome:
    """Decide what becomes of `batch` when the records from index `first_failed` on were not processed.

    Args:
        batch: what the function was invoked with.
        policy: the event source mapping's bounds.
        first_failed: index of the oldest record that was not processed.
        now: epoch seconds, against which the age of the oldest such record is measured.
    """
    remaining = batch.records[first_failed:]
    attempts = batch.attempts + 1 if first_failed == 0 else 1
    expired = _count_expired(remaining, policy, now=now)
    if expired:
        rest = [Batch(remaining[expired:])] if remaining[expired:] else []
        return Outcome(rest, remaining[:expired], "MaxRecordAgeExceeded")
    if policy.is_bisecting and len(remaining) > 1:
        middle = len(remaining) // 2
        return Outcome([Batch(remaining[:middle], batch.attempts), Batch(remaining[middle:], batch.attempts)])
    if 0 <= policy.retry_attempts_max < attempts:
        return Outcome([], remaining, "RetryAttemptsExhausted")
    return Outcome([Batch(remaining, attempts)])


def _count_expired(records: Sequence[Record], policy: Policy, *, now: float) -> int:
    if policy.record_age_seconds_max < 0:
        return 0
    limit = now - policy.record_age_seconds_max
    return sum(record["dynamodb"]["ApproximateCreationDateTime"] < limit for record in records)

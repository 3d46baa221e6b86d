"""The batch boundary: one bad record is reported, and the others go on."""

from collections.abc import Iterator
from contextlib import contextmanager

from functions.telemetry import Count, Telemetry

BatchResponse = dict[str, list[dict[str, str]]]


class Batch:
    """Keeps which records of an invocation failed, for Lambda's partial batch response.

    Source: Lambda, "Reporting batch item failures" (`batchItemFailures`, `itemIdentifier`), SQS and streams alike.
    """

    def __init__(self, telemetry: Telemetry) -> None:
        self._telemetry = telemetry
        self._failed: dict[str, None] = {}

    @contextmanager
    def guard(self, *record_ids: str) -> Iterator[None]:
        """Report the records that the block is about as failed, with its exception logged, if it raises."""
        try:
            yield
        except Exception:  # noqa: BLE001  the batch boundary: the other records go on
            for record_id in record_ids:
                self._telemetry.failure("a record failed", message_id=record_id)
                self._telemetry.count(Count.BAD_RECORDS)
                self.fail(record_id)

    def fail(self, record_id: str) -> None:
        """Have the record delivered again."""
        self._failed[record_id] = None

    @property
    def failed(self) -> tuple[str, ...]:
        """Return the ids of the failed records, each once, in the order in which they failed."""
        return tuple(self._failed)

    def response(self) -> BatchResponse:
        """Return what Lambda expects of a handler that reports partial batches."""
        return {"batchItemFailures": [{"itemIdentifier": record_id} for record_id in self._failed]}

"""The batch boundary: one bad record is reported, and the others go on."""

from types import TracebackType

from functions.telemetry import Count, Telemetry

BatchResponse = dict[str, list[dict[str, str]]]


class Batch:
    """Keeps which records of an invocation failed, for Lambda's partial batch response.

    Source: Lambda, "Reporting batch item failures" (`batchItemFailures`, `itemIdentifier`), SQS and streams alike.
    """

    def __init__(self, telemetry: Telemetry) -> None:
        self._telemetry = telemetry
        self._failed: dict[str, None] = {}

    def guard(self, *record_ids: str) -> "Guard":
        """Report the records that the block is about as failed, with its exception logged, if it raises."""
        return Guard(self, record_ids)

    def fail(self, record_id: str) -> None:
        """Have the record delivered again."""
        self._failed[record_id] = None

    def fail_with_error(self, record_id: str) -> None:
        """Have the record delivered again, and tell of the exception that is being handled."""
        self._telemetry.failure("a record failed", message_id=record_id)
        self._telemetry.count(Count.BAD_RECORDS)
        self.fail(record_id)

    @property
    def failed(self) -> tuple[str, ...]:
        """Return the ids of the failed records, each once, in the order in which they failed."""
        return tuple(self._failed)

    def response(self) -> BatchResponse:
        """Return what Lambda expects of a handler that reports partial batches."""
        return {"batchItemFailures": [{"itemIdentifier": record_id} for record_id in self._failed]}


class Guard:
    """The boundary around what is done for some records of a batch: what it raises fails them, and the others go on."""

    __slots__ = ("_batch", "_record_ids")

    def __init__(self, batch: Batch, record_ids: tuple[str, ...]) -> None:
        self._batch = batch
        self._record_ids = record_ids

    def __enter__(self) -> None:
        """Begin."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> bool:
        """Report the records if an exception came; what is to stop the process goes on to stop it."""
        if not isinstance(error, Exception):
            return False
        for record_id in self._record_ids:
            self._batch.fail_with_error(record_id)
        return True

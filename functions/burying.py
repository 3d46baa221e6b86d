"""Stream records that can never be done with: waiting does not mend them, and their shard must go on."""

import json

from functions.aws.events import BadRecordError, record_id_of
from functions.batch import Batch
from functions.ports import DeadLetter, Ports
from functions.telemetry import Count
from schedule_model.reading_targets import shorten


def bury_record(record: object, error: BadRecordError, batch: Batch, ports: Ports) -> None:
    """Put the record on the stack's dead-letter queue with the reason; it is delivered again only if that fails."""
    _bury(DeadLetter(json.dumps(record), shorten(f"a stream record cannot be read: {error}")), record, batch, ports)


def bury_too_large(target_id: str, record: object, batch: Batch, ports: Ports) -> None:
    """Say on the stack's dead-letter queue what the target itself has no room for."""
    ports.telemetry.count(Count.TARGETS_REFUSED)
    reason = f"the item of target {target_id!r} is so close to 400 KB that its plan does not fit, and so it never runs"
    _bury(DeadLetter(json.dumps({"too_large": target_id}), f"{reason}; shorten its params"), record, batch, ports)


def _bury(letter: DeadLetter, record: object, batch: Batch, ports: Ports) -> None:
    record_id = record_id_of(record)
    (failure,) = ports.queue.bury([letter])
    if failure is not None:
        ports.telemetry.warning("could not bury a record", message_id=record_id, error=str(failure))
        batch.fail(record_id)
        return
    ports.telemetry.count(Count.BAD_RECORDS)
    ports.telemetry.count(Count.DEAD_LETTERS)
    ports.telemetry.warning("buried a record", message_id=record_id, reason=letter.reason)

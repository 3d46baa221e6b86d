"""The planner: reads the Targets stream, writes plans and first timers."""

from collections.abc import Mapping

from functions.aws.events import BadRecordError, record_id_of, records_of, target_change
from functions.aws.wiring import serve
from functions.batch import Batch, BatchResponse
from functions.burying import bury_record, bury_too_large
from functions.planning import act, decide
from functions.ports import Ports, TooLargeError


def handle(event: Mapping[str, object], ports: Ports) -> BatchResponse:
    """Plan every target that the records tell of; a record that fails is reported, the others are planned.

    A target's later records wait for its failed one, and come again with it: each edit is planned after the one before.
    """
    batch = Batch(ports.telemetry)
    unplanned: set[str] = set()
    for record in records_of(event):
        with batch.guard(record_id_of(record)):
            try:
                change = target_change(record, now=ports.clock.now())
            except BadRecordError as error:
                bury_record(record, error, batch, ports)
                continue
            if change.target_id in unplanned:
                batch.fail(record_id_of(record))
                continue
            unplanned.add(change.target_id)
            try:
                act(decide(change, ports), change, ports)
            except TooLargeError:
                bury_too_large(change.target_id, record, batch, ports)
            unplanned.remove(change.target_id)
    return batch.response()


lambda_handler = serve(handle)

"""The planner: reads the Targets stream, writes plans and first timers."""

from collections.abc import Mapping

from functions.aws.events import record_id_of, records_of, target_change
from functions.aws.wiring import serve
from functions.batch import Batch, BatchResponse
from functions.planning import act, decide
from functions.ports import Ports


def handle(event: Mapping[str, object], ports: Ports) -> BatchResponse:
    """Plan every target that the records tell of; a record that fails is reported, the others are planned."""
    batch = Batch(ports.telemetry)
    for record in records_of(event):
        with batch.guard(record_id_of(record)):
            change = target_change(record, now=ports.clock.now())
            act(decide(change, ports, is_new=change.old is None), change, ports)
    return batch.response()


lambda_handler = serve(handle)

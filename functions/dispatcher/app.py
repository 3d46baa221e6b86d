"""The dispatcher: reads the Timers stream, puts runs on the queue with the delay that is left."""

from collections.abc import Mapping

from functions.aws.events import BadRecordError, record_id_of, records_of, timer_change
from functions.aws.wiring import serve
from functions.batch import Batch, BatchResponse
from functions.burying import bury_record
from functions.ports import Ports
from functions.telemetry import Count, Measure
from schedule_model.dispatching import Nothing, QueueRun, TimerChange, dispatch
from schedule_model.run_request import DispatchedBy
from schedule_model.timer import Timer

_COUNTS = {DispatchedBy.TTL: Count.DISPATCHED_BY_TTL, DispatchedBy.NEAR: Count.DISPATCHED_NEAR}


def handle(event: Mapping[str, object], ports: Ports) -> BatchResponse:
    """Queue the run of every near timer that was written and of every other that expired."""
    batch = Batch(ports.telemetry)
    wanted: list[tuple[str, QueueRun]] = []
    for record in records_of(event):
        with batch.guard(record_id_of(record)):
            try:
                found = timer_change(record)
            except BadRecordError as error:
                bury_record(record, error, batch, ports)
                continue
            if found is not None:
                wanted.extend((record_id_of(record), run) for run in _decide(*found, ports))
    _send(wanted, batch, ports)
    return batch.response()


def _decide(timer: Timer, change: TimerChange, ports: Ports) -> list[QueueRun]:
    now = ports.clock.now()
    decision = dispatch(timer, change, now=now)
    if isinstance(decision, Nothing):
        ports.telemetry.info("dispatched nothing", target_id=timer.target_id, reason=decision.reason)
        return []
    if change is TimerChange.EXPIRED:
        ports.telemetry.measure(Measure.TIMER_LATENESS, (now - timer.expires_at).total_seconds())
    return [decision]


def _send(wanted: list[tuple[str, QueueRun]], batch: Batch, ports: Ports) -> None:
    answers = ports.queue.send([run for _, run in wanted])
    for (record_id, run), failure in zip(wanted, answers, strict=True):
        if failure is not None:
            ports.telemetry.warning("could not queue a run", message_id=record_id, error=str(failure))
            batch.fail(record_id)
            continue
        ports.telemetry.count(_COUNTS[run.request.dispatched_by])
        ports.telemetry.info(
            "queued a run",
            target_id=run.request.target_id,
            scheduled_at=run.request.run_id,
            dispatched_by=str(run.request.dispatched_by),
            delay_seconds=run.delay_seconds,
        )


lambda_handler = serve(handle)

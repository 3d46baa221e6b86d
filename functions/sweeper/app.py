"""The sweeper: every minute, dispatches the timers that are due soon and that TTL has not removed."""

from collections.abc import Mapping, Sequence

from functions.aws.wiring import serve
from functions.ports import Ports, UnavailableError, UnreadableTimer
from functions.sweeper.reconciling import reconcile_some
from functions.telemetry import Count
from schedule_model.dispatching import queue_run
from schedule_model.reconcile_pass import shards_to_sweep
from schedule_model.run_request import DispatchedBy, RunRequest
from schedule_model.sweeping import Sweep, sweeps
from schedule_model.timer import Timer

SweepReport = dict[str, int]

# What a sweep has done when its time is up stays done.
_TIMERS_AT_ONCE = 100


def handle(event: Mapping[str, object], ports: Ports) -> SweepReport:
    """Sweep from the watermark to the horizon, then look at some targets for what was lost.

    Returns how many timers were dispatched, how many calls failed, and how many findings were set going again.

    The watermark stops before the first minute in which something failed, so that the next sweep begins there. What
    comes after that minute is swept all the same: with hours to catch up on, hardly a sweep would get through.

    Raises:
        UnavailableError: a table did not answer; all else is done by then.
    """
    report = {"dispatched": 0, "failed": 0}
    swept_until, last = ports.timers.swept_until(), ports.timers.reconcile_pass()
    now, settings = ports.clock.now(), ports.settings
    shards = shards_to_sweep(last, now=now, settings=settings)
    failures: list[UnavailableError] = []
    for sweep in sweeps(swept_until, now=now, settings=settings, shards=shards):
        try:
            _sweep(sweep, report, ports)
            if sweep.swept_until is not None and report["failed"] == 0:
                ports.timers.save_swept_until(sweep.swept_until)
        except UnavailableError as error:
            report["failed"] += 1
            failures.append(error)
    report["reconciled"] = reconcile_some(last, ports)
    ports.telemetry.info("swept the timers", outcome=report)
    if failures:
        raise failures[0]
    return report


def _sweep(sweep: Sweep, report: SweepReport, ports: Ports) -> None:
    timers: list[Timer] = []
    for found in ports.timers.in_slots(sweep.slots):
        if isinstance(found, UnavailableError):
            ports.telemetry.warning("could not read a slot", error=str(found))
            report["failed"] += 1
        else:
            timers.extend(_readable(found, ports))
    # The shards' timers together, so that few timers fill few messages' batches.
    for start in range(0, len(timers), _TIMERS_AT_ONCE):
        _dispatch(timers[start : start + _TIMERS_AT_ONCE], report, ports)


def _readable(found: Sequence[Timer | UnreadableTimer], ports: Ports) -> list[Timer]:
    """Return the timers; tell of each row that is none, in every sweep until the watermark has passed its minute."""
    for row in found:
        if isinstance(row, UnreadableTimer):
            ports.telemetry.count(Count.BAD_RECORDS)
            ports.telemetry.warning("left a row that is no timer", message_id=row.timer_id, reason=row.reason)
    return [row for row in found if isinstance(row, Timer)]


def _dispatch(timers: Sequence[Timer], report: SweepReport, ports: Ports) -> None:
    now = ports.clock.now()
    answers = ports.queue.send([queue_run(RunRequest.for_timer(t, DispatchedBy.SWEEP), now=now) for t in timers])
    # A timer goes only once its run is on the queue: dying between the two means a duplicate, never a loss.
    queued = [timer for timer, failure in zip(timers, answers, strict=True) if failure is None]
    removals = ports.timers.remove(queued)
    report["dispatched"] += len(queued)
    report["failed"] += len(timers) - len(queued) + sum(failure is not None for failure in removals)
    ports.telemetry.count(Count.DISPATCHED_BY_SWEEP, len(queued))
    for timer in queued:
        ports.telemetry.info(
            "queued a run",
            target_id=timer.target_id,
            scheduled_at=RunRequest.for_timer(timer, DispatchedBy.SWEEP).run_id,
            revision=timer.revision,
            dispatched_by=str(DispatchedBy.SWEEP),
        )


lambda_handler = serve(handle)

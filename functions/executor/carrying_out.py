"""Running what was claimed, all at once, and recording each as it ends."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from pydantic import JsonValue

from functions.executor.attempt import Attempt, Broke, Ending, Succeeded
from functions.executor.earlier import earlier_runs
from functions.executor.ending import conclude
from functions.executor.inbox import Inbox
from functions.ports import Ports, TimedOut, UnavailableError, Work
from functions.runners.contract import RunContext
from functions.settings import RECORDING_MARGIN
from functions.telemetry import Measure
from schedule_model.errors import RunnerError
from schedule_model.reading_targets import shorten
from schedule_model.run import RunStatus


def carry_out(attempts: Sequence[Attempt], inbox: Inbox, ports: Ports) -> None:
    """Run all attempts at the same time, each until its own deadline; conclude together what ended together."""
    ready = _in_time(attempts, inbox, ports)
    work = [_work(attempt, ports) for attempt in ready]
    for answers in ports.crew.carry_out(work):
        ended = [(ready[place], _ending(ready[place], work[place], one, ports)) for place, one in answers.items()]
        conclude(ended, inbox, ports)


def _in_time(attempts: Sequence[Attempt], inbox: Inbox, ports: Ports) -> list[Attempt]:
    """Return the attempts that have at least half of their time; the others begin when their message comes again.

    The reads and claims of a batch may be slow, and Lambda cuts an invocation off without asking.
    """
    now = ports.clock.now()
    ready = [one for one in attempts if 2 * (_deadline(one, now, ports) - now) >= _allowed(one, ports)]
    late = [one for one in attempts if one not in ready]
    ports.runs.replace([(one.run, one.run.released(now=now)) for one in late])
    for attempt in late:
        inbox.fail(attempt.received.message, UnavailableError("this invocation has too little time left"))
    return ready


def _allowed(attempt: Attempt, ports: Ports) -> timedelta:
    return attempt.target.timeout(ports.settings.run_timeout)


def _deadline(attempt: Attempt, now: datetime, ports: Ports) -> datetime:
    """Return until when an attempt may take: as its target says, and so that its end can still be recorded."""
    own = now + _allowed(attempt, ports)
    return own if ports.ends_at is None else min(own, ports.ends_at - RECORDING_MARGIN)


def _work(attempt: Attempt, ports: Ports) -> Work[Ending]:
    deadline = _deadline(attempt, ports.clock.now(), ports)
    if attempt.run.lateness_ms is not None:
        ports.telemetry.measure(Measure.RUN_LATENESS, attempt.run.lateness_ms)
    return Work(do=_runner(attempt, deadline, ports), deadline=deadline)


def _runner(attempt: Attempt, deadline: datetime, ports: Ports) -> Callable[[], Ending]:
    request = attempt.received.request
    context = RunContext(
        target_id=request.target_id,
        scheduled_at=request.scheduled_at,
        attempt=attempt.run.attempt,
        idempotency_key=request.idempotency_key,
        deadline=deadline,
        clock=ports.clock,
        log=ports.telemetry,
        previous_output=lambda: _previous_output(attempt, ports),
    )

    def do() -> Ending:
        try:
            return Succeeded(ports.runners.run(attempt.target, context))
        except RunnerError as error:
            return Broke(shorten(str(error)), error.is_retryable, error.retry_after)
        except Exception as error:  # noqa: BLE001  a runner is anybody's code; its run fails, the others go on
            ports.telemetry.failure("a runner raised", **attempt.received.facts)
            return Broke(shorten(ports.runners.redact(f"{type(error).__name__}: {error}")), is_retryable=True)

    return do


def _previous_output(attempt: Attempt, ports: Ports) -> JsonValue:
    for run in earlier_runs(attempt.received.request, ports):
        if run.status is RunStatus.COMPLETED and not run.hidden:
            return run.output
    return None


def _ending(attempt: Attempt, work: Work[Ending], answer: Ending | TimedOut, ports: Ports) -> Ending:
    return _overdue(attempt, work, ports) if isinstance(answer, TimedOut) else answer


def _overdue(attempt: Attempt, work: Work[Ending], ports: Ports) -> Broke:
    is_cut = ports.ends_at is not None and work.deadline == ports.ends_at - RECORDING_MARGIN
    less = "; its invocation had less than that left" if is_cut else ""
    allowed = f"{_allowed(attempt, ports).total_seconds():g}"
    return Broke(f"did not end within its timeout_seconds ({allowed}){less}", is_retryable=True)

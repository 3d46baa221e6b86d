"""Running what was claimed, all at once, and recording each as it ends."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from pydantic import JsonValue

from functions.executor.attempt import Attempt, Broke, Ending, Succeeded
from functions.executor.earlier import earlier_runs
from functions.executor.ending import conclude
from functions.executor.inbox import Inbox
from functions.ports import Ports, UnavailableError
from functions.runners.contract import RunContext
from functions.settings import RECORDING_MARGIN
from functions.telemetry import Measure
from functions.work import TimedOut, Work
from schedule_model.errors import RunnerError
from schedule_model.reading_targets import shorten
from schedule_model.run import RunStatus


@dataclass(frozen=True, slots=True)
class _Done:
    """What came of an attempt whose runner was called."""

    ending: Ending
    began_at: datetime


def carry_out(attempts: Sequence[Attempt], inbox: Inbox, ports: Ports) -> None:
    """Run all attempts at the same time, each until its own deadline; conclude together what ended together.

    A precise one waits for its instant by itself. It comes last, so that it holds up none that is due. What has failed
    is handed back before the runs begin, and after each end: it must not wait until its run is a misfire.
    """
    now = ports.clock.now()
    ready = _in_time(sorted(attempts, key=lambda attempt: _starts_at(attempt, now)), inbox, ports)
    inbox.hand_back()
    work = [_work(attempt, ports) for attempt in ready]
    for answers in ports.crew.carry_out(work):
        ended = [_ended(ready[place], work[place], one, ports) for place, one in answers.items()]
        conclude(ended, inbox, ports)
        inbox.hand_back()


def _in_time(attempts: Sequence[Attempt], inbox: Inbox, ports: Ports) -> list[Attempt]:
    """Return the attempts that have at least half of their time; the others begin when their message comes again.

    The reads and claims of a batch may be slow, and Lambda cuts an invocation off without asking.
    """
    now = ports.clock.now()
    ready = [one for one in attempts if 2 * _time_left(one, now, ports) >= _allowed(one, ports)]
    late = [one for one in attempts if one not in ready]
    ports.runs.replace([(one.run, one.run.released(now=now)) for one in late])
    for attempt in late:
        inbox.fail(attempt.received.message, UnavailableError("this invocation has too little time left"))
    return ready


def _allowed(attempt: Attempt, ports: Ports) -> timedelta:
    return attempt.target.timeout(ports.settings.run_timeout)


def _starts_at(attempt: Attempt, now: datetime) -> datetime:
    request = attempt.received.request
    return max(now, request.due_at) if request.precise else now


def _time_left(attempt: Attempt, now: datetime, ports: Ports) -> timedelta:
    return _deadline(attempt, now, ports) - _starts_at(attempt, now)


def _deadline(attempt: Attempt, now: datetime, ports: Ports) -> datetime:
    """Return until when an attempt may take: as its target says, and so that its end can still be recorded."""
    own = _starts_at(attempt, now) + _allowed(attempt, ports)
    return own if ports.ends_at is None else min(own, ports.ends_at - RECORDING_MARGIN)


def _work(attempt: Attempt, ports: Ports) -> Work[_Done]:
    now = ports.clock.now()
    deadline, starts_at = _deadline(attempt, now, ports), _starts_at(attempt, now)
    if attempt.received.request.precise:
        ports.telemetry.measure(Measure.PRECISE_WAIT, (starts_at - now) / timedelta(milliseconds=1))
    elif attempt.run.lateness_ms is not None:
        ports.telemetry.measure(Measure.RUN_LATENESS, attempt.run.lateness_ms)
    run = _runner(attempt, deadline, ports)

    def do() -> _Done:
        ports.clock.wait_until(starts_at)
        began_at = ports.clock.now()
        return _Done(run(), began_at)

    return Work(do=do, deadline=deadline)


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
        except (Exception, SystemExit) as error:  # noqa: BLE001  a runner is anybody's code; its run fails, the others go on
            redact = ports.runners.redact
            ports.telemetry.failure("a runner raised", redact=redact, **attempt.received.facts)
            return Broke(shorten(redact(f"{type(error).__name__}: {error}")), is_retryable=True)

    return do


def _previous_output(attempt: Attempt, ports: Ports) -> JsonValue:
    for run in earlier_runs(attempt.received.request, ports):
        if run.status is RunStatus.COMPLETED and not run.hidden:
            return run.output
    return None


def _ended(attempt: Attempt, work: Work[_Done], answer: _Done | TimedOut, ports: Ports) -> tuple[Attempt, Ending]:
    if isinstance(answer, TimedOut):
        return attempt, _overdue(attempt, work, ports)
    if attempt.received.request.precise:
        attempt = replace(attempt, run=attempt.run.started(answer.began_at), written=attempt.run)
        ports.telemetry.measure(Measure.RUN_LATENESS, attempt.run.lateness_ms or 0)
    return attempt, answer.ending


def _overdue(attempt: Attempt, work: Work[_Done], ports: Ports) -> Broke:
    is_cut = ports.ends_at is not None and work.deadline == ports.ends_at - RECORDING_MARGIN
    less = "; its invocation had less than that left" if is_cut else ""
    allowed = f"{_allowed(attempt, ports).total_seconds():g}"
    return Broke(f"did not end within its timeout_seconds ({allowed}){less}", is_retryable=True)

"""Running what was claimed, all at once, and recording each as it ends."""

from collections.abc import Callable, Sequence
from datetime import datetime

from pydantic import JsonValue

from functions.executor.attempt import Attempt, Broke, Ending, Succeeded
from functions.executor.earlier import earlier_runs
from functions.executor.ending import conclude
from functions.executor.inbox import Inbox
from functions.ports import Ports, TimedOut, Work
from functions.runners.contract import RunContext
from functions.telemetry import Measure
from schedule_model.errors import RunnerError
from schedule_model.reading_targets import shorten
from schedule_model.run import RunStatus


def carry_out(attempts: Sequence[Attempt], inbox: Inbox, ports: Ports) -> None:
    """Run all attempts at the same time, each until its own deadline; conclude together what ended together."""
    work = [_work(attempt, ports) for attempt in attempts]
    for answers in ports.crew.carry_out(work):
        conclude(
            [(attempts[place], _ending(attempts[place], one, ports)) for place, one in answers.items()], inbox, ports
        )


def _work(attempt: Attempt, ports: Ports) -> Work[Ending]:
    now = ports.clock.now()
    allowed = attempt.target.timeout(ports.settings.run_timeout)
    if attempt.run.lateness_ms is not None:
        ports.telemetry.measure(Measure.RUN_LATENESS, attempt.run.lateness_ms)
    return Work(do=_runner(attempt, now + allowed, ports), deadline=now + allowed)


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


def _ending(attempt: Attempt, answer: Ending | TimedOut, ports: Ports) -> Ending:
    return _overdue(attempt, ports) if isinstance(answer, TimedOut) else answer


def _overdue(attempt: Attempt, ports: Ports) -> Broke:
    allowed = attempt.target.timeout(ports.settings.run_timeout)
    return Broke(f"did not end within its timeout_seconds ({allowed.total_seconds():g})", is_retryable=True)

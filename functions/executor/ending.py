"""How attempts end: what each changes, what is recorded, and what follows."""

from collections.abc import Sequence
from dataclasses import dataclass

from functions.executor.attempt import Attempt, Broke, Ending
from functions.executor.completing import delete_target, end_schedule, is_last, stop_schedule
from functions.executor.fitting import fit
from functions.executor.inbox import Burial, Inbox
from functions.executor.pausing import pause_after_failures
from functions.executor.results import Following, InvalidResultError, apply_result
from functions.ports import ClaimAnswer, Ports, UnavailableError
from functions.telemetry import Count
from schedule_model.dispatching import QueueRun, queue_run
from schedule_model.occurrence import Occurrence
from schedule_model.retrying import retry_at
from schedule_model.run import Run, RunStatus
from schedule_model.run_request import Trigger
from schedule_model.run_result import RunResult
from schedule_model.settings import QUEUE_DELAY_MAX
from schedule_model.timer import Timer, set_timer

_COUNTS = {
    RunStatus.COMPLETED: Count.RUNS_SUCCEEDED,
    RunStatus.FAILED: Count.RUNS_FAILED,
    RunStatus.RETRYING: Count.RUNS_RETRIED,
}


@dataclass(frozen=True, slots=True)
class Conclusion:
    """What an attempt's end comes to.

    Attributes:
        row: what is recorded.
        again: what wakes the next attempt, None if there is none; it comes before the record.
        is_over: whether the schedule ends with it: once this is recorded, its target may go.
        is_stopped: whether the plan says so already, because the runner did.
    """

    attempt: Attempt
    row: Run
    again: QueueRun | Timer | None = None
    is_over: bool = False
    is_stopped: bool = False

    @property
    def message_id(self) -> str:
        """Return by which name its message is reported."""
        return self.attempt.received.message.message_id


def conclude(ended: Sequence[tuple[Attempt, Ending]], inbox: Inbox, ports: Ports) -> None:
    """Record attempts that ended together, each after everything that must not be lost if this invocation dies."""
    conclusions = []
    for attempt, ending in ended:
        with inbox.batch.guard(attempt.received.message.message_id):
            conclusions.append(_conclusion(attempt, ending, ports))
    _settle(conclusions, inbox, ports)


def give_up(attempt: Attempt, error: str, inbox: Inbox, ports: Ports) -> None:
    """Bury the request with the reason, then record the run as failed."""
    _settle([_given_up(attempt, error, ports)], inbox, ports)


def _conclusion(attempt: Attempt, ending: Ending, ports: Ports) -> Conclusion:
    if isinstance(ending, Broke):
        return _failed(attempt, ending, ports)
    try:
        return _completed(attempt, ending.result, ports)
    except InvalidResultError as error:
        return _given_up(attempt, str(error), ports)


def _completed(attempt: Attempt, result: RunResult | None, ports: Ports) -> Conclusion:
    following = Following.AS_SCHEDULED if result is None else apply_result(attempt, result, ports)
    is_stopped = result is not None and result.completed
    if is_stopped:
        # Before the record: a next run must not come because this invocation died in between.
        stop_schedule(attempt, ports)
    output = None if result is None else fit(result.output)
    done = attempt.run.completed(output, now=ports.clock.now(), hidden=result is None)
    is_over = following is Following.NONE or (following is Following.AS_SCHEDULED and is_last(attempt))
    return Conclusion(attempt, done, is_over=is_over, is_stopped=is_stopped)


def _given_up(attempt: Attempt, error: str, ports: Ports) -> Conclusion:
    return Conclusion(attempt, attempt.run.failed(error, now=ports.clock.now()), is_over=is_last(attempt))


def _failed(attempt: Attempt, broke: Broke, ports: Ports) -> Conclusion:
    now, retry = ports.clock.now(), attempt.target.retry
    again_at = None
    if broke.is_retryable:
        again_at = retry_at(attempt.run, retry, now=now, random=ports.random, retry_after=broke.retry_after)
    if again_at is None:
        return _given_up(attempt, broke.error, ports)
    retrying = attempt.run.retrying(broke.error, now=now, retry_at=again_at)
    return Conclusion(attempt, retrying, again=_next_attempt(attempt, retrying, ports))


def _next_attempt(attempt: Attempt, retrying: Run, ports: Ports) -> QueueRun | Timer:
    """Return the message for the next attempt, or its timer when it is further away than the queue can hold it."""
    request, again_at, now = attempt.received.request, retrying.retry_at, ports.clock.now()
    assert again_at is not None
    # A timer has no room for a task, which is all that is left of the run.
    if again_at - now > QUEUE_DELAY_MAX and request.trigger is Trigger.SCHEDULE and request.task is None:
        return set_timer(
            attempt.target.id,
            Occurrence(request.scheduled_at, again_at),
            request.revision,
            now=now,
            settings=ports.settings,
            attempt=retrying.attempt + 1,
            number=request.number,
        )
    again = request.later(again_at).model_copy(update={"attempt": retrying.attempt + 1})
    return queue_run(again, now=now)


def _settle(conclusions: Sequence[Conclusion], inbox: Inbox, ports: Ports) -> None:
    """Ask for the next attempts and bury what is given up; record whatever that worked for."""
    safe = _with_next_attempts(conclusions, inbox, ports)
    safe = _with_letters(safe, inbox)
    with inbox.batch.guard(*[one.message_id for one in safe]):
        answers = ports.runs.replace([(one.attempt.standing, one.row) for one in safe])
        for one, answer in zip(safe, answers, strict=True):
            with inbox.batch.guard(one.message_id):
                if _is_recorded(one, answer, inbox, ports):
                    _follow(one, ports)


def _with_next_attempts(conclusions: Sequence[Conclusion], inbox: Inbox, ports: Ports) -> list[Conclusion]:
    """Return the conclusions whose next attempt is asked for, or that have none."""
    safe = [one for one in conclusions if one.again is None]
    queued = [(one, one.again) for one in conclusions if isinstance(one.again, QueueRun)]
    timed = [(one, one.again) for one in conclusions if isinstance(one.again, Timer)]
    with inbox.batch.guard(*[one.message_id for one, _ in [*queued, *timed]]):
        answers = [*ports.queue.send([run for _, run in queued]), *ports.timers.put([timer for _, timer in timed])]
        for (one, _), failure in zip([*queued, *timed], answers, strict=True):
            if failure is None:
                safe.append(one)
            else:
                inbox.fail(one.attempt.received.message, failure)
    return safe


def _with_letters(conclusions: Sequence[Conclusion], inbox: Inbox) -> list[Conclusion]:
    """Return the conclusions without those whose letter could not be buried."""
    dead = [one for one in conclusions if one.row.status is RunStatus.FAILED]
    burials = [
        Burial(
            one.attempt.received.message, one.row.error or "", one.attempt.target.dead_letter_queue, one.attempt.letter
        )
        for one in dead
    ]
    unburied: set[str] = {one.message_id for one in dead}
    with inbox.batch.guard(*unburied):
        answers = inbox.bury_all(burials)
        unburied -= {one.message_id for one, is_buried in zip(dead, answers, strict=True) if is_buried}
    return [one for one in conclusions if one.message_id not in unburied]


def _is_recorded(concluded: Conclusion, answer: ClaimAnswer, inbox: Inbox, ports: Ports) -> bool:
    """Return whether the row of an attempt's end stands there."""
    received, row = concluded.attempt.received, concluded.row
    facts = received.facts | {"attempt": row.attempt, "outcome": str(row.status)}
    if isinstance(answer, UnavailableError):
        inbox.fail(received.message, answer)
        return False
    if isinstance(answer, Run) and not answer.is_of(row):
        ports.telemetry.warning("lost the lease before the end", **facts)
        return False
    ports.telemetry.count(_COUNTS[row.status])
    ports.telemetry.info("recorded a run", **facts, lateness_ms=row.lateness_ms, error=row.error)
    return True


def _follow(concluded: Conclusion, ports: Ports) -> None:
    """Do what comes after the record: the run has its status, and reconcile sees what is left to do."""
    if concluded.is_stopped:
        delete_target(concluded.attempt, ports)
    elif concluded.is_over:
        end_schedule(concluded.attempt, ports)
    elif concluded.row.status is RunStatus.FAILED:
        pause_after_failures(concluded.attempt, ports)


def follow_again(attempt: Attempt, ports: Ports) -> None:
    """Do what whoever recorded a run as FAILED may have left undone, unless reconcile sees to it."""
    is_of_this_schedule = attempt.run.revision == attempt.received.request.revision
    if attempt.run.status is RunStatus.FAILED and is_of_this_schedule and not is_last(attempt):
        pause_after_failures(attempt, ports, is_again=True)

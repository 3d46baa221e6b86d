"""How an attempt ends: what it changes, what is recorded, and what follows."""

from functions.executor.attempt import Attempt, Broke, Ending
from functions.executor.fitting import fit
from functions.executor.inbox import Inbox
from functions.executor.results import InvalidResultError, apply_result
from functions.ports import Ports, UnavailableError
from functions.telemetry import Count
from schedule_model.dispatching import queue_run
from schedule_model.occurrence import Occurrence
from schedule_model.plan import PlanStatus
from schedule_model.retrying import retry_at
from schedule_model.run import Run, RunStatus
from schedule_model.run_request import Trigger
from schedule_model.run_result import RunResult
from schedule_model.settings import QUEUE_DELAY_MAX
from schedule_model.target import OnComplete
from schedule_model.timer import set_timer

_COUNTS = {
    RunStatus.COMPLETED: Count.RUNS_SUCCEEDED,
    RunStatus.FAILED: Count.RUNS_FAILED,
    RunStatus.RETRYING: Count.RUNS_RETRIED,
}


def conclude(attempt: Attempt, ending: Ending, inbox: Inbox, ports: Ports) -> None:
    """Record an attempt's end, after everything that must not be lost if this invocation dies meanwhile."""
    if isinstance(ending, Broke):
        _fail(attempt, ending, inbox, ports)
        return
    try:
        _complete(attempt, ending.result, inbox, ports)
    except InvalidResultError as error:
        give_up(attempt, str(error), inbox, ports)


def give_up(attempt: Attempt, error: str, inbox: Inbox, ports: Ports) -> None:
    """Bury the request with the reason, then record the run as failed."""
    if not inbox.bury(attempt.received.message, error, attempt.target.dead_letter_queue):
        return
    _pause_after_failures(attempt, ports)
    if _is_last(attempt):
        _end_schedule(attempt, ports)
    _record(attempt, attempt.run.failed(error, now=ports.clock.now()), inbox, ports)


def _complete(attempt: Attempt, result: RunResult | None, inbox: Inbox, ports: Ports) -> None:
    has_next = result is not None and apply_result(attempt, result, ports)
    if (_is_last(attempt) and not has_next) or (result is not None and result.completed):
        _end_schedule(attempt, ports)
    output = None if result is None else fit(result.output)
    done = attempt.run.completed(output, now=ports.clock.now(), hidden=result is None)
    _record(attempt, done, inbox, ports)


def _fail(attempt: Attempt, broke: Broke, inbox: Inbox, ports: Ports) -> None:
    now = ports.clock.now()
    again_at = retry_at(attempt.run, attempt.target.retry, now=now, random=ports.random) if broke.is_retryable else None
    if again_at is None:
        give_up(attempt, broke.error, inbox, ports)
        return
    retrying = attempt.run.retrying(broke.error, now=now, retry_at=again_at)
    assert retrying.retry_at is not None
    if failure := _ask_for_retry(attempt, retrying, ports):
        inbox.fail(attempt.received.message, failure)
        return
    _record(attempt, retrying, inbox, ports)


def _ask_for_retry(attempt: Attempt, retrying: Run, ports: Ports) -> UnavailableError | None:
    """Queue the next attempt, or set a timer for it when it is further away than the queue can hold it."""
    request, again_at, now = attempt.received.request, retrying.retry_at, ports.clock.now()
    assert again_at is not None
    if again_at - now > QUEUE_DELAY_MAX and request.trigger is Trigger.SCHEDULE:
        wake = Occurrence(request.scheduled_at, again_at)
        timer = set_timer(
            attempt.target.id,
            wake,
            request.revision,
            now=now,
            settings=ports.settings,
            attempt=retrying.attempt + 1,
            number=request.number,
        )
        return ports.timers.put([timer])[0]
    again = request.model_copy(update={"due_at": again_at, "attempt": retrying.attempt + 1})
    return ports.queue.send([queue_run(again, now=now)])[0]


def _record(attempt: Attempt, row: Run, inbox: Inbox, ports: Ports) -> None:
    (answer,) = ports.runs.replace([(attempt.run, row)])
    facts = attempt.received.facts | {"attempt": row.attempt, "outcome": str(row.status)}
    if isinstance(answer, UnavailableError):
        inbox.fail(attempt.received.message, answer)
    elif isinstance(answer, Run):
        ports.telemetry.warning("lost the lease before the end", **facts)
    else:
        ports.telemetry.count(_COUNTS[row.status])
        ports.telemetry.info("recorded a run", **facts, lateness_ms=row.lateness_ms, error=row.error)


def _is_last(attempt: Attempt) -> bool:
    return attempt.following is None and attempt.received.request.trigger is Trigger.SCHEDULE


def _end_schedule(attempt: Attempt, ports: Ports) -> None:
    target, plan = attempt.target, attempt.plan
    if plan is None:
        return
    if target.on_complete is OnComplete.DELETE:
        ports.targets.delete(target.id, seen_revision=plan.revision)
        return
    reason = f"the run of {attempt.received.request.run_id} was the last"
    ended = plan.model_copy(update={"status": PlanStatus.COMPLETED, "reason": reason, "next_run_at": None})
    ports.targets.save_plan(target.id, ended, seen_revision=plan.revision)


def _pause_after_failures(attempt: Attempt, ports: Ports) -> None:
    limit = attempt.target.pause_after_failures
    if limit is None or attempt.plan is None:
        return
    request = attempt.received.request
    before = ports.runs.latest(request.target_id, before=request.run_id, limit=limit - 1) if limit > 1 else []
    if len(before) == limit - 1 and all(run.status is RunStatus.FAILED for run in before):
        note = f"paused after {limit} failed runs in a row, the last of {request.run_id}; set active to true to resume"
        ports.targets.deactivate(attempt.target.id, note, revision=attempt.plan.revision)

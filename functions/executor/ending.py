"""How an attempt ends: what it changes, what is recorded, and what follows."""

from functions.executor.attempt import Attempt, Broke, Ending
from functions.executor.earlier import earlier_runs
from functions.executor.fitting import fit
from functions.executor.inbox import Inbox
from functions.executor.results import Following, InvalidResultError, apply_result
from functions.ports import Ports, UnavailableError
from functions.telemetry import Count
from schedule_model.dispatching import queue_run
from schedule_model.occurrence import Occurrence
from schedule_model.pausing import failed_in_a_row
from schedule_model.plan import Plan, PlanStatus, fingerprint_of, revision_on
from schedule_model.retrying import retry_at
from schedule_model.run import Run, RunStatus
from schedule_model.run_request import Trigger
from schedule_model.run_result import RunResult
from schedule_model.settings import QUEUE_DELAY_MAX
from schedule_model.target import Item, OnComplete
from schedule_model.timer import set_timer

_LOOK_BACK = 20
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
    if not _record(attempt, attempt.run.failed(error, now=ports.clock.now()), inbox, ports):
        return
    if is_last(attempt):
        end_schedule(attempt, ports)
    else:
        _pause_after_failures(attempt, ports)


def _complete(attempt: Attempt, result: RunResult | None, inbox: Inbox, ports: Ports) -> None:
    following = Following.AS_SCHEDULED if result is None else apply_result(attempt, result, ports)
    is_stopped = result is not None and result.completed
    if is_stopped:
        # Before the record: a next run must not come because this invocation died in between.
        end_schedule(attempt, ports, is_stopped=True)
    output = None if result is None else fit(result.output)
    done = attempt.run.completed(output, now=ports.clock.now(), hidden=result is None)
    is_over = following is Following.NONE or (following is Following.AS_SCHEDULED and is_last(attempt))
    # After the record: the run has its status, and reconcile completes a schedule that has no further occurrence.
    if _record(attempt, done, inbox, ports) and is_over and not is_stopped:
        end_schedule(attempt, ports)


def _fail(attempt: Attempt, broke: Broke, inbox: Inbox, ports: Ports) -> None:
    now, retry = ports.clock.now(), attempt.target.retry
    again_at = None
    if broke.is_retryable:
        again_at = retry_at(attempt.run, retry, now=now, random=ports.random, retry_after=broke.retry_after)
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


def _record(attempt: Attempt, row: Run, inbox: Inbox, ports: Ports) -> bool:
    """Write the row of an attempt's end; return whether it stands there."""
    (answer,) = ports.runs.replace([(attempt.run, row)])
    facts = attempt.received.facts | {"attempt": row.attempt, "outcome": str(row.status)}
    if isinstance(answer, UnavailableError):
        inbox.fail(attempt.received.message, answer)
        return False
    if isinstance(answer, Run) and not answer.is_of(row):
        ports.telemetry.warning("lost the lease before the end", **facts)
        return False
    ports.telemetry.count(_COUNTS[row.status])
    ports.telemetry.info("recorded a run", **facts, lateness_ms=row.lateness_ms, error=row.error)
    return True


def is_last(attempt: Attempt) -> bool:
    """Return whether the schedule has no further occurrence."""
    return attempt.following is None and attempt.received.request.trigger is Trigger.SCHEDULE


def end_schedule(attempt: Attempt, ports: Ports, *, is_stopped: bool = False) -> None:
    """Delete the target or complete its plan, as it asks; reconcile deletes one with another run still going on.

    Args:
        attempt: at the last run.
        ports: to write with.
        is_stopped: the runner said so, and not the schedule.
    """
    target, plan = attempt.target, attempt.plan
    if plan is None:
        return
    if target.on_complete is OnComplete.DELETE and (is_stopped or not _others_go_on(attempt, ports)):
        item = _unedited(target.id, plan, ports)
        if item is None or item.get("on_complete") == OnComplete.DELETE:
            _delete(target.id, item, ports)
            return
    reason = f"the run of {attempt.received.request.run_id} was the last"
    facts = {"status": PlanStatus.COMPLETED, "reason": reason, "next_run_at": None}
    ended = plan.model_copy(update=facts | {"stopped_at": ports.clock.now() if is_stopped else None})
    ports.targets.amend_plan(target.id, ended)


def _delete(target_id: str, item: Item | None, ports: Ports) -> None:
    if item is None or not ports.targets.delete(target_id, seen=item):
        ports.telemetry.info("left a target that was edited since", target_id=target_id)


def _unedited(target_id: str, plan: Plan, ports: Ports) -> Item | None:
    """Return the target as it stands, None if its schedule is no longer the one that the run belongs to."""
    item = ports.targets.read([target_id], consistent=True).get(target_id)
    if item is None or revision_on(item) != plan.revision or fingerprint_of(item) != plan.fingerprint:
        return None
    return item


def _others_go_on(attempt: Attempt, ports: Ports) -> bool:
    """Return whether another run has begun and not ended; one that waits to begin is not to begin any more."""
    rows = ports.runs.latest(attempt.target.id, before="~", limit=_LOOK_BACK)
    others = [row for row in rows if row.run_id != attempt.run.run_id]
    return any(not (row.status.is_final or row.is_waiting) for row in others)


def _pause_after_failures(attempt: Attempt, ports: Ports) -> None:
    limit, request = attempt.target.pause_after_failures, attempt.received.request
    if limit is None or attempt.plan is None or request.trigger is not Trigger.SCHEDULE:
        return
    before = earlier_runs(request, ports)
    if failed_in_a_row(before, revision=attempt.run.revision, limit=limit - 1) >= limit - 1:
        note = f"paused after {limit} failed runs in a row, the last of {request.run_id}; set active to true to resume"
        item = _unedited(attempt.target.id, attempt.plan, ports)
        if item is not None and item.get("pause_after_failures") == limit:
            ports.targets.deactivate(attempt.target.id, note, seen=item)

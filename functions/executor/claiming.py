"""Taking the lease of each run, and seeing to the next one before it starts."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from functions.executor.admitting import Order
from functions.executor.attempt import Attempt
from functions.executor.completing import end_schedule, is_last
from functions.executor.ending import follow_again, give_up
from functions.executor.inbox import Inbox
from functions.executor.keeping_apart import View, keep_apart, look
from functions.executor.passing_over import pass_over
from functions.ports import ClaimAnswer, Claimed, Ports, UnavailableError
from functions.telemetry import Count
from schedule_model.dispatching import QueueRun, wake
from schedule_model.leasing import Duplicate, GiveUp, Later, TakeOver, claim_held
from schedule_model.occurrence import Occurrence
from schedule_model.overlapping import Skip, Start, WaitUntil
from schedule_model.run import Run, RunStatus
from schedule_model.target import Overlap
from schedule_model.timer import Timer, set_timer


def claim_all(orders: Sequence[Order], inbox: Inbox, ports: Ports) -> list[Attempt]:
    """Return the attempts whose lease was won and whose next run is seen to.

    An occurrence that does not run now is recorded instead. Nobody takes over its row should this invocation die, so
    its next timer comes before it.
    """
    attempts: list[Attempt] = []
    won: list[Attempt] = []
    for order in sorted(orders, key=lambda one: one.received.request.run_id):
        with inbox.batch.guard(order.received.message.message_id):
            attempt, held = _first_attempt(order, ports)
            if held is None:
                attempts.append(attempt)
            else:
                won.extend(_found_held(attempt, held, inbox, ports))
    ready = set_next_runs([one for one in attempts if not one.is_begun], inbox, ports)
    ready += [one for one in attempts if one.is_begun]
    for attempt, answer in zip(ready, ports.runs.claim([one.run for one in ready]), strict=True):
        with inbox.batch.guard(attempt.received.message.message_id):
            won.extend(_answered(attempt, answer, inbox, ports))
    return _with_next_runs(won, inbox, ports)


def _with_next_runs(won: Sequence[Attempt], inbox: Inbox, ports: Ports) -> list[Attempt]:
    """Return the attempts whose chain is safe; the others are released and begin when their message comes again.

    One that follows an attempt with an end has nothing to see to: that attempt had done so before it ran.
    """
    safe = [one for one in won if one.has_ended_before]
    safe += set_next_runs([one for one in won if not one.has_ended_before], inbox, ports, is_claimed=True)
    unsafe = [one for one in won if one not in safe]
    ports.runs.replace([(one.run, one.run.released(now=ports.clock.now())) for one in unsafe])
    return safe


def set_next_runs(
    attempts: Sequence[Attempt], inbox: Inbox, ports: Ports, *, is_claimed: bool = False
) -> list[Attempt]:
    """See to the occurrence that follows each, by its message or its timer; return the attempts whose chain is safe.

    Only who has just claimed a run may send the message of the next one: nobody else does so then. Whoever may come
    second sets the timer, which can be set again.
    """
    now = ports.clock.now()
    messages: dict[int, QueueRun] = {}
    timers: dict[int, Timer] = {}
    for place, one in enumerate(attempts):
        if one.following is not None:
            queued = _message(one, one.following, now, ports) if is_claimed and one.run.attempt == 1 else None
            if queued is not None:
                messages[place] = queued
            else:
                timers[place] = _timer(one, one.following, now, ports)
    sent = ports.queue.send(list(messages.values()))
    if messages:
        ports.telemetry.count(Count.DISPATCHED_NEAR, sum(failure is None for failure in sent))
    failures = dict(zip([*messages, *timers], [*sent, *ports.timers.put(list(timers.values()))], strict=True))
    safe = []
    for place, attempt in enumerate(attempts):
        if failure := failures.get(place):
            inbox.fail(attempt.received.message, failure)
        else:
            safe.append(attempt)
    return safe


def _message(attempt: Attempt, following: Occurrence, now: datetime, ports: Ports) -> QueueRun | None:
    revision, number = attempt.received.request.revision, attempt.next_number
    return wake(attempt.target.id, following, revision, now=now, settings=ports.settings, number=number)


def _timer(attempt: Attempt, following: Occurrence, now: datetime, ports: Ports) -> Timer:
    revision, number = attempt.received.request.revision, attempt.next_number
    return set_timer(attempt.target.id, following, revision, now=now, settings=ports.settings, number=number)


def _first_attempt(order: Order, ports: Ports) -> tuple[Attempt, Run | None]:
    """Return the attempt as it is if it is the first, and the run's row if that is known to be there already."""
    attempt = _begun(order, ports)
    if (missed := order.proceed.missed) is not None:
        return pass_over(attempt, order, missed, ports)
    if attempt.target.overlap is Overlap.ALLOW:
        return attempt.limited(), None
    view = look(order.received.request, ports)
    if view.held is not None and not _may_look_again(view.held, attempt):
        return attempt.limited(), view.held
    return _in_turn(attempt, view, ports), view.held


def _may_look_again(held: Run, attempt: Attempt) -> bool:
    """Return whether a row is of a run that waits and whose time to look again had come when the attempt was made.

    The clock is read once: a second delivery, too early by a moment, must not start without having looked.
    """
    made_at = attempt.run.started_at
    return held.is_waiting and (held.retry_at is None or made_at is None or held.retry_at <= made_at)


def _in_turn(attempt: Attempt, view: View, ports: Ports) -> Attempt:
    """Return a first attempt as the other open runs of its target let it be."""
    run, now = attempt.run, ports.clock.now()
    match keep_apart(attempt.received.request, attempt.target, view, ports):
        case Skip(reason=reason, held_by=held_by):
            return replace(attempt, run=run.not_run(RunStatus.SKIPPED, reason, now=now, held_by=held_by))
        case WaitUntil(at=at):
            return replace(attempt, run=run.waiting(max(at, run.due_at))).limited()
        case Start():
            return attempt.limited()


def _begun(order: Order, ports: Ports) -> Attempt:
    """Return the first attempt at a run, as it is if nothing stands in its way."""
    target, proceed, now = order.proceed.target, order.proceed, ports.clock.now()
    keep = timedelta(days=target.keep_results_days)
    lease, holder = ports.settings.lease, _token(ports)
    run = Run.begun(order.received.request, now=now, lease=lease, keep=keep, holder=holder)
    return Attempt(order.received, target, proceed.plan, proceed.following, run, is_lost=proceed.is_lost)


def _token(ports: Ports) -> str:
    return f"{ports.random.getrandbits(32):08x}"


def _answered(attempt: Attempt, answer: ClaimAnswer, inbox: Inbox, ports: Ports) -> list[Attempt]:
    match answer:
        case Claimed() if attempt.is_begun:
            run = attempt.run
            ports.telemetry.debug("claimed a run", **attempt.received.facts, revision=run.revision, attempt=run.attempt)
            return [attempt]
        case Claimed():
            _put_aside(attempt, inbox, ports)
        case Run() as held if held.is_of(attempt.run):
            return _answered(attempt, Claimed(), inbox, ports)
        case Run() as held:
            return _found_held(attempt, held, inbox, ports)
        case UnavailableError() as failure:
            inbox.fail(attempt.received.message, failure)
    return []


def _put_aside(attempt: Attempt, inbox: Inbox, ports: Ports) -> None:
    run = attempt.run
    if run.retry_at is not None:
        inbox.ask_again(attempt.received, run.retry_at)
    if run.status.is_final:
        # Before anything that may fail: the row stands, and who comes again finds it so and counts nothing.
        ports.telemetry.count(Count.RUNS_MISFIRED if run.status is RunStatus.MISSED else Count.RUNS_SKIPPED)
        if is_last(attempt):
            end_schedule(attempt, ports)
    ports.telemetry.info("put a run aside", **attempt.received.facts, outcome=str(run.status), reason=run.error)


def _found_held(attempt: Attempt, held: Run, inbox: Inbox, ports: Ports) -> list[Attempt]:
    received, now = attempt.received, ports.clock.now()
    if not _is_chain_safe(attempt, held, inbox, ports):
        return []
    if _may_look_again(held, attempt):
        # The request's own due instant is by now when to look again.
        kept = attempt.run.model_copy(update={"due_at": held.due_at})
        run = _taken_over(attempt, held, ports) if attempt.is_begun else kept
        return _replace(held, replace(attempt, run=run), inbox, ports)
    match claim_held(held, attempt.target.retry, now=now):
        case Duplicate():
            ports.telemetry.count(Count.DUPLICATE_DELIVERIES)
            ports.telemetry.info("dropped a duplicate", **received.facts, outcome=str(held.status))
            follow_again(replace(attempt, run=held), ports)
        case Later(at=at):
            inbox.ask_again(received, at)
        case TakeOver():
            return _replace(held, replace(attempt, run=_next_attempt(attempt, held, ports)).limited(), inbox, ports)
        case GiveUp(error=error):
            own = held.model_copy(update={"holder": _token(ports)})
            give_up(replace(attempt, run=own), error, inbox, ports)
    return []


def _next_attempt(attempt: Attempt, held: Run, ports: Ports) -> Run:
    """Return the row of the next attempt, or of the run held back if it has to wait for that of another."""
    request, target = attempt.received.request, attempt.target
    if target.overlap is Overlap.ALLOW:
        return _taken_over(attempt, held, ports)
    match keep_apart(request, target, look(request, ports), ports):
        case Start():
            return _taken_over(attempt, held, ports)
        case WaitUntil(at=at):
            return held.held_back(at)
        case Skip():
            # Only one that waits is skipped: its time has come since the attempt was made, so it looks again as such.
            return held.held_back(ports.clock.now())


def _taken_over(attempt: Attempt, held: Run, ports: Ports) -> Run:
    lease, holder = ports.settings.lease, _token(ports)
    return held.taken_over(attempt.received.request, now=ports.clock.now(), lease=lease, holder=holder)


def _is_chain_safe(attempt: Attempt, held: Run, inbox: Inbox, ports: Ports) -> bool:
    """Set the next timer where whoever wrote the row has not; return False if that failed and is tried again.

    An older revision's row has a next timer that stops with it. A row that is about to be given up may be of an
    executor that died before it could set one, and one that ends without a run may have been released for want of it.
    """
    decision = claim_held(held, attempt.target.retry, now=ports.clock.now())
    ends_here = isinstance(decision, GiveUp) or (held.is_waiting and attempt.run.status.is_final)
    if held.revision == attempt.received.request.revision and not ends_here:
        return True
    return bool(set_next_runs([attempt], inbox, ports))


def _replace(held: Run, attempt: Attempt, inbox: Inbox, ports: Ports) -> list[Attempt]:
    (answer,) = ports.runs.replace([(held, attempt.run)])
    if isinstance(answer, Run) and not answer.is_of(attempt.run):
        inbox.ask_again(attempt.received, ports.clock.now() + ports.settings.lease)
        return []
    return _answered(attempt, answer, inbox, ports)

"""Taking the lease of each run, and setting the next timer before it starts."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from functions.executor.admitting import Order
from functions.executor.attempt import Attempt
from functions.executor.ending import give_up
from functions.executor.inbox import Inbox
from functions.ports import ClaimAnswer, Claimed, Ports, UnavailableError
from functions.telemetry import Count
from schedule_model.leasing import Duplicate, GiveUp, Later, TakeOver, claim_held
from schedule_model.run import Run, RunStatus
from schedule_model.timer import set_timer


def claim_all(orders: Sequence[Order], inbox: Inbox, ports: Ports) -> list[Attempt]:
    """Return the attempts whose lease was won and whose next timer is set.

    An occurrence that does not run is recorded instead. Its row is final at once, so its next timer comes first: the
    chain must not end if this invocation dies between the two.
    """
    attempts = [_first_attempt(order, ports) for order in orders]
    ready = set_next_timers([one for one in attempts if one.run.status.is_final], inbox, ports)
    ready += [one for one in attempts if not one.run.status.is_final]
    won: list[Attempt] = []
    for attempt, answer in zip(ready, ports.runs.claim([one.run for one in ready]), strict=True):
        with inbox.batch.guard(attempt.received.message.message_id):
            won.extend(_answered(attempt, answer, inbox, ports))
    return set_next_timers(won, inbox, ports)


def set_next_timers(attempts: Sequence[Attempt], inbox: Inbox, ports: Ports) -> list[Attempt]:
    """Set the timer of the occurrence that follows each; return the attempts whose chain is safe."""
    now = ports.clock.now()
    timers = {
        place: set_timer(
            one.target.id, one.following, one.received.request.revision, now=now, settings=ports.settings
        )
        for place, one in enumerate(attempts)
        if one.following is not None
    }
    failures = dict(zip(timers, ports.timers.put(list(timers.values())), strict=True))
    safe = []
    for place, attempt in enumerate(attempts):
        if failure := failures.get(place):
            inbox.fail(attempt.received.message, failure)
        else:
            safe.append(attempt)
    return safe


def _first_attempt(order: Order, ports: Ports) -> Attempt:
    now = ports.clock.now()
    target, proceed = order.proceed.target, order.proceed
    keep = timedelta(days=target.keep_results_days)
    run = Run.begun(order.received.request, now=now, lease=ports.settings.lease, keep=keep)
    if proceed.missed is not None:
        run = run.not_run(RunStatus.MISSED, proceed.missed, now=now)
    return Attempt(order.received, target, proceed.plan, proceed.following, run)


def _answered(attempt: Attempt, answer: ClaimAnswer, inbox: Inbox, ports: Ports) -> list[Attempt]:
    match answer:
        case Claimed() if attempt.run.status.is_final:
            ports.telemetry.count(Count.RUNS_MISFIRED)
            ports.telemetry.info("missed a run", **attempt.received.facts, reason=attempt.run.error)
        case Claimed():
            ports.telemetry.info("claimed a run", **attempt.received.facts, attempt=attempt.run.attempt)
            return [attempt]
        case Run() as held:
            return _found_held(attempt, held, inbox, ports)
        case UnavailableError() as failure:
            inbox.fail(attempt.received.message, failure)
    return []


def _found_held(attempt: Attempt, held: Run, inbox: Inbox, ports: Ports) -> list[Attempt]:
    received, now = attempt.received, ports.clock.now()
    match claim_held(held, attempt.target.retry, now=now):
        case Duplicate():
            ports.telemetry.count(Count.DUPLICATE_DELIVERIES)
            ports.telemetry.info("dropped a duplicate", **received.facts, outcome=str(held.status))
        case Later(at=at):
            inbox.ask_again(received, at)
        case TakeOver():
            taken = held.taken_over(received.request, now=now, lease=ports.settings.lease)
            return _replaced(attempt, held, taken, inbox, ports)
        case GiveUp(error=error):
            give_up(replace(attempt, run=held), error, inbox, ports)
    return []


def _replaced(attempt: Attempt, held: Run, taken: Run, inbox: Inbox, ports: Ports) -> list[Attempt]:
    (answer,) = ports.runs.replace([(held, taken)])
    if isinstance(answer, Run):
        inbox.ask_again(attempt.received, ports.clock.now() + ports.settings.lease)
        return []
    return _answered(replace(attempt, run=taken), answer, inbox, ports)

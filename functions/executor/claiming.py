"""Taking the lease of each run, and setting the next timer before it starts."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from functions.executor.admitting import Order
from functions.executor.attempt import Attempt
from functions.executor.ending import end_schedule, give_up, is_last
from functions.executor.inbox import Inbox
from functions.ports import ClaimAnswer, Claimed, Ports, UnavailableError
from functions.telemetry import Count
from schedule_model.dispatching import QueueRun
from schedule_model.leasing import Duplicate, GiveUp, Later, TakeOver, claim_held
from schedule_model.overlapping import Skip, Start, WaitUntil, overlap
from schedule_model.run import Run, RunStatus
from schedule_model.run_request import RunRequest, Trigger
from schedule_model.target import Overlap
from schedule_model.timer import set_timer

_LOOK_BACK = 20


def claim_all(orders: Sequence[Order], inbox: Inbox, ports: Ports) -> list[Attempt]:
    """Return the attempts whose lease was won and whose next timer is set.

    An occurrence that does not run now is recorded instead. Nobody takes over its row should this invocation die, so
    its next timer comes before it.
    """
    attempts: list[Attempt] = []
    won: list[Attempt] = []
    for order in _one_by_one(orders, inbox, ports):
        with inbox.batch.guard(order.received.message.message_id):
            attempt = _first_attempt(order, ports)
            if not attempt.is_begun and (held := _row(order, ports)):
                begun = _begun(order, ports).limited()
                won.extend(_found_held(attempt if held.is_waiting else begun, held, inbox, ports))
            else:
                attempts.append(attempt)
    ready = set_next_timers([one for one in attempts if not one.is_begun], inbox, ports)
    ready += [one for one in attempts if one.is_begun]
    for attempt, answer in zip(ready, ports.runs.claim([one.run for one in ready]), strict=True):
        with inbox.batch.guard(attempt.received.message.message_id):
            won.extend(_answered(attempt, answer, inbox, ports))
    return _with_next_timers(won, inbox, ports)


def _one_by_one(orders: Sequence[Order], inbox: Inbox, ports: Ports) -> list[Order]:
    """Let one run of a target pass whose runs look at each other, the earliest; the others come a second later."""
    passed: list[Order] = []
    seen: set[str] = set()
    for order in sorted(orders, key=lambda one: one.received.request.run_id):
        target, is_run = order.proceed.target, order.proceed.missed is None
        if is_run and target.id in seen and target.overlap is not Overlap.ALLOW:
            inbox.send_on([(order.received, QueueRun(order.received.request, delay_seconds=1))])
            continue
        passed.append(order)
        if is_run:
            seen.add(target.id)
    return passed


def _row(order: Order, ports: Ports) -> Run | None:
    return ports.runs.read(order.received.request.target_id, order.received.request.run_id)


def _with_next_timers(won: Sequence[Attempt], inbox: Inbox, ports: Ports) -> list[Attempt]:
    """Return the attempts whose chain is safe; the others are released and begin when their message comes again."""
    safe = set_next_timers(won, inbox, ports)
    unsafe = [one for one in won if one not in safe]
    ports.runs.replace([(one.run, one.run.released(now=ports.clock.now())) for one in unsafe])
    return safe


def set_next_timers(attempts: Sequence[Attempt], inbox: Inbox, ports: Ports) -> list[Attempt]:
    """Set the timer of the occurrence that follows each; return the attempts whose chain is safe."""
    now = ports.clock.now()
    timers = {
        place: set_timer(
            one.target.id,
            one.following,
            one.received.request.revision,
            now=now,
            settings=ports.settings,
            number=one.next_number,
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
    attempt, now = _begun(order, ports), ports.clock.now()
    run, missed = attempt.run, order.proceed.missed
    if missed is not None:
        return replace(attempt, run=run.not_run(RunStatus.MISSED, missed, now=now))
    match _overlap(attempt, ports):
        case Skip(reason=reason, held_by=held_by):
            return replace(attempt, run=run.not_run(RunStatus.SKIPPED, reason, now=now, held_by=held_by))
        case WaitUntil(at=at):
            return replace(attempt, run=run.waiting(at)).limited()
    return attempt.limited()


def _begun(order: Order, ports: Ports) -> Attempt:
    """Return the first attempt at a run, as it is if nothing stands in its way."""
    target, proceed, now = order.proceed.target, order.proceed, ports.clock.now()
    keep = timedelta(days=target.keep_results_days)
    lease, holder = ports.settings.lease, _token(ports)
    run = Run.begun(order.received.request, now=now, lease=lease, keep=keep, holder=holder)
    return Attempt(order.received, target, proceed.plan, proceed.following, run)


def _token(ports: Ports) -> str:
    return f"{ports.random.getrandbits(32):08x}"


def _overlap(attempt: Attempt, ports: Ports) -> Start | Skip | WaitUntil:
    """Look at the runs before this one, if the target's policy makes them matter."""
    request, policy = attempt.received.request, attempt.target.overlap
    if policy is Overlap.ALLOW:
        return Start()
    return overlap(
        policy,
        _earlier_runs(request, ports),
        due_at=request.scheduled_at,
        now=ports.clock.now(),
        lease=ports.settings.lease,
        is_backfill=request.trigger is Trigger.BACKFILL,
    )


def _earlier_runs(request: RunRequest, ports: Ports) -> Sequence[Run]:
    """Return the latest rows before this run, and those that some of them were skipped for, however far back."""
    rows = {row.run_id: row for row in ports.runs.latest(request.target_id, before=request.run_id, limit=_LOOK_BACK)}
    wanted = {row.held_by for row in rows.values()} - {None, *rows}
    while wanted:
        run_id = wanted.pop()
        assert run_id is not None
        if row := ports.runs.read(request.target_id, run_id):
            rows[run_id] = row
            wanted |= {row.held_by} - {None, *rows}
    return list(rows.values())


def _answered(attempt: Attempt, answer: ClaimAnswer, inbox: Inbox, ports: Ports) -> list[Attempt]:
    match answer:
        case Claimed() if attempt.is_begun:
            ports.telemetry.info("claimed a run", **attempt.received.facts, attempt=attempt.run.attempt)
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
    is_missed = run.status is RunStatus.MISSED
    if run.status.is_final:
        if is_last(attempt):
            end_schedule(attempt, ports)
        ports.telemetry.count(Count.RUNS_MISFIRED if is_missed else Count.RUNS_SKIPPED)
    ports.telemetry.info("put a run aside", **attempt.received.facts, outcome=str(run.status), reason=run.error)


def _found_held(attempt: Attempt, held: Run, inbox: Inbox, ports: Ports) -> list[Attempt]:
    received, now = attempt.received, ports.clock.now()
    if not _is_chain_safe(attempt, held, inbox, ports):
        return []
    if held.is_waiting and not attempt.is_begun:
        # The request's own due instant is by now when to look again.
        kept = attempt.run.model_copy(update={"due_at": held.due_at})
        return _replace(held, replace(attempt, run=kept), inbox, ports)
    match claim_held(held, attempt.target.retry, now=now):
        case Duplicate():
            ports.telemetry.count(Count.DUPLICATE_DELIVERIES)
            ports.telemetry.info("dropped a duplicate", **received.facts, outcome=str(held.status))
        case Later(at=at):
            inbox.ask_again(received, at)
        case TakeOver():
            lease = ports.settings.lease
            taken = held.taken_over(received.request, now=now, lease=lease, holder=_token(ports))
            return _replace(held, replace(attempt, run=taken).limited(), inbox, ports)
        case GiveUp(error=error):
            own = held.model_copy(update={"holder": _token(ports)})
            give_up(replace(attempt, run=own), error, inbox, ports)
    return []


def _is_chain_safe(attempt: Attempt, held: Run, inbox: Inbox, ports: Ports) -> bool:
    """Set the next timer where whoever wrote the row has not; return False if that failed and is tried again.

    An older revision's row has a next timer that stops with it. A row that is about to be given up may be of an
    executor that died before it could set one, and one that ends without a run may have been released for want of it.
    """
    decision = claim_held(held, attempt.target.retry, now=ports.clock.now())
    ends_here = isinstance(decision, GiveUp) or (held.is_waiting and attempt.run.status.is_final)
    if held.revision == attempt.received.request.revision and not ends_here:
        return True
    return bool(set_next_timers([attempt], inbox, ports))


def _replace(held: Run, attempt: Attempt, inbox: Inbox, ports: Ports) -> list[Attempt]:
    (answer,) = ports.runs.replace([(held, attempt.run)])
    if isinstance(answer, Run) and not answer.is_of(attempt.run):
        inbox.ask_again(attempt.received, ports.clock.now() + ports.settings.lease)
        return []
    return _answered(attempt, answer, inbox, ports)

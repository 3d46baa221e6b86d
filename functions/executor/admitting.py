"""Which of the received requests are carried out now."""

from collections.abc import Mapping
from dataclasses import dataclass

from functions.executor.inbox import Inbox, Received
from functions.ports import Claimed, Ports, UnavailableError
from functions.telemetry import Count
from schedule_model.admission import Admission, Drop, GoOn, Proceed, Reject, admit
from schedule_model.dispatching import QueueRun
from schedule_model.leasing import Later, abandoned
from schedule_model.target import Item


@dataclass(frozen=True, slots=True)
class Order:
    """A request that is carried out now, or recorded as missed."""

    received: Received
    proceed: Proceed


def admit_all(inbox: Inbox, ports: Ports) -> list[Order]:
    """Return the requests to carry out; early ones are sent on, superseded ones dropped, unusable ones buried."""
    orders: list[Order] = []
    onward: list[tuple[Received, QueueRun]] = []
    items = _read_targets(inbox, ports)
    for received in inbox.received:
        if items is None:
            break
        with inbox.batch.guard(received.message.message_id):
            decision = _admit(received, items, ports)
            if isinstance(decision, GoOn):
                decision = _going_on(decision, received, ports)
            if isinstance(decision, Proceed):
                orders.append(Order(received, decision))
            elif isinstance(decision, QueueRun):
                onward.append((received, decision))
            else:
                _turn_away(received, decision, inbox, ports)
    with inbox.batch.guard(*[received.message.message_id for received, _ in onward]):
        inbox.send_on(onward)
    return orders


def _turn_away(received: Received, decision: Reject | Drop | GoOn, inbox: Inbox, ports: Ports) -> None:
    match decision:
        case Reject(reason=reason):
            if _close(received, reason, inbox, ports):
                inbox.bury(received.message, reason, received.request)
        case Drop(reason=reason):
            if _close(received, reason, inbox, ports):
                _tell_dropped(received, reason, ports)
        case GoOn():
            _tell_dropped(received, "the schedule is completed", ports)


def _tell_dropped(received: Received, reason: str, ports: Ports) -> None:
    # It counts as no run: it has no row, and a duplicate of it is dropped as well.
    ports.telemetry.info("dropped a request", **received.facts, revision=received.request.revision, reason=reason)


def _read_targets(inbox: Inbox, ports: Ports) -> Mapping[str, Item] | None:
    wanted = [received.request.target_id for received in inbox.received if not _is_early(received, ports)]
    try:
        return ports.targets.read(wanted)
    except UnavailableError as error:
        for received in inbox.received:
            inbox.fail(received.message, error)
        return None


def _is_early(received: Received, ports: Ports) -> bool:
    request, now = received.request, ports.clock.now()
    return request.due_at > now and not request.waits(now)


def _admit(received: Received, items: Mapping[str, Item], ports: Ports) -> Admission:
    request = received.request
    decision = admit(request, items.get(request.target_id), now=ports.clock.now())
    if isinstance(decision, Proceed) or _is_early(received, ports):
        return decision
    # A cheap read may be a moment old; before a run is turned away, the table is asked what holds now.
    current = ports.targets.read([request.target_id], consistent=True)
    return admit(request, current.get(request.target_id), now=ports.clock.now())


def _going_on(decision: GoOn, received: Received, ports: Ports) -> GoOn | Proceed:
    """Return how to carry a run out that has begun, or waits for its turn; or to record one that was passed over."""
    row = ports.runs.read(received.request.target_id, received.request.run_id)
    if row is None:
        return decision.missed or decision
    return decision if row.status.is_final else decision.proceed


def _close(received: Received, reason: str, inbox: Inbox, ports: Ports) -> bool:
    """Close the row that an earlier attempt has left open, but for one of a newer revision.

    Returns whether the request can go; if not, it comes again.
    """
    request = received.request
    row = ports.runs.read(request.target_id, request.run_id)
    if row is not None and row.revision <= request.revision:
        match abandoned(row, now=ports.clock.now()):
            case Later(at=at):
                inbox.ask_again(received, at)
                return False
            case True:
                # Another executor may close the same row; its holder tells which of them wrote it, and counts it.
                own = row.model_copy(update={"holder": f"{ports.random.getrandbits(32):08x}"})
                closed = own.abandoned(reason, now=ports.clock.now())
                (answer,) = ports.runs.replace([(row, closed)])
                if isinstance(answer, UnavailableError):
                    inbox.fail(received.message, answer)
                    return False
                if isinstance(answer, Claimed) or answer.is_of(closed):
                    ports.telemetry.count(Count.RUNS_SKIPPED)
    return True

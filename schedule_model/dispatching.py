"""From a timer's stream record to a message on the run queue."""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from schedule_model.errors import TooFarToQueueError
from schedule_model.occurrence import Occurrence
from schedule_model.run_request import DispatchedBy, RunRequest
from schedule_model.settings import QUEUE_DELAY_MAX, LoopSettings
from schedule_model.timer import Timer

PRECISE_AHEAD = timedelta(milliseconds=300)
"""How long before it is due a precise run arrives at the least: SQS hands messages to Lambda within 105 ms (p99), and
reading, claiming and setting the next timer take three calls."""


class TimerChange(StrEnum):
    """What a record on the Timers stream says."""

    WRITTEN = "written"
    EXPIRED = "expired"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class QueueRun:
    """Put this request on the run queue and let it be delivered after `delay_seconds` (0 to 900)."""

    request: RunRequest
    delay_seconds: int


@dataclass(frozen=True, slots=True)
class Nothing:
    """There is nothing to do, and why."""

    reason: str


def dispatch(timer: Timer, change: TimerChange, *, now: datetime) -> QueueRun | Nothing:
    """Decide what a change of a timer asks for.

    A near timer is dispatched when it is written, any other when TTL removes it. A removal by anyone but TTL is the
    sweeper's or an owner's, and asks for nothing.
    """
    match change:
        case TimerChange.WRITTEN if timer.near:
            return queue_run(RunRequest.for_timer(timer, DispatchedBy.NEAR), now=now)
        case TimerChange.EXPIRED if not timer.near:
            return queue_run(RunRequest.for_timer(timer, DispatchedBy.TTL), now=now)
        case TimerChange.WRITTEN:
            return Nothing("waits for its expiry")
        case TimerChange.EXPIRED:
            return Nothing("was dispatched when it was written")
        case TimerChange.REMOVED:
            return Nothing("was removed by hand or by the sweeper")


def wake(
    target_id: str, following: Occurrence, revision: str, *, now: datetime, settings: LoopSettings, number: int = 1
) -> QueueRun | None:
    """Return the message that wakes the loop for the run that follows a claimed one; None where that takes a timer.

    What is near and due within 900 s goes straight to the queue, for it would be sent there as soon as its timer was
    written: that write is a third of what a run costs. A timer is for what the queue cannot hold.
    """
    if following.due_at - now > min(settings.lead, QUEUE_DELAY_MAX):
        return None
    request = RunRequest(
        target_id=target_id,
        scheduled_at=following.scheduled_at,
        due_at=following.due_at,
        revision=revision,
        dispatched_by=DispatchedBy.NEAR,
        number=number,
        precise=following.precise,
    )
    return queue_run(request, now=now)


def queue_run(request: RunRequest, *, now: datetime) -> QueueRun:
    """Return the request with the delay that brings it nearest to its due instant; a longer way takes hops.

    A precise one arrives before it is due: by `PRECISE_AHEAD` and what is left of a second, for its executor to wait.
    """
    if request.precise and request.due_at - now <= QUEUE_DELAY_MAX:
        return QueueRun(request, max(0, math.floor((request.due_at - now - PRECISE_AHEAD) / timedelta(seconds=1))))
    return QueueRun(request, delay_seconds(min(request.due_at, now + QUEUE_DELAY_MAX), now))


def delay_seconds(due_at: datetime, now: datetime) -> int:
    """Return how long SQS must hold a run so that it starts on time.

    Whole seconds, rounded up so that a run is never early; 0 once it is late.

    Raises:
        TooFarToQueueError: more than 900 s away, which is all that SQS can hold.

    Source: SQS SendMessage, `DelaySeconds` (0 to 900).
    """
    if due_at - now > QUEUE_DELAY_MAX:
        raise TooFarToQueueError(f"{due_at} is more than {QUEUE_DELAY_MAX} away from {now}")
    return max(0, math.ceil((due_at - now) / timedelta(seconds=1)))

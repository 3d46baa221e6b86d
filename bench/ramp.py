"""How soon runs that are all due in one second start: Lambda's SQS event source, modelled.

Source: Lambda guide, "Configuring scaling behavior for SQS event source mappings": five batches at once at first, up to
300 more a minute, at most 1,250; in provisioned mode each poller makes up to ten invocations at once.
"""

import heapq
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class EventSource:
    """How many batches are in work at once.

    Attributes:
        at_first: as soon as there is something to do.
        more_per_second: how many more with every second in which there is more to do.
        at_most: the function's concurrency, or the event source's.
        latency_s: from the message's being visible to the function's beginning.
    """

    at_first: int
    more_per_second: float
    at_most: int
    latency_s: float = 0.016


DEFAULT = EventSource(at_first=5, more_per_second=5, at_most=1_250)
PROVISIONED_POLLERS = 100
PROVISIONED = EventSource(at_first=PROVISIONED_POLLERS * 10, more_per_second=1000 / 60, at_most=20_000)


def capped(source: EventSource, at_most: int) -> EventSource:
    """Return the same event source under a lower MaximumConcurrency."""
    return EventSource(source.at_first, source.more_per_second, min(source.at_most, at_most), source.latency_s)


def last_start_s(source: EventSource, messages: int, *, batch: int, batch_s: float, start_s: float) -> float:
    """Return when the last of the messages' runs starts, in seconds after they were due.

    Args:
        source: that hands them over.
        messages: all visible at the same moment.
        batch: how many an invocation takes.
        batch_s: how long an invocation lasts.
        start_s: from its beginning to the start of its runs, which have been claimed by then.
    """
    batches = -(-messages // batch)
    free = [0.0] * min(source.at_first, source.at_most, batches)
    extra = source.at_most - len(free)
    joins = [(number + 1) / source.more_per_second for number in range(min(extra, batches))] if extra > 0 else []
    workers = [*free, *joins]
    heapq.heapify(workers)
    begun = 0.0
    for _ in range(batches):
        begun = heapq.heappop(workers)
        heapq.heappush(workers, begun + batch_s)
    return begun + source.latency_s + start_s

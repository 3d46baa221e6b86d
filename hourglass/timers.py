"""The Timers table as its users see it: what runs within a window, and how far behind TTL is."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any, TypeVar

from functions.aws.coming_timers import DynamoComingTimers
from hourglass.errors import answered
from schedule_model.timer import Timer, slots_between

SLOTS_AT_ONCE = 64
One = TypeVar("One")
Progress = Callable[[int, int | None], None]
"""Is told how many parts of how many are done; None where that is not known."""


def no_progress(_done: int, _of: int | None) -> None:
    """Tell nobody."""


def counted(found: Iterable[One], progress: Progress) -> Iterator[One]:
    """Yield what is found, and tell how many there are so far."""
    for number, one in enumerate(found, start=1):
        progress(number, None)
        yield one


class TimerTable:
    """Reads timers.

    Args:
        client: boto3's DynamoDB client.
        table: the table's name.
        shards: of the stack, into which the timers of one minute are spread.
    """

    def __init__(self, client: Any, table: str, shards: int) -> None:
        self._timers = DynamoComingTimers(client, table)
        self._shards = shards

    def due_between(self, start: datetime, end: datetime, progress: Progress) -> Iterator[Timer]:
        """Yield the timers that are due from `start` to before `end`, in no order.

        Costs one query of 0.5 RRU for each minute and shard, however many targets there are.
        """
        slots = slots_between(start, end, self._shards)
        for first in range(0, len(slots), SLOTS_AT_ONCE):
            part = slots[first : first + SLOTS_AT_ONCE]
            with answered():
                timers = self._timers.in_slots(part)
            yield from (timer for timer in timers if start <= timer.due_at < end)
            progress(first + len(part), len(slots))

"""The Timers table as its users see it: what runs within a window, and how far behind TTL is."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from functions.aws.concurrently import concurrently
from functions.aws.items import decode_item
from functions.aws.rows import timer_of
from hourglass.errors import answered
from schedule_model.timer import Timer, slots_between

SLOTS_AT_ONCE = 64
Progress = Callable[[int, int], None]
"""Is told how many parts of how many are done."""


def no_progress(_done: int, _of: int) -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True)
class TimerTable:
    """Reads timers.

    Attributes:
        client: boto3's DynamoDB client.
        table: the table's name.
        shards: of the stack, into which the timers of one minute are spread.
    """

    client: Any
    table: str
    shards: int

    def due_between(self, start: datetime, end: datetime, progress: Progress) -> Iterator[Timer]:
        """Yield the timers that are due from `start` to before `end`, in no order.

        Costs one query of 0.5 RRU for each minute and shard, however many targets there are.
        """
        slots = slots_between(start, end, self.shards)
        for first in range(0, len(slots), SLOTS_AT_ONCE):
            part = slots[first : first + SLOTS_AT_ONCE]
            with answered():
                found = concurrently(self._in_slot, part)
            yield from (timer for timers in found for timer in timers if start <= timer.due_at < end)
            progress(first + len(part), len(slots))

    def _in_slot(self, slot: str) -> Sequence[Timer]:
        timers: list[Timer] = []
        start: dict[str, Any] = {}
        while True:
            page = self.client.query(
                TableName=self.table,
                KeyConditionExpression="slot = :slot",
                ExpressionAttributeValues={":slot": {"S": slot}},
                **start,
            )
            for row in page["Items"]:
                # What is no timer brings no run, as for the sweeper.
                with suppress(ValueError):
                    timers.append(timer_of(decode_item(row)))
            if not page.get("LastEvaluatedKey"):
                return timers
            start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}

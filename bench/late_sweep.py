"""A minute with more late timers than one sweep can take: the real sweeper, ended by its time limit."""

import json
import math
from collections import Counter
from datetime import datetime, timedelta

from bench.calls import Call, busy_s
from bench.local_stack import START, LocalStack
from bench.report import Figures, tell
from functions.aws.items import encode_item
from functions.aws.rows import timer_row
from schedule_model.instants import to_text
from schedule_model.occurrence import Occurrence
from schedule_model.settings import LoopSettings
from schedule_model.timer import set_timer

_MINUTE = timedelta(minutes=1)


class _TimeIsUpError(BaseException):
    """Lambda ends the invocation, wherever it stands."""


def late_sweep(stack: LocalStack, *, timers: int, limit_s: float) -> Figures:
    """Sweep twice, and return how many timers each took, and that none was taken twice.

    Args:
        stack: emptied first.
        timers: all due within one minute, which TTL has left.
        limit_s: after how long a sweep is ended.
    """
    stack.clear()
    due_at = START + timedelta(hours=6)
    tell(f"scale: putting {timers:,} late timers")
    _put(stack, timers, due_at)
    mark = {"slot": {"S": "sweeper"}, "timer_id": {"S": "watermark"}}
    mark["swept_until"] = {"S": to_text(due_at - 4 * _MINUTE)}
    stack.endpoint.database.table("timers").write(("sweeper", "watermark"), mark, is_billed=False)
    taken = []
    for number in range(2):
        tell(f"scale: sweep {number + 1} of {timers:,} late timers")
        stack.clock.at = due_at - (2 - number) * _MINUTE
        _sweep(stack, limit_s)
        taken.append(timers - _left(stack))
    bodies = stack.endpoint.queues.by_name["runs"].values()
    queued = Counter(json.loads(message.body)["target_id"] for message in bodies)
    first, second = taken[0], taken[1] - taken[0]
    return {
        "timers": timers,
        "limit_s": limit_s,
        "first": first,
        "second": second,
        "queued_twice": sum(count > 1 for count in queued.values()),
        "never_queued_but_gone": timers - _left(stack) - len(queued),
        "sweeps_needed": 1 if first == timers else math.ceil(timers / max(1, first)),
    }


def _sweep(stack: LocalStack, limit_s: float) -> None:
    """Run the sweeper, with its calls taking their time, until it is done or its time is up."""
    left = [limit_s]

    def spend(call: Call) -> None:
        left[0] -= busy_s(call)
        if left[0] < 0:
            raise _TimeIsUpError

    stack.on_call = spend
    try:
        stack.invoke("sweeper", {"source": "aws.events"})
    except _TimeIsUpError:
        stack.calls.clear()
    finally:
        stack.on_call = None
    stack.forget_usage()


def _put(stack: LocalStack, count: int, due_at: datetime) -> None:
    table = stack.endpoint.database.table("timers")
    for number in range(count):
        at = due_at + timedelta(seconds=number % 60)
        timer = set_timer(f"late-{number:06d}", Occurrence(at, at), "1", now=START, settings=LoopSettings())
        row = encode_item(timer_row(timer))
        table.partitions.setdefault(timer.slot, {})[timer.timer_id] = json.dumps(row).encode()


def _left(stack: LocalStack) -> int:
    table = stack.endpoint.database.table("timers")
    return len(table) - len(table.partitions["sweeper"])

"""Very many targets, each with its next timer, really put into the endpoint's tables."""

import json
from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta

from bench.local_stack import START, LocalStack
from schedule_model.timer import shard_of

_VARIANTS = 130
_STEP = timedelta(minutes=10)
_NAME = "target-0000000"


@dataclass(frozen=True, slots=True)
class _Pair:
    """A target and its timer as the planner wrote them, in JSON, with the name that is to be replaced."""

    target: bytes
    timer: bytes
    minute: str
    timer_id: str


def fill(stack: LocalStack, count: int, *, shards: int = 16) -> None:
    """Put `count` daily targets and their timers into the emptied tables; none is due within two hours.

    A few are planned by the real planner, ten minutes apart, and copied under other names.
    """
    pairs = [_planned(stack, number) for number in range(min(_VARIANTS, count))]
    stack.clear()
    targets, timers = stack.endpoint.database.table("targets"), stack.endpoint.database.table("timers")
    rows: dict[str, dict[str, bytes]] = defaultdict(dict)
    for number in range(count):
        pair, name = pairs[number % len(pairs)], f"target-{number:07d}"
        slot = f"{pair.minute}#{shard_of(name, shards):02d}"
        row = json.loads(pair.timer) if number < len(pairs) else None
        assert row is None or row["near"] == {"BOOL": False}
        named = pair.timer.replace(_NAME.encode(), name.encode())
        rows[slot][pair.timer_id.replace(_NAME, name)] = named.replace(b"SLOT", slot.encode())
        targets.partitions[name] = {"": pair.target.replace(_NAME.encode(), name.encode())}
    timers.partitions.update(rows)


def _planned(stack: LocalStack, number: int) -> _Pair:
    stack.clear()
    stack.clock.at = START + _STEP * number
    item = {"id": {"S": _NAME}, "type": {"S": "echo"}, "schedule": {"S": "rate(1 day)"}}
    stack.put_target(item)
    stack.plan_all()
    (target,) = stack.endpoint.database.table("targets").items()
    (timer,) = stack.endpoint.database.table("timers").items()
    minute = timer["slot"]["S"].partition("#")[0]
    row = json.dumps(timer | {"slot": {"S": "SLOT"}}).encode()
    return _Pair(json.dumps(target).encode(), row, minute, timer["timer_id"]["S"])

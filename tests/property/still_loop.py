"""A stack of real handlers and tables in memory in which nothing happens by itself."""

from collections.abc import Callable
from datetime import timedelta
from random import Random
from typing import Any

from functions.dispatcher import app as dispatcher
from functions.executor import app as executor
from functions.planner import app as planner
from functions.ports import Ports
from functions.sweeper import app as sweeper
from schedule_model.settings import LoopSettings
from tests.simulation.memory import (
    Change,
    InlineCrew,
    MemoryRunQueue,
    MemoryRuns,
    MemoryTargets,
    MemoryTimers,
    Recorder,
    ScriptedRunners,
    VirtualClock,
)
from tests.simulation.memory.queue import Held
from tests.simulation.memory.runners import Script

_HANDLES: dict[str, Callable[..., Any]] = {"planner": planner.handle, "dispatcher": dispatcher.handle}
_ALL_WELL = {"batchItemFailures": []}


class DiedError(BaseException):
    """An executor is gone in the middle of an attempt; no handler catches this."""


class StillLoop:
    """One stack; its stream records wait until they are delivered, its messages until they are handed out.

    Attributes:
        records: what waits for the planner and for the dispatcher, earliest first.
        delivered: the messages that were done with.
    """

    def __init__(self, script: Script) -> None:
        self.clock = VirtualClock()
        self.targets, self.timers, self.runs = MemoryTargets(), MemoryTimers(), MemoryRuns()
        self.queue = MemoryRunQueue(self.clock)
        self.records: dict[str, list[dict[str, Any]]] = {"planner": [], "dispatcher": []}
        self.delivered: list[Held] = []
        self._numbers = 0
        self.ports = Ports(
            clock=self.clock,
            targets=self.targets,
            timers=self.timers,
            runs=self.runs,
            queue=self.queue,
            crew=InlineCrew(self.clock),
            runners=ScriptedRunners(script),
            telemetry=Recorder(keeps_lines=False),
            random=Random(1),
            settings=LoopSettings(shards=1),
        )
        self.targets.table.listeners.append(lambda change: self._record("planner", "id", change))
        self.timers.table.listeners.append(lambda change: self._record("dispatcher", "slot", change))

    def deliver(self, stream: str, place: int = 0, *, times: int = 1) -> None:
        """Deliver a stream's record once or more often."""
        waiting = self.records[stream]
        record = waiting.pop(place % len(waiting))
        for _ in range(times):
            assert _HANDLES[stream]({"Records": [record]}, self.ports) == _ALL_WELL

    def sweep(self) -> None:
        """Let the sweeper's minute come."""
        sweeper.handle({}, self.ports)

    def execute(self, held: Held) -> None:
        """Hand out a message, whether its delay is over or not.

        Raises:
            DiedError: the executor is gone, and its message comes again.
        """
        record = {
            "messageId": held.message_id,
            "receiptHandle": held.receipt,
            "body": held.body,
            "attributes": {"SentTimestamp": "0", "ApproximateReceiveCount": "1"},
        }
        try:
            assert executor.handle({"Records": [record]}, self.ports) == _ALL_WELL
        except DiedError:
            held.visible_at = self.clock.now() + timedelta(seconds=360)
            raise
        self.queue.messages.pop(held.message_id, None)
        self.delivered.append(held)

    def visible(self) -> list[Held]:
        """Return the messages whose delay is over."""
        return [held for held in self.queue.messages.values() if held.visible_at <= self.clock.now()]

    def _record(self, stream: str, key: str, change: Change) -> None:
        self._numbers += 1
        content = {
            "Keys": {key: {"S": change.key[0]}},
            "SequenceNumber": str(10**20 + self._numbers),
            "ApproximateCreationDateTime": int(self.clock.now().timestamp()),
        }
        images = {name: image for name, image in (("OldImage", change.old), ("NewImage", change.new)) if image}
        by_ttl = {"userIdentity": {"type": "Service", "principalId": "dynamodb.amazonaws.com"}}
        self.records[stream].append({"dynamodb": content | images} | (by_ttl if change.by_ttl else {}))

"""The real handlers in virtual time, without faults: everything is delivered at once, but for outages."""

import heapq
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from random import Random
from typing import Any

from greenlet import getcurrent, greenlet  # type: ignore[import-untyped]  # it has no types here

from functions.aws.items import encode_item
from functions.dispatcher import app as dispatcher
from functions.executor import app as executor
from functions.planner import app as planner
from functions.ports import Ports
from functions.sweeper import app as sweeper
from functions.work import Answer, TimedOut, Work
from schedule_model.plan import Plan, plan_of
from schedule_model.run import Run
from schedule_model.settings import LoopSettings
from tests.simulation.memory import (
    Change,
    MemoryRunQueue,
    MemoryRuns,
    MemoryTargets,
    MemoryTimers,
    Recorder,
    ScriptedRunners,
)
from tests.simulation.memory.clock import START
from tests.simulation.memory.queue import Held
from tests.simulation.memory.runners import Script, answer_nothing_special

# At one instant: what runs goes on before users act, then come the streams, TTL, the sweeper, and last the queue.
WAKE, USER, STREAM, TTL, SWEEP, QUEUE = range(6)
OWN_DEAD_LETTERS = "https://sqs.example/own"
_MINUTE = timedelta(minutes=1)


class LongestWait(Random):
    """Draws the upper end of every range, so that a backoff is as long as it may be."""

    def uniform(self, a: float, b: float) -> float:
        return b


class VirtualLoop:
    """One stack; `go_on_until` lives it.

    Args:
        script: what the runners do; it takes its time with `self.take`.
        outages: from when until when no function can be invoked, in seconds from the start; what runs then goes on.
        ttl_lag: how late TTL is.
    """

    def __init__(
        self,
        script: Script = answer_nothing_special,
        *,
        outages: Sequence[tuple[int, int]] = (),
        ttl_lag: timedelta = timedelta(minutes=10),
        reconciles: bool = False,
    ) -> None:
        self._now = START
        self._agenda: list[tuple[datetime, int, int, Callable[[], object]]] = []
        self._count = 0
        self._main = getcurrent()
        self._outages = [(at(start), at(end)) for start, end in outages]
        self._ttl_lag = ttl_lag
        self.targets, self.timers, self.runs = MemoryTargets(), MemoryTimers(), MemoryRuns()
        self.queue = MemoryRunQueue(self, reachable=[OWN_DEAD_LETTERS])
        self.runners, self.telemetry = ScriptedRunners(script), Recorder()
        period = timedelta(minutes=15) if reconciles else timedelta(days=9_000)
        self.ports = Ports(
            clock=self,
            targets=self.targets,
            timers=self.timers,
            runs=self.runs,
            queue=self.queue,
            crew=self,
            runners=self.runners,
            telemetry=self.telemetry,
            random=LongestWait(),
            settings=LoopSettings(reconcile_period=period, shards=2),
        )
        self.targets.table.listeners.append(lambda change: self._stream("id", planner.handle, change))
        self.timers.table.listeners.append(self._timer_changed)
        self.queue.listeners.append(lambda held: self._do_at(held.visible_at, QUEUE, self._deliver))
        self._sweep(START)

    def now(self) -> datetime:
        """Be the clock."""
        return self._now

    def wait_until(self, instant: datetime) -> None:
        """Let others go on until then."""
        me = getcurrent()
        if me is self._main:
            raise AssertionError("only an invocation waits")
        self._push(max(instant, self._now), WAKE, me.switch)
        self._main.switch()

    def take(self, seconds: float, deadline: datetime) -> None:
        """Take so long, but not beyond the deadline, at which the crew gives up."""
        self.wait_until(min(self._now + timedelta(seconds=seconds), deadline))

    def carry_out(self, work: Sequence[Work[Answer]]) -> Any:
        """Be the crew of a batch of one."""
        for place, piece in enumerate(work):
            answer = piece.do()
            yield {place: TimedOut() if self._now >= piece.deadline else answer}

    def user(self, seconds: float, act: Callable[[], object]) -> None:
        """Have a user do something at an instant."""
        self._push(at(seconds), USER, act)

    def write(self, item: Mapping[str, object]) -> None:
        """Write a whole item, without a plan."""
        self.targets.table.put(encode_item(item))

    def edit(self, target_id: str, *, wipes: bool = False, **fields: object) -> None:
        """Change fields of an item, which loses its plan if it is written as a whole."""
        typed = self.targets.table.get(target_id)
        if typed is not None:
            kept = {name: value for name, value in typed.items() if not (wipes and name == "plan")}
            gone = [name for name, value in fields.items() if value is None]
            self.targets.table.put({n: v for n, v in kept.items() if n not in gone} | encode_item(fields))

    def run_now(self, target_id: str) -> None:
        """Put a message on the queue by hand."""
        self.queue.put(json.dumps({"target_id": target_id}), timedelta(0))

    def go_on_until(self, seconds: float) -> None:
        """Live until this instant, what happens at it included."""
        end = at(seconds)
        while self._agenda and self._agenda[0][0] <= end:
            instant, _, _, event = heapq.heappop(self._agenda)
            self._now = max(self._now, instant)
            event()
        self._now = end

    def rows(self, target_id: str = "a") -> list[Run]:
        """Return a target's rows in the order of their run ids."""
        return [run for _, run in sorted(self.runs.by_target[target_id].items())]

    def item(self, target_id: str = "a") -> Mapping[str, object] | None:
        """Return a target's item as it stands."""
        return self.targets.read([target_id]).get(target_id)

    def plan(self, target_id: str = "a") -> Plan | None:
        """Return a target's plan as it stands."""
        found = self.item(target_id)
        return plan_of(found) if found else None

    def _push(self, instant: datetime, order: int, event: Callable[[], object]) -> None:
        self._count += 1
        heapq.heappush(self._agenda, (instant, order, self._count, event))

    def _do_at(self, instant: datetime, order: int, event: Callable[[], object]) -> None:
        """Do it at the instant, or when the outage that it falls into is over."""
        instant = max(instant, self._now)
        for start, end in self._outages:
            if start <= instant < end:
                instant = end
        self._push(instant, order, event)

    def _invoke(self, handle: Callable[..., Any], event: object, on_end: Callable[[Any], object]) -> None:
        greenlet(lambda: on_end(handle(event, self.ports)), parent=self._main).switch()

    def _stream(self, key: str, handle: Callable[..., Any], change: Change) -> None:
        self._count += 1
        keys = {"id": {"S": change.key[0]}} if key == "id" else {"slot": {"S": change.key[0]}}
        content = {"Keys": keys, "SequenceNumber": str(10**20 + self._count)}
        content["ApproximateCreationDateTime"] = int(self._now.timestamp())  # type: ignore[assignment]
        images = {"OldImage": change.old, "NewImage": change.new}
        record: dict[str, Any] = {"dynamodb": content | {name: image for name, image in images.items() if image}}
        if change.by_ttl:
            record["userIdentity"] = {"type": "Service", "principalId": "dynamodb.amazonaws.com"}
        self._do_at(self._now, STREAM, lambda: self._invoke(handle, {"Records": [record]}, _all_went_well))

    def _timer_changed(self, change: Change) -> None:
        self._stream("slot", dispatcher.handle, change)
        if change.new is not None and "expires_at" in change.new:
            expires_at = datetime.fromtimestamp(int(change.new["expires_at"]["N"]), START.tzinfo)
            delete = self.timers.table.delete
            self._push(max(self._now, expires_at + self._ttl_lag), TTL, lambda: delete(*change.key, by_ttl=True))

    def _sweep(self, instant: datetime) -> None:
        def sweep() -> None:
            self._sweep(max(instant, self._now) + _MINUTE)
            self._invoke(sweeper.handle, {}, lambda _: None)

        self._do_at(instant, SWEEP, sweep)

    def _deliver(self) -> None:
        """Hand out what is visible: the oldest occurrence first, as a queue without an order may do."""
        for held in sorted(self.queue.receive(limit=1_000), key=_occurrence_of):
            sent_ms = int(self._now.timestamp() * 1000)
            record = {
                "messageId": held.message_id,
                "receiptHandle": held.receipt,
                "body": held.body,
                "attributes": {"SentTimestamp": str(sent_ms), "ApproximateReceiveCount": str(held.receives)},
            }
            self._invoke(executor.handle, {"Records": [record]}, partial(self._done, held))

    def _done(self, held: Held, answer: Mapping[str, Any]) -> None:
        _all_went_well(answer)
        self.queue.delete(held.receipt)


def at(seconds: float) -> datetime:
    """Return the instant so many seconds from the start."""
    return START + timedelta(seconds=seconds)


def _all_went_well(answer: Mapping[str, Any]) -> None:
    assert answer == {"batchItemFailures": []}, "nothing fails in a world without faults"


def _occurrence_of(held: Held) -> tuple[str, str]:
    return json.loads(held.body).get("scheduled_at", "~"), held.message_id


__all__ = ["OWN_DEAD_LETTERS", "START", "VirtualLoop", "at"]

"""A world: the four functions, their tables and queue, and what wakes them, in virtual time."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from random import Random
from typing import Any

from functions.aws.items import decode_item
from functions.dispatcher import app as dispatcher
from functions.executor import app as executor
from functions.planner import app as planner
from functions.ports import Ports
from functions.sweeper import app as sweeper
from schedule_model.target import Item
from tests.simulation.expiry import Expiry
from tests.simulation.faulty import FaultyQueue, FaultyRuns, FaultyTargets, FaultyTimers
from tests.simulation.greencrew import GreenCrew
from tests.simulation.hub import Hub, Process
from tests.simulation.invocation import Fate, Invocation
from tests.simulation.journal import Journal, RowWrite, TargetWrite
from tests.simulation.knobs import Knobs
from tests.simulation.lags import Lags
from tests.simulation.memory import Change, MemoryRuns, MemoryTargets, MemoryTimers
from tests.simulation.misbehaviour import SimulatedRunners
from tests.simulation.polling import QueueSource, RushedQueue
from tests.simulation.streams import StreamSource, passes_dispatcher_filter
from tests.simulation.watching import Watch

Handle = Callable[[Mapping[str, object], Ports], object]
OnEnd = Callable[[Process, Invocation], None]

_HANDLES: dict[str, Handle] = {
    "planner": planner.handle,
    "dispatcher": dispatcher.handle,
    "sweeper": sweeper.handle,
    "executor": executor.handle,
}
_TIMEOUT_MS = {"planner": 55_000, "dispatcher": 55_000, "sweeper": 55_000, "executor": 60_000}
_MINUTE_MS = 60_000
_LOST_WITHIN_MS = 600_000
"""How long a timer that is to be lost stands at the most."""


class World:
    """One seed's world.

    Attributes:
        is_stopped: whether the whole region stands still.
        live: the invocations that are going on.
        settled_ms: from when on everything has to be on time, faults having stopped long before.
    """

    def __init__(self, seed: int, knobs: Knobs) -> None:
        self.random = Random(seed)
        self.knobs = knobs
        self.settings = knobs.settings
        self.hub = Hub()
        self.fate = Fate(knobs, self.random)
        self.journal = Journal()
        self.targets, self.timers, self.runs = MemoryTargets(), MemoryTimers(), MemoryRuns()
        self.queue = RushedQueue(self)
        self.is_stopped = False
        self.settled_ms = 0
        self.skew_max_ms = knobs.skew_ms
        self.stale_max_ms = knobs.stale_ms
        self.sweep_gap_ms = knobs.sweep_gap_ms
        self._stops: list[tuple[int, int]] = []
        self.live: dict[str, Invocation] = {}
        self.planner_source = StreamSource(self, "planner", lambda _: True)
        self.dispatcher_source = StreamSource(self, "dispatcher", passes_dispatcher_filter)
        self.expiry = Expiry(self, Lags(knobs.profile, self.random))
        self.watch = Watch(self)
        QueueSource(self, self.queue)
        self._waiting: list[tuple[Callable[..., None], tuple[object, ...]]] = []
        self._numbers = 0
        self.targets.table.listeners.append(self._target_changed)
        self.timers.table.listeners.append(self._timer_changed)
        self.runs.listeners.append(self.watch.row_written)
        self.hub.after(self.random.randint(0, _MINUTE_MS), self._sweep, self.hub.now_ms)
        self.is_sweeping = True
        self._down = ""

    def use(self, knobs: Knobs) -> None:
        """Turn the knobs while the world goes on."""
        self.knobs = self.fate.knobs = knobs

    def strikes(self, share: float) -> bool:
        """Return whether a fault of this share strikes now."""
        return share > 0 and self.random.random() < share

    def next_number(self) -> str:
        """Return the next sequence number."""
        self._numbers += 1
        return str(100_000_000_000_000_000_000 + self._numbers)

    def invoke(self, function: str, event: Mapping[str, Any], on_end: OnEnd) -> None:
        """Invoke a function; it is killed when its timeout has passed."""
        self._numbers += 1
        by = Invocation(self._numbers, function, self.hub, self.fate)
        by.targets = {target_id for record in event.get("Records", ()) if (target_id := _target_of(record))}
        ports, handle = self._ports(by), _HANDLES[function]

        def ended(process: Process) -> None:
            del self.live[by.name]
            self.watch.invocation_ended(by, process)
            on_end(process, by)
            by.forget()

        self.live[by.name] = by
        work = by.die if function == self._down else lambda: handle(event, ports)
        by.process = self.hub.start(by.name, work, ended)
        self.hub.after(_TIMEOUT_MS[function], by.kill)

    def _ports(self, by: Invocation) -> Ports:
        return Ports(
            clock=by.clock,
            targets=FaultyTargets(self.targets, by, self._targets_as_they_were if self.knobs.stale_ms else None),
            timers=FaultyTimers(self.timers, by),
            runs=FaultyRuns(self.runs, by),
            queue=FaultyQueue(self.queue, by),
            crew=GreenCrew(self.hub, by.clock),
            runners=SimulatedRunners(self, by),
            telemetry=by.telemetry,
            random=self.random,
            settings=self.settings,
            ends_at=by.clock.now() + timedelta(milliseconds=_TIMEOUT_MS[by.function]),
        )

    def _targets_as_they_were(self, target_ids: Sequence[str]) -> Mapping[str, Item]:
        """Return the targets of a moment ago, as an eventually consistent read may."""
        at_ms = self.hub.now_ms - self.random.randint(0, self.knobs.stale_ms)
        found: dict[str, Item] = {}
        for target_id in target_ids:
            writes = self.journal.targets.get(target_id, ())
            latest = next((one for one in reversed(writes) if one.at_ms <= at_ms), None)
            if latest is not None and latest.change.new is not None:
                found[target_id] = decode_item(latest.change.new)
        return found

    def stop_region(self, length_ms: int) -> None:
        """Let everything stand still for a while: what runs is killed, what would begin waits."""
        self.is_stopped = True
        self._stops.append((self.hub.now_ms, length_ms))
        for by in list(self.live.values()):
            by.kill()
        self.hub.after(length_ms, self._restart)

    def stop_function(self, function: str, length_ms: int) -> None:
        """Let every invocation of one function end before it has done anything, for a while."""
        self._down = function
        self._stops.append((self.hub.now_ms, length_ms))
        self.hub.after(length_ms, self._bring_back)

    def _bring_back(self) -> None:
        self._down = ""

    def _restart(self) -> None:
        self.is_stopped = False
        waiting, self._waiting = self._waiting, []
        for event, given in waiting:
            self.hub.after(self.random.randint(0, 30_000), event, *given)

    def stop_length_before(self, at_ms: int, notice_ms: int) -> int:
        """Return how long region or functions stood still, up to `notice_ms` before an instant or such a stop."""
        total = 0
        for began, length in sorted(self._stops, reverse=True):
            if began <= at_ms <= began + length + notice_ms:
                total, at_ms = total + length, began
        return total

    def when_restarted(self, event: Callable[..., None], *given: object) -> None:
        """Have an event wait for the region."""
        self._waiting.append((event, given))

    def _sweep(self, tick_ms: int) -> None:
        following = tick_ms + _MINUTE_MS
        self.hub.at(following + self.random.randint(0, 2_000), self._sweep, following)
        if self.is_sweeping and not self.is_stopped and not self.strikes(self.knobs.sweep_missed):
            self.invoke("sweeper", {"source": "aws.events"}, lambda *_: None)

    def _target_changed(self, change: Change) -> None:
        number, by = self.next_number(), self.fate.writer
        self.watch.target_written(change, by)
        write = TargetWrite(self.hub.now_ms, change, number, by is None)
        self.journal.targets.setdefault(change.key[0], []).append(write)
        if self.journal.tell is not None:
            self.note_change(change, f"{by.name if by else 'user'}: {_told(change)}")
        self.planner_source.take(change, number)

    def _timer_changed(self, change: Change) -> None:
        by = self.fate.writer
        self.watch.timer_written(change, by)
        if "target_id" in (change.new or change.old or {}):
            self.note_change(change, f"{by.name if by else 'TTL'}: timer {'set' if change.new else 'removed'}")
        if change.new is not None and "target_id" in change.new and self.strikes(self.knobs.timer_lost):
            self.hub.after(self.random.randint(0, _LOST_WITHIN_MS), self._lose_timer, change)
        if change.old is None and change.new is not None and "target_id" in change.new:
            occurrence = tuple(change.new[name]["S"] for name in ("target_id", "scheduled_at", "revision"))
            self.journal.on_their_way_ms.setdefault(occurrence, self.hub.now_ms)
        self.dispatcher_source.take(change, self.next_number())
        self.expiry.take(change)

    def is_of_retry(self, change: Change) -> bool:
        """Return whether a timer's run has a row: reconcile looks for a target's latest ones only."""
        image = change.new or change.old or {}
        return "target_id" in image and image["scheduled_at"]["S"] in self.runs.by_target[image["target_id"]["S"]]

    def _lose_timer(self, change: Change) -> None:
        image = change.new
        if image and self.timers.table.items.get(change.key) == image and not self.is_of_retry(change):
            self.note_change(change, "timer lost")
            self.journal.lost_ms[image["target_id"]["S"], image["scheduled_at"]["S"]] = self.hub.now_ms
            self.timers.table.delete(*change.key)

    def note_change(self, change: Change, text: str) -> None:
        """Tell the reader of a trace of a change."""
        if self.journal.tell is not None:
            image = change.new or change.old or {}
            named = image.get("target_id") or image.get("id") or {"S": ""}
            target_id = named["S"]
            self.journal.note(self.hub.now_ms, target_id, image.get("scheduled_at", {"S": ""})["S"], text)

    def note_body(self, body: str, text: str) -> None:
        """Tell the reader of a trace of a message."""
        if self.journal.tell is not None:
            request = json.loads(body)
            self.journal.note(self.hub.now_ms, request.get("target_id", ""), request.get("scheduled_at", ""), text)

    def note_row(self, write: RowWrite, by: str) -> None:
        """Tell the reader of a trace of a row."""
        if self.journal.tell is None:
            return
        row = write.new
        text = f"{by}: {row.status}, attempt {row.attempt}{f', {row.error}' if row.error else ''}"
        self.journal.note(write.at_ms, row.target_id, row.run_id, text)


def _target_of(record: Mapping[str, Any]) -> str | None:
    if "body" in record:
        return str(json.loads(record["body"]).get("target_id") or f"task.{record['messageId']}")
    keys = record["dynamodb"]["Keys"]
    return str(keys["id"]["S"]) if "id" in keys else None


def _told(change: Change) -> str:
    if change.new is None:
        return "target deleted"
    shown = {name: value for name, value in change.new.items() if name in {"schedule", "active", "ends_at", "plan"}}
    return f"target {'written' if change.old else 'created'}: {json.dumps(shown)[:400]}"

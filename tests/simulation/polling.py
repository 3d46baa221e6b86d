"""The run queue's event source: polls, invokes, and deletes what was done with."""

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from functions.ports import UnavailableError
from schedule_model.dispatching import QueueRun
from tests.simulation.hub import EPOCH, Process, ms_of
from tests.simulation.memory.queue import Held, MemoryRunQueue

if TYPE_CHECKING:
    from tests.simulation.world import World

CONCURRENCY = 20
BATCH = 10
EPOCH_MS = int(EPOCH.timestamp()) * 1000


class RushedQueue(MemoryRunQueue):
    """A queue whose messages may come a moment before their delay is over."""

    def __init__(self, world: "World") -> None:
        super().__init__(world.hub.clock())
        self._world = world

    def put(self, body: str, delay: timedelta) -> Held:
        """Queue a body as it is."""
        early_ms = self._world.knobs.early_ms
        if early_ms and delay:
            delay -= timedelta(milliseconds=self._world.random.randint(0, early_ms))
        held = super().put(body, delay)
        if self._world.strikes(self._world.knobs.message_lost) and self._is_found_again(body):
            del self.messages[held.message_id]
            request = json.loads(body)
            self._world.journal.lost_ms[request["target_id"], request["scheduled_at"]] = self._world.hub.now_ms
            self._world.note_body(body, f"queue: {held.message_id} lost")
        elif (about := _about(body)) in self._world.journal.lost_ms:
            self._world.journal.again_ms.setdefault(about, []).append(self._world.hub.now_ms)
        if self._world.journal.tell is not None:
            self._world.note_body(body, f"queue: {held.message_id} for {delay.total_seconds():.1f} s")
        return held

    def _is_found_again(self, body: str) -> bool:
        """Return whether reconcile finds a request that is lost: one for a schedule's run that has no row yet.

        Of the rows it looks at a target's latest ones only; the messages of older ones are SQS's to keep.
        """
        request = json.loads(body)
        is_scheduled = request.get("trigger") == "schedule"
        return is_scheduled and request["scheduled_at"] not in self._world.runs.by_target[request["target_id"]]

    def send(self, messages: Sequence[QueueRun]) -> Sequence[UnavailableError | None]:
        """Queue each message, and keep account of since when each occurrence has been on its way."""
        for message in messages:
            request = message.request
            occurrence = request.target_id, request.run_id, request.revision
            self._world.journal.on_their_way_ms.setdefault(occurrence, self._world.hub.now_ms)
        return super().send(messages)

    def room(self) -> int:
        """Return how many more messages may be in flight: received, hidden and not deleted."""
        most = self._world.knobs.in_flight_max
        return max(0, most - self.in_flight()) if most else BATCH


class QueueSource:
    """Hands visible messages to the executor, at most ten at a time."""

    def __init__(self, world: "World", queue: RushedQueue) -> None:
        self._world = world
        self._queue = queue
        self._running = 0
        self._is_held_up = False
        self._is_over_limit = False
        self._is_asking_again = False
        queue.listeners.append(self._expect)

    def _expect(self, held: Held) -> None:
        random = self._world.random
        latency_ms = self._world.knobs.latencies.queue_ms(random)
        self._world.hub.at(ms_of(held.visible_at) + 1 + latency_ms, self._poll)

    def _poll(self) -> None:
        world = self._world
        if world.is_stopped:
            world.when_restarted(self._poll)
            return
        if self._running >= CONCURRENCY:
            self._is_held_up = True
            return
        if not (room := self._queue.room()):
            self._ask_again()
            return
        batch = self._queue.receive(min(BATCH, room))
        if not batch:
            self._is_over_limit = False
            return
        if self._is_over_limit:
            # What had become visible meanwhile was polled for in vain.
            world.hub.after(0, self._poll)
        world.random.shuffle(batch)
        receipts = {held.message_id: held.receipt for held in batch}
        event = {"Records": [_record_of(held) for held in batch]}
        self._running += 1
        world.invoke("executor", event, lambda process, _: self._ended(receipts, process))

    def _ask_again(self) -> None:
        """Poll once more in a while, as the source does when SQS answers OverLimit, however many polls that met."""
        self._is_over_limit = True
        if self._is_asking_again:
            return

        def ask() -> None:
            self._is_asking_again = False
            self._poll()

        self._is_asking_again = True
        self._world.hub.after(self._world.random.randint(2_000, 5_000), ask)

    def _ended(self, receipts: dict[str, str], process: Process) -> None:
        self._running -= 1
        if process.error is None:
            response = process.result
            assert isinstance(response, dict)
            failed = {failure["itemIdentifier"] for failure in response["batchItemFailures"]}
            for message_id, receipt in receipts.items():
                if message_id not in failed:
                    self._done_with(receipt)
        if self._is_held_up:
            self._is_held_up = False
            self._world.hub.after(0, self._poll)

    def _done_with(self, receipt: str) -> None:
        world = self._world
        held = self._queue.messages.get(receipt.partition(":")[0])
        if held is not None and world.strikes(world.knobs.message_again):
            hours = world.random.choice((0, 0, 0.001, 0.1, 1, 5))
            # A message that names no run is named by its own id, which a second delivery shares.
            if '"scheduled_at"' in held.body:
                self._queue.put(held.body, timedelta(hours=hours))
        self._queue.delete(receipt)


def _about(body: str) -> tuple[str, str]:
    """Return the target and the occurrence that a body names, if it names any."""
    try:
        request = json.loads(body)
    except ValueError:
        return "", ""
    return (str(request.get("target_id")), str(request.get("scheduled_at"))) if isinstance(request, dict) else ("", "")


def _record_of(held: Held) -> dict[str, object]:
    return {
        "messageId": held.message_id,
        "receiptHandle": held.receipt,
        "body": held.body,
        "attributes": {
            "ApproximateReceiveCount": str(held.receives),
            "SentTimestamp": str(EPOCH_MS + ms_of(held.sent_at)),
        },
        "eventSource": "aws:sqs",
    }

"""SQS in memory: delays, visibility, redelivery and the move to the dead-letter queue."""

import heapq
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from functions.ports import DeadLetter, UnavailableError
from schedule_model.clock import Clock
from schedule_model.dispatching import QueueRun


@dataclass(slots=True)
class Held:
    """A message in the queue."""

    message_id: str
    body: str
    visible_at: datetime
    sent_at: datetime
    receives: int = 0

    @property
    def receipt(self) -> str:
        """Return the handle of its latest receipt."""
        return f"{self.message_id}:{self.receives}"


class MemoryRunQueue:
    """Queues run requests and buries what cannot be carried out.

    Args:
        clock: virtual.
        visibility: how long a received message is hidden.
        receives_max: how often a message is handed out before it goes to the dead-letter queue.
        reachable: the dead-letter queues of targets that exist.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        visibility: timedelta = timedelta(seconds=360),
        receives_max: int = 5,
        reachable: Sequence[str] = (),
    ) -> None:
        self.messages: dict[str, Held] = {}
        self.dead: list[DeadLetter] = []
        self.listeners: list[Callable[[Held], None]] = []
        self._clock = clock
        self._visibility = visibility
        self.receives_max = receives_max
        self._reachable = reachable
        self._by_visibility: list[tuple[datetime, str]] = []
        self._hidden: dict[str, datetime] = {}
        self._by_return: list[tuple[datetime, str]] = []
        self._sent = 0

    def send(self, messages: Sequence[QueueRun]) -> Sequence[UnavailableError | None]:
        """Queue each message."""
        for message in messages:
            if not 0 <= message.delay_seconds <= 900:
                raise ValueError(f"DelaySeconds {message.delay_seconds} is not between 0 and 900")
            self.put(message.request.model_dump_json(), timedelta(seconds=message.delay_seconds))
        return [None] * len(messages)

    def put(self, body: str, delay: timedelta) -> Held:
        """Queue a body as it is."""
        self._sent += 1
        now = self._clock.now()
        held = Held(f"m{self._sent}", body, now + delay, now)
        self.messages[held.message_id] = held
        self._await(held)
        return held

    def bury(self, letters: Sequence[DeadLetter]) -> Sequence[UnavailableError | None]:
        """Put each letter on its dead-letter queue; the stack's own if the target's cannot be reached."""
        for letter in letters:
            is_lost = letter.queue_url is not None and letter.queue_url not in self._reachable
            self.dead.append(DeadLetter(letter.body, letter.reason) if is_lost else letter)
        return [None] * len(letters)

    def postpone(self, receipts: Sequence[str], seconds: int) -> None:
        """Make messages visible again after a while."""
        for receipt in receipts:
            if held := self._by_receipt(receipt):
                self._hide(held, self._clock.now() + timedelta(seconds=seconds))

    def receive(self, limit: int = 10) -> list[Held]:
        """Hand out up to `limit` visible messages and hide them; one handed out too often is buried instead."""
        now = self._clock.now()
        handed_out: list[Held] = []
        while self._by_visibility and self._by_visibility[0][0] <= now and len(handed_out) < limit:
            visible_at, message_id = heapq.heappop(self._by_visibility)
            held = self.messages.get(message_id)
            if held is None or held.visible_at != visible_at:
                continue
            if held.receives >= self.receives_max:
                del self.messages[message_id]
                self.dead.append(DeadLetter(held.body, "received too often"))
                continue
            held.receives += 1
            self._hide(held, now + self._visibility)
            handed_out.append(held)
        return handed_out

    def delete(self, receipt: str) -> None:
        """Remove a received message."""
        if held := self._by_receipt(receipt):
            del self.messages[held.message_id]
            self._hidden.pop(held.message_id, None)

    def in_flight(self) -> int:
        """Return how many messages are received, hidden and not deleted."""
        now = self._clock.now()
        while self._by_return and self._by_return[0][0] <= now:
            visible_at, message_id = heapq.heappop(self._by_return)
            if self._hidden.get(message_id) == visible_at:
                del self._hidden[message_id]
        return len(self._hidden)

    def _hide(self, held: Held, until: datetime) -> None:
        held.visible_at = until
        self._hidden[held.message_id] = until
        heapq.heappush(self._by_return, (until, held.message_id))
        self._await(held)

    def _by_receipt(self, receipt: str) -> Held | None:
        held = self.messages.get(receipt.partition(":")[0])
        return held if held is not None and held.receipt == receipt else None

    def _await(self, held: Held) -> None:
        heapq.heappush(self._by_visibility, (held.visible_at, held.message_id))
        for listener in self.listeners:
            listener(held)

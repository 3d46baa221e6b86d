"""The messages of one invocation: what each asks for, and which of them have to come again."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from functions.aws.events import Message, message, record_id_of, records_of
from functions.batch import Batch, BatchResponse
from functions.ports import DeadLetter, Ports, UnavailableError
from functions.telemetry import Count
from schedule_model.direct_requests import direct_request
from schedule_model.dispatching import QueueRun, queue_run
from schedule_model.errors import InvalidRequestError, NewerFormatError
from schedule_model.run_request import RunRequest, parse_request

_FIRST_PAUSE = timedelta(seconds=5)
_LONGEST_PAUSE = timedelta(seconds=900)
NEWER_FORMAT_PATIENCE = timedelta(hours=1)
"""How long a message of a newer version waits for that version to come back before it is buried."""


@dataclass(frozen=True, slots=True)
class Received:
    """A message and the request in it."""

    message: Message
    request: RunRequest

    @property
    def facts(self) -> dict[str, object]:
        """Return what every log line about this message says: which occurrence it is of."""
        return {"target_id": self.request.target_id, "scheduled_at": self.request.run_id}


@dataclass(frozen=True, slots=True)
class Burial:
    """A message that is given up, with the reason and the target's own dead-letter queue, if it has one.

    Attributes:
        request: what it asked for, if it could be read. That is what is buried: what a person wrote may have its name
            from the message's attributes and id, which its letter does not keep.
    """

    dead: Message
    reason: str
    queue_url: str | None = None
    request: RunRequest | None = None

    @property
    def body(self) -> str:
        """Return what the letter says."""
        return self.dead.body if self.request is None else self.request.model_dump_json()


class Inbox:
    """Reads an event's messages, and keeps account of them.

    Args:
        event: as Lambda hands it over for a queue.
        ports: to bury what cannot be read.
    """

    def __init__(self, event: Mapping[str, object], ports: Ports) -> None:
        self._ports = ports
        self._messages: dict[str, Message] = {}
        self._handed_back: set[str] = set()
        self.batch = Batch(ports.telemetry)
        self.received: list[Received] = []
        for record in records_of(event):
            with self.batch.guard(record_id_of(record)):
                self._read(message(record))

    def _read(self, found: Message) -> None:
        self._messages[found.message_id] = found
        try:
            self.received.append(Received(found, _request(found)))
        except InvalidRequestError as error:
            is_young = self._ports.clock.now() - found.sent_at <= NEWER_FORMAT_PATIENCE
            if isinstance(error, NewerFormatError) and is_young:
                self.fail(found, UnavailableError(str(error)))
                return
            self.bury(found, str(error))

    def send_on(self, sent: Iterable[tuple[Received, QueueRun]]) -> None:
        """Queue these in place of what was received; what cannot be queued comes again by itself."""
        pairs = list(sent)
        answers = self._ports.queue.send([run for _, run in pairs])
        for (received, run), failure in zip(pairs, answers, strict=True):
            if failure is not None:
                self.fail(received.message, failure)
                continue
            self._ports.telemetry.count(Count.HOPS)
            self._ports.telemetry.info("sent a run on", **received.facts, delay_seconds=run.delay_seconds)

    def ask_again(self, received: Received, at: datetime) -> None:
        """Have the same request come again at an instant, however far away."""
        request = received.request.later(at)
        self.send_on([(received, queue_run(request, now=self._ports.clock.now()))])

    def bury(self, dead: Message, reason: str, request: RunRequest | None = None) -> None:
        """Put a message on the stack's dead-letter queue; if that fails, it comes again."""
        self.bury_all([Burial(dead, reason, request=request)])

    def bury_all(self, burials: Sequence[Burial]) -> list[bool]:
        """Put messages on dead-letter queues; answer for each whether it is there. If not, it comes again."""
        answers = self._ports.queue.bury([DeadLetter(one.body, one.reason, one.queue_url) for one in burials])
        return [self._is_buried(one, failure) for one, failure in zip(burials, answers, strict=True)]

    def _is_buried(self, burial: Burial, failure: UnavailableError | None) -> bool:
        if failure is not None:
            self.fail(burial.dead, failure)
            return False
        self._ports.telemetry.count(Count.DEAD_LETTERS)
        self._ports.telemetry.warning("buried a message", message_id=burial.dead.message_id, reason=burial.reason)
        return True

    def fail(self, failed: Message, failure: UnavailableError) -> None:
        """Have a message delivered again."""
        self._ports.telemetry.warning("postponed a message", message_id=failed.message_id, error=str(failure))
        self.batch.fail(failed.message_id)

    def hand_back(self) -> None:
        """Have the messages that have failed come again soon, and not after the slowest run of this invocation.

        Each once: with its receipt of this delivery a second time would hide it from whoever has it by then.
        """
        by_pause: dict[int, list[str]] = {}
        for message_id in self.batch.failed:
            found = self._messages.get(message_id)
            if found is not None and message_id not in self._handed_back:
                by_pause.setdefault(_pause_seconds(found.deliveries), []).append(found.receipt)
        self._handed_back.update(self.batch.failed)
        for seconds, receipts in by_pause.items():
            self._ports.queue.postpone(receipts, seconds)

    def close(self) -> BatchResponse:
        """Return what Lambda expects, which deletes the messages that have not failed."""
        self.hand_back()
        return self.batch.response()


def _request(found: Message) -> RunRequest:
    """Read our own form first, which nearly all messages have, then those that people write by hand."""
    if "TargetId" not in found.attributes:
        try:
            return parse_request(found.body)
        except NewerFormatError:
            raise
        except InvalidRequestError as error:
            if by_hand := _by_hand(found):
                return by_hand
            raise error from None
    return _by_hand(found) or parse_request(found.body)


def _by_hand(found: Message) -> RunRequest | None:
    return direct_request(found.body, found.attributes, message_id=found.message_id, sent_at=found.sent_at)


def _pause_seconds(deliveries: int) -> int:
    """Return 5 s after the first delivery, three times as long after each further one, at most 900 s."""
    pause = _FIRST_PAUSE * 3 ** min(deliveries - 1, 10)
    return int(min(pause, _LONGEST_PAUSE).total_seconds())

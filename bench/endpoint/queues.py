"""SQS's operations on queues in memory, with a clock of the bench's own."""

import hashlib
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from bench.endpoint.errors import EndpointError
from bench.endpoint.ledger import Ledger, Units

Asked = Mapping[str, Any]
Answer = dict[str, Any]

_CHUNK_BYTES = 64 * 1024
_BATCH_MAX = 10
_DELAY_MAX = 900


@dataclass(slots=True)
class Message:
    """A message in a queue; `visible_at` in epoch seconds."""

    message_id: str
    body: str
    attributes: Mapping[str, Any]
    visible_at: float
    sent_at: float
    receives: int = 0

    @property
    def receipt(self) -> str:
        """Return the handle of its latest receipt."""
        return f"{self.message_id}:{self.receives}"

    @property
    def size(self) -> int:
        """Return the bytes that count towards SQS's 64 KB."""
        texts = (str(part) for name, one in self.attributes.items() for part in (name, *one.values()))
        return len(self.body.encode()) + sum(len(text.encode()) for text in texts)


@dataclass
class Queues:
    """Answers requests as SQS does, and enters each into the ledger.

    Attributes:
        now: epoch seconds; virtual where the bench's clock is.
        by_name: each queue's messages, by id.
    """

    ledger: Ledger
    now: Callable[[], float]
    by_name: dict[str, dict[str, Message]] = field(default_factory=dict)
    _numbers: "count[int]" = field(default_factory=count)

    def answer(self, operation: str, asked: Asked) -> Answer:
        """Carry out one operation.

        Raises:
            EndpointError: what SQS answers in its place.
        """
        operations: dict[str, Callable[[str, Asked], tuple[Answer, Units]]] = {
            "SendMessage": self._send_one,
            "SendMessageBatch": self._send,
            "ReceiveMessage": self._receive,
            "DeleteMessage": self._delete_one,
            "DeleteMessageBatch": self._delete,
            "ChangeMessageVisibilityBatch": self._postpone,
        }
        if operation == "CreateQueue":
            self.by_name[asked["QueueName"]] = {}
            return {"QueueUrl": f"https://sqs.local/{asked['QueueName']}"}
        name = str(asked["QueueUrl"]).rpartition("/")[2]
        if name not in self.by_name:
            raise EndpointError("AWS.SimpleQueueService.NonExistentQueue", f"there is no queue {name!r}")
        if operation not in operations:
            raise EndpointError("InvalidAction", f"{operation} is not offered by this endpoint")
        if len(asked.get("Entries", ())) > _BATCH_MAX:
            raise EndpointError("AWS.SimpleQueueService.TooManyEntriesInBatchRequest", "at most 10 entries")
        answer, units = operations[operation](name, asked)
        self.ledger.enter(operation, name, units)
        return answer

    def next_visible_at(self, name: str) -> float | None:
        """Return when the next message can be received, None if there is none."""
        return min((message.visible_at for message in self.by_name[name].values()), default=None)

    def _send_one(self, name: str, asked: Asked) -> tuple[Answer, Units]:
        message = self._put(name, asked)
        sent = {"MessageId": message.message_id, "MD5OfMessageBody": _md5(message.body)}
        return sent, _units([message])

    def _send(self, name: str, asked: Asked) -> tuple[Answer, Units]:
        if not asked["Entries"]:
            raise EndpointError("AWS.SimpleQueueService.EmptyBatchRequest", "at least one entry")
        sent, messages = [], []
        for entry in asked["Entries"]:
            message = self._put(name, entry)
            messages.append(message)
            sent.append({"Id": entry["Id"], "MessageId": message.message_id, "MD5OfMessageBody": _md5(message.body)})
        return {"Successful": sent, "Failed": []}, _units(messages)

    def _put(self, name: str, entry: Asked) -> Message:
        delay = entry.get("DelaySeconds", 0)
        if not 0 <= delay <= _DELAY_MAX:
            raise EndpointError("InvalidParameterValue", f"DelaySeconds {delay} must be between 0 and 900")
        now, message_id = self.now(), f"m{next(self._numbers)}"
        message = Message(message_id, entry["MessageBody"], entry.get("MessageAttributes", {}), now + delay, now)
        self.by_name[name][message_id] = message
        return message

    def _receive(self, name: str, asked: Asked) -> tuple[Answer, Units]:
        """Hand out visible messages, the longest visible first; an empty receipt is a request too."""
        now = self.now()
        visible = sorted(
            (message for message in self.by_name[name].values() if message.visible_at <= now),
            key=lambda message: message.visible_at,
        )[: asked.get("MaxNumberOfMessages", 1)]
        for message in visible:
            message.receives += 1
            message.visible_at = now + asked.get("VisibilityTimeout", 30)
        return {"Messages": [_handed_out(message) for message in visible]}, _units(visible)

    def _delete_one(self, name: str, asked: Asked) -> tuple[Answer, Units]:
        self._drop(name, asked["ReceiptHandle"])
        return {}, Units(sqs=1)

    def _delete(self, name: str, asked: Asked) -> tuple[Answer, Units]:
        for entry in asked["Entries"]:
            self._drop(name, entry["ReceiptHandle"])
        done = [{"Id": entry["Id"]} for entry in asked["Entries"]]
        return {"Successful": done, "Failed": []}, Units(sqs=1, items=len(done))

    def _postpone(self, name: str, asked: Asked) -> tuple[Answer, Units]:
        for entry in asked["Entries"]:
            if message := self._received(name, entry["ReceiptHandle"]):
                message.visible_at = self.now() + entry["VisibilityTimeout"]
        done = [{"Id": entry["Id"]} for entry in asked["Entries"]]
        return {"Successful": done, "Failed": []}, Units(sqs=1, items=len(done))

    def _received(self, name: str, receipt: str) -> Message | None:
        message = self.by_name[name].get(receipt.partition(":")[0])
        return message if message and message.receipt == receipt else None

    def _drop(self, name: str, receipt: str) -> None:
        if message := self._received(name, receipt):
            del self.by_name[name][message.message_id]


def _units(messages: list[Message]) -> Units:
    """Return one request for each 64 KB begun, and one for none.

    Source: SQS pricing, "Every 64 KB chunk of a payload is billed as 1 request".
    """
    chunks = math.ceil(sum(message.size for message in messages) / _CHUNK_BYTES)
    return Units(sqs=max(1, chunks), items=len(messages))


def _handed_out(message: Message) -> Answer:
    return {
        "MessageId": message.message_id,
        "ReceiptHandle": message.receipt,
        "Body": message.body,
        "MD5OfBody": _md5(message.body),
        "MessageAttributes": message.attributes,
        "Attributes": {
            "ApproximateReceiveCount": str(message.receives),
            "SentTimestamp": str(int(message.sent_at * 1000)),
        },
    }


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()

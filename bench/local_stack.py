"""The real stack's four entry points on the counting endpoint, in virtual time; AWS's part is played here.

What the event sources do is what template.yaml says: batches of records, FilterCriteria, and a poller that receives up
to ten messages and deletes them once the executor is done.
"""

import io
from collections.abc import Callable, Mapping, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from types import SimpleNamespace
from typing import Any

from bench.calls import Call, duration_s
from bench.endpoint.ledger import Request, total
from bench.endpoint.server import Endpoint
from bench.prices import MEMORY_GB, PLATFORM_LOG_BYTES, Usage

START = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
TTL_IDENTITY = {"type": "Service", "principalId": "dynamodb.amazonaws.com"}
QUEUE, DEAD_LETTERS = "runs", "runs-dead"

Record = dict[str, Any]
Handler = Callable[[Mapping[str, object], object], Any]


class VirtualClock:
    """Shows the instant it was set to; waiting moves it.

    Attributes:
        waited_s: by how much waiting has moved it.
    """

    def __init__(self, at: datetime = START) -> None:
        self.at = at
        self.waited_s = 0.0

    def now(self) -> datetime:
        """Return the instant it shows."""
        return self.at

    def seconds(self) -> float:
        """Return the same in epoch seconds."""
        return self.at.timestamp()

    def wait_until(self, instant: datetime) -> None:
        """Move on to `instant`, never back."""
        self.waited_s += max(0.0, (instant - self.at).total_seconds())
        self.at = max(self.at, instant)


class CountingStream(io.TextIOBase):
    """Counts the bytes that are logged, and keeps none."""

    bytes = 0

    def write(self, text: str) -> int:
        """Count a text."""
        self.bytes += len(text.encode())
        return len(text)


@dataclass(frozen=True, slots=True)
class Invocation:
    """One invocation of a function, and all that it is billed for.

    Attributes:
        answer: what the handler returned.
        requests: what it asked of the endpoint, with units.
        calls: the boto3 calls by which it did.
        log_bytes: what it logged, Lambda's own lines included.
    """

    function: str
    answer: Any
    requests: Sequence[Request]
    calls: Sequence[Call]
    log_bytes: int

    def usage(self, *, overlapped: bool = True) -> Usage:
        """Return what it used."""
        units = total(self.requests)
        return Usage(
            wru=units.wru,
            rru=units.rru,
            sqs=units.sqs,
            lambda_requests=1,
            gb_seconds=duration_s(self.calls, overlapped=overlapped) * MEMORY_GB,
            log_bytes=self.log_bytes,
        )


@dataclass
class LocalStack:
    """The tables, the queue and the handlers.

    Attributes:
        invocations: all since they were last taken.
        polls: the requests that event sources made, since they were last taken.
        on_call: told of every call before it is made.
        timer_records: changes of timers that the dispatcher has not been told of yet; those of targets likewise.
    """

    endpoint: Endpoint
    clock: VirtualClock
    handlers: dict[str, Handler] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    on_call: Callable[[Call], None] | None = None
    log: CountingStream = field(default_factory=CountingStream)
    invocations: list[Invocation] = field(default_factory=list)
    polls: list[Request] = field(default_factory=list)
    timer_records: list[Record] = field(default_factory=list)
    target_records: list[Record] = field(default_factory=list)
    _is_ttl: bool = False
    _numbers: "count[int]" = field(default_factory=lambda: count(10**20))

    def invoke(self, function: str, event: Mapping[str, object]) -> Any:
        """Call an entry point as Lambda does, and keep account of it."""
        self.endpoint.ledger.take()
        self.calls.clear()
        self.log.bytes = PLATFORM_LOG_BYTES
        context = SimpleNamespace(function_name=function, aws_request_id="8f507cfc-xmpl-4697-b07a-ac58fc914c95")
        with redirect_stdout(self.log):
            answer = self.handlers[function](event, context)
        requests = self.endpoint.ledger.take()
        self.invocations.append(Invocation(function, answer, requests, list(self.calls), self.log.bytes))
        return answer

    def enter(self, call: Call) -> None:
        """Keep account of a call."""
        self.calls.append(call)
        if self.on_call is not None:
            self.on_call(call)

    def ask(self, target: str, **asked: Any) -> dict[str, Any]:
        """Make a request of an event source's or a user's own, and keep account of it."""
        self.endpoint.ledger.take()
        answer = self.endpoint.answer(target, asked)
        self.polls.extend(self.endpoint.ledger.take())
        return answer

    def put_target(self, item: Mapping[str, Any]) -> None:
        """Write a target, in typed values."""
        self.ask("DynamoDB_20120810.PutItem", TableName="targets", Item=dict(item))

    def plan_all(self) -> None:
        """Tell the planner of the targets that changed, until there is no more to tell."""
        while records := _take(self.target_records, 100):
            self._succeed("planner", records)

    def dispatch_all(self, batch: int) -> None:
        """Tell the dispatcher of the timers that changed and that its filter lets through."""
        wanted = [record for record in _take(self.timer_records, None) if _passes_filter(record)]
        while records := _take(wanted, batch):
            self._succeed("dispatcher", records)

    def expire(self, keys: Sequence[tuple[str, str]]) -> None:
        """Let TTL remove these timers, which costs nothing."""
        self._is_ttl = True
        for key in keys:
            self.endpoint.database.table("timers").write(key, None, is_billed=False)
        self._is_ttl = False

    def receive(self, batch: int) -> list[Record]:
        """Poll the run queue, and return the records that Lambda makes of its messages."""
        asked = {"QueueUrl": f"/{QUEUE}", "MaxNumberOfMessages": batch, "VisibilityTimeout": 360}
        answer = self.ask("AmazonSQS.ReceiveMessage", **asked)
        return [_sqs_record(message) for message in answer["Messages"]]

    def execute(self, records: Sequence[Record], *, is_deleted: bool = True) -> None:
        """Hand messages to the executor, and take them off the queue."""
        self._succeed("executor", records)
        if is_deleted:
            entries = [{"Id": str(place), "ReceiptHandle": one["receiptHandle"]} for place, one in enumerate(records)]
            self.ask("AmazonSQS.DeleteMessageBatch", QueueUrl=f"/{QUEUE}", Entries=entries)

    def take_usage(self, *, overlapped: bool = True) -> Usage:
        """Return what all invocations and polls since the last time used, in sum."""
        units = total(self.polls)
        used = Usage(wru=units.wru, rru=units.rru, sqs=units.sqs)
        for invocation in self.invocations:
            used += invocation.usage(overlapped=overlapped)
        return used

    def clear(self) -> None:
        """Empty every table and queue, and begin a new account."""
        for table in self.endpoint.database.tables.values():
            table.clear()
        for messages in self.endpoint.queues.by_name.values():
            messages.clear()
        self.timer_records.clear()
        self.target_records.clear()
        self.forget_usage()

    def forget_usage(self) -> None:
        """Begin a new account."""
        self.invocations.clear()
        self.polls.clear()

    def heard(self, records: list[Record], keys: Sequence[str]) -> Callable[[Record | None, Record | None], None]:
        """Return a listener that makes a stream's records of a table's changes."""

        def hear(old: Record | None, new: Record | None) -> None:
            image = new or old or {}
            content: Record = {
                "ApproximateCreationDateTime": int(self.clock.at.timestamp()),
                "Keys": {name: image[name] for name in keys},
                "SequenceNumber": str(next(self._numbers)),
            }
            content |= {"OldImage": old} if old else {}
            content |= {"NewImage": new} if new else {}
            name = "INSERT" if old is None else "REMOVE" if new is None else "MODIFY"
            record: Record = {"eventName": name, "eventSource": "aws:dynamodb", "dynamodb": content}
            records.append(record | ({"userIdentity": TTL_IDENTITY} if self._is_ttl else {}))

        return hear

    def _succeed(self, function: str, records: Sequence[Record]) -> None:
        answer = self.invoke(function, {"Records": list(records)})
        assert answer == {"batchItemFailures": []}, answer


def _passes_filter(record: Record) -> bool:
    """Return whether template.yaml's FilterCriteria let a record through to the dispatcher."""
    content = record["dynamodb"]
    if "NewImage" in content:
        return bool(content["NewImage"].get("near") == {"BOOL": True})
    return "userIdentity" in record and bool(content["OldImage"].get("near") == {"BOOL": False})


def _take(records: list[Record], limit: int | None) -> list[Record]:
    taken = records[:limit]
    del records[:limit]
    return taken


def _sqs_record(message: Record) -> Record:
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": message["Attributes"],
        "messageAttributes": {},
        "md5OfBody": message["MD5OfBody"],
        "eventSource": "aws:sqs",
        "eventSourceARN": f"arn:aws:sqs:us-east-1:123456789012:{QUEUE}",
        "awsRegion": "us-east-1",
    }

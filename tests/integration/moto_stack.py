"""The deployed stack, without Lambda: the template's tables and queues on moto, its four real entry points, our clock.

Whatever the handlers do to AWS goes through boto3. Time and the event sources are played by this file, which for that
looks into moto itself: its tables' streams, and when a message becomes visible.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from types import SimpleNamespace
from typing import Any

import boto3
import moto.sqs.models
import pytest
from moto import mock_aws
from moto.core.models import DEFAULT_ACCOUNT_ID as ACCOUNT
from moto.dynamodb.models import dynamodb_backends
from moto.sqs.models import sqs_backends

from functions.api.app import lambda_handler as api
from functions.aws import user_wiring, wiring
from functions.aws.items import decode_item, encode_item
from functions.dispatcher.app import lambda_handler as dispatcher
from functions.executor.app import lambda_handler as executor
from functions.planner.app import lambda_handler as planner
from functions.sweeper.app import lambda_handler as sweeper
from tests.contract import partiql
from tests.contract.template import create_table
from tests.integration.call_log import CallLog

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
REGION = "eu-central-1"
MOMENT = timedelta(milliseconds=1)
TTL_IDENTITY = {"type": "Service", "principalId": "dynamodb.amazonaws.com"}

Item = dict[str, Any]
Record = dict[str, Any]


class SettableClock:
    """Stands still until a test or a waiting runner moves it."""

    def __init__(self) -> None:
        self.at = NOON

    def now(self) -> datetime:
        return self.at

    def wait_until(self, instant: datetime) -> None:
        self.at = max(self.at, instant)


@dataclass
class Stack:
    """The tables and queues, what happened to them since the handlers last heard of it, and the four handlers."""

    clock: SettableClock
    dynamodb: Any
    sqs: Any
    queue_url: str
    dead_letter_queue_url: str
    target_records: list[Record] = field(default_factory=list)
    timer_records: list[Record] = field(default_factory=list)
    ttl_works: bool = True
    calls: CallLog = field(default_factory=CallLog)
    _heard: dict[str, int] = field(default_factory=lambda: {"targets": 0, "timers": 0})

    # What a user does.

    def write(self, item: Item) -> None:
        """Write a whole target item, given in plain values."""
        self.write_typed(encode_item(item))

    def write_typed(self, typed: Item) -> None:
        self.dynamodb.put_item(TableName="targets", Item=typed)
        self._hear()

    def edit(self, target_id: str, **fields: object) -> None:
        """Set some fields of a target, as `update-item` does."""
        names = {f"#n{place}": name for place, name in enumerate(fields)}
        values = {f":v{place}": value for place, value in enumerate(fields.values())}
        self.dynamodb.update_item(
            TableName="targets",
            Key={"id": {"S": target_id}},
            UpdateExpression="SET " + ", ".join(f"#n{place} = :v{place}" for place in range(len(fields))),
            ExpressionAttributeNames=names,
            ExpressionAttributeValues=encode_item(values),
        )
        self._hear()

    def delete(self, target_id: str) -> None:
        self.dynamodb.delete_item(TableName="targets", Key={"id": {"S": target_id}})
        self._hear()

    def send(self, body: str, attributes: Mapping[str, str] | None = None) -> None:
        """Put a message on the run queue."""
        typed = {name: {"DataType": "String", "StringValue": text} for name, text in (attributes or {}).items()}
        self.sqs.send_message(QueueUrl=self.queue_url, MessageBody=body, MessageAttributes=typed)

    # What a user sees.

    def target(self, target_id: str) -> Item:
        typed = self.dynamodb.get_item(TableName="targets", Key={"id": {"S": target_id}}).get("Item", {})
        return dict(decode_item(typed))

    def plan(self, target_id: str) -> Item:
        plan: Item = self.target(target_id).get("plan", {})
        return plan

    def rows(self, table: str) -> list[Item]:
        """Return a table's rows in plain values, the timers in the order in which they are due."""
        typed = self.dynamodb.scan(TableName=table)["Items"]
        rows = [dict(decode_item(row)) for row in typed if row.get("slot") != {"S": "sweeper"}]
        return sorted(rows, key=lambda row: (str(row.get("due_at", "")), str(row.get("scheduled_at", ""))))

    def runs(self, target_id: str | None = None) -> list[Item]:
        """Return the rows of runs, without those that keep a target's runs apart."""
        return [row for row in self.rows("runs") if target_id in (None, row["target_id"]) and "token" not in row]

    def timers(self) -> list[Item]:
        return self.rows("timers")

    def dead_letters(self, url: str | None = None) -> list[tuple[str, str]]:
        """Return body and reason of each letter, and take it."""
        found = []
        for message in self._received(url or self.dead_letter_queue_url):
            found.append((message["Body"], message["MessageAttributes"]["reason"]["StringValue"]))
            self.sqs.delete_message(QueueUrl=url or self.dead_letter_queue_url, ReceiptHandle=message["ReceiptHandle"])
        return found

    def waiting(self) -> int:
        """Return how many messages are on the run queue, visible or not."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesDelayed"]
        names += ["ApproximateNumberOfMessagesNotVisible"]
        attributes = self.sqs.get_queue_attributes(QueueUrl=self.queue_url, AttributeNames=names)["Attributes"]
        return sum(int(number) for number in attributes.values())

    # What AWS does.

    def plan_all(self) -> None:
        """Hand the planner what happened to the targets, and what it does to them itself, until there is no more."""
        while records := self.take(self.target_records):
            assert self.call(planner, {"Records": records}) == {"batchItemFailures": []}

    def dispatch_all(self) -> None:
        """Hand the dispatcher what happened to the timers."""
        while records := self.take(self.timer_records):
            assert self.call(dispatcher, {"Records": records}) == {"batchItemFailures": []}

    def expire(self) -> None:
        """Let TTL remove every timer whose time is over, without any lag."""
        for row in self.timers() if self.ttl_works else ():
            if row["expires_at"] <= self.clock.at.timestamp():
                key = {"slot": {"S": row["slot"]}, "timer_id": {"S": row["timer_id"]}}
                self.dynamodb.delete_item(TableName="timers", Key=key)
                self._hear(userIdentity=TTL_IDENTITY)

    def sweep(self) -> Mapping[str, int]:
        """Let the minute's tick come."""
        report: Mapping[str, int] = self.call(sweeper, {"source": "aws.events", "detail-type": "Scheduled Event"})
        return report

    def receive(self) -> list[Record]:
        """Return up to ten visible messages as the records that Lambda makes of them."""
        return [sqs_record(message) for message in self._received(self.queue_url)]

    def execute_all(self) -> None:
        """Hand the executor batches of visible messages until there are none; a failed one stays on the queue."""
        while records := self.receive():
            response = self.call(executor, {"Records": records})
            failed = {failure["itemIdentifier"] for failure in response["batchItemFailures"]}
            self.forget(record for record in records if record["messageId"] not in failed)

    def forget(self, records: Iterator[Record] | list[Record]) -> None:
        """Take messages that were handled off the queue."""
        for record in records:
            self.sqs.delete_message(QueueUrl=self.queue_url, ReceiptHandle=record["receiptHandle"])

    def turn(self) -> None:
        """Let everything happen that happens now."""
        heard = None
        while heard != self._heard:
            heard = dict(self._heard)
            self.plan_all()
            self.expire()
            self.dispatch_all()
            self.execute_all()

    def go_on_until(self, instant: datetime) -> None:
        """Let time pass, with everything that happens meanwhile."""
        self.turn()
        while self.clock.at < instant:
            self.clock.at = min(max(self._next_at(), self.clock.at + MOMENT), instant)
            self.turn()

    def _next_at(self) -> datetime:
        """Return when the next message becomes visible or the next timer expires."""
        messages = sqs_backends[ACCOUNT][REGION].queues["runs"]._messages
        moments = [max(message.delayed_until, message.visible_at + 1) / 1000 for message in messages]
        moments += [float(row["expires_at"]) for row in self.timers() if self.ttl_works]
        return datetime.fromtimestamp(min(moments), UTC) if moments else datetime.max.replace(tzinfo=UTC)

    def call(self, handler: Callable[[Any, Any], Any], event: Record) -> Any:
        """Call an entry point as Lambda does, under its role, and note what it does to the tables."""
        try:
            with self.calls.acting(_STEPS.get(handler)):
                return handler(event, SimpleNamespace(function_name="test", aws_request_id="1"))
        finally:
            self._hear()

    @staticmethod
    def take(records: list[Record]) -> list[Record]:
        taken, records[:] = list(records), []
        return taken

    def _received(self, url: str) -> list[Any]:
        answer = self.sqs.receive_message(
            QueueUrl=url,
            MaxNumberOfMessages=10,
            VisibilityTimeout=360,
            MessageAttributeNames=["All"],
            AttributeNames=["All"],
        )
        messages: list[Any] = answer.get("Messages", [])
        return messages

    def _hear(self, **identity: object) -> None:
        """Take what moto's streams have to say that was not heard yet."""
        for table, records in (("targets", self.target_records), ("timers", self.timer_records)):
            written = dynamodb_backends[ACCOUNT][REGION].tables[table].stream_shard.items
            made = [stream_record(table, one.to_json(), self.clock.at) for one in written[self._heard[table] :]]
            self._heard[table] = len(written)
            records.extend(one | identity for one in made if not _is_unchanged(one))


def _is_unchanged(record: Record) -> bool:
    return bool(record["dynamodb"].get("OldImage") == record["dynamodb"].get("NewImage"))


def stream_record(table: str, written: Record, at: datetime) -> Record:
    """Return moto's record as Lambda hands over a table's."""
    content = {"ApproximateCreationDateTime": int(at.timestamp())}
    return written | {
        "eventVersion": "1.1",
        "awsRegion": REGION,
        "dynamodb": written["dynamodb"] | content,
        "eventSourceARN": f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{table}/stream/2026-11-20T00:00:00.000",
    }


def sqs_record(message: Item) -> Record:
    """Return a received message as Lambda hands it over."""
    attributes = {
        name: {"stringValue": attribute["StringValue"], "dataType": attribute["DataType"]}
        for name, attribute in message.get("MessageAttributes", {}).items()
    }
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": message["Attributes"],
        "messageAttributes": attributes,
        "md5OfBody": message["MD5OfBody"],
        "eventSource": "aws:sqs",
        "eventSourceARN": f"arn:aws:sqs:{REGION}:{ACCOUNT}:runs",
        "awsRegion": REGION,
    }


@cache
def client(service: str, region: str = REGION) -> Any:
    """Return a client as the functions have it, made once for all tests since that takes a while."""
    return boto3.client(service, region_name=region)


@contextmanager
def moto_stack(patch: pytest.MonkeyPatch) -> Iterator[Stack]:
    """Make a stack in moto whose time is the test's, and point this process's ports to it."""
    clock = SettableClock()
    partiql.install()
    for name, value in _ENVIRONMENT.items():
        patch.setenv(name, value)
    patch.setattr(wiring, "SystemClock", lambda: clock)
    patch.setattr(wiring, "client", client)
    patch.setattr(user_wiring, "client", lambda service, _settings: client(service))
    patch.setattr(moto.sqs.models, "unix_time_millis", lambda: clock.at.timestamp() * 1000)
    patch.setattr(moto.sqs.models, "unix_time", clock.at.timestamp)
    with mock_aws():
        dynamodb, sqs = client("dynamodb"), client("sqs")
        for logical_id, name in (("TargetsTable", "targets"), ("TimersTable", "timers"), ("RunsTable", "runs")):
            create_table(dynamodb, logical_id, name)
        urls = [sqs.create_queue(QueueName=name)["QueueUrl"] for name in ("runs", "runs-dead")]
        patch.setenv("RUN_QUEUE_URL", urls[0])
        patch.setenv("RUN_DEAD_LETTER_QUEUE_URL", urls[1])
        create_table(dynamodb, "IdempotencyTable", "keys")
        _forget_ports()
        made = Stack(clock, dynamodb, sqs, *urls)
        with _listening(made.calls, dynamodb, sqs):
            yield made
    _forget_ports()
    assert not made.calls.lacking, f"calls that AWS would refuse: {made.calls.lacking}"


@contextmanager
def _listening(calls: CallLog, *clients: Any) -> Iterator[None]:
    for each in clients:
        each.meta.events.register("provide-client-params", calls.hear)
    try:
        yield
    finally:
        for each in clients:
            each.meta.events.unregister("provide-client-params", calls.hear)


_STEPS: dict[Callable[[Any, Any], Any], str] = {
    planner: "planner",
    dispatcher: "dispatcher",
    sweeper: "sweeper",
    executor: "executor",
    api: "api",
}


def _forget_ports() -> None:
    wiring.ports.cache_clear()
    user_wiring.user_ports.cache_clear()


_ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_DEFAULT_REGION": REGION,
    "AWS_REGION": REGION,
    "TARGETS_TABLE": "targets",
    "TIMERS_TABLE": "timers",
    "RUNS_TABLE": "runs",
    "IDEMPOTENCY_TABLE": "keys",
    "SHARDS": "2",
    "LOG_LEVEL": "CRITICAL",
}

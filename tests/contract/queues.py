"""Run queues together with the means to look into them."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.sqs.models import sqs_backends

from bench.endpoint.queues import Queues
from functions.ports import RunQueue
from tests.simulation.memory import MemoryRunQueue, VirtualClock


class QueueUnderTest(Protocol):
    """A run queue and what a test wants to know of it."""

    own_url: str

    @property
    def port(self) -> RunQueue:
        """Return the queue itself."""
        ...

    def held(self) -> Mapping[str, int]:
        """Return the delay in seconds of every waiting message, by the target id in its body."""
        ...

    def receive(self) -> list[str]:
        """Hand out the visible messages, and return their receipts."""
        ...

    def buried(self, url: str | None = None) -> list[tuple[str, str]]:
        """Return body and reason of each letter on a dead-letter queue; None for the stack's."""
        ...


class InMemoryQueue:
    """The queue of the simulation."""

    own_url = "https://sqs/own"

    def __init__(self) -> None:
        self._clock = VirtualClock()
        self._queue = MemoryRunQueue(self._clock, reachable=[self.own_url])

    @property
    def port(self) -> RunQueue:
        """Return the queue itself."""
        return self._queue

    def held(self) -> Mapping[str, int]:
        """Return the delays by target id."""
        now = self._clock.now()
        return {_target_id(one.body): _seconds(now, one.visible_at) for one in self._queue.messages.values()}

    def receive(self) -> list[str]:
        """Return the receipts of what is visible."""
        return [held.receipt for held in self._queue.receive()]

    def buried(self, url: str | None = None) -> list[tuple[str, str]]:
        """Return the letters on one queue."""
        return [(letter.body, letter.reason) for letter in self._queue.dead if letter.queue_url == url]


class AwsQueue:
    """The adapter, on moto's queues."""

    def __init__(self, client: Any, port: RunQueue, queue_url: str, dead_url: str, own_url: str) -> None:
        self._client = client
        self._port = port
        self._queue_url, self._dead_url, self.own_url = queue_url, dead_url, own_url

    @property
    def port(self) -> RunQueue:
        """Return the queue itself."""
        return self._port

    def held(self) -> Mapping[str, int]:
        """Return the delays by target id, which only moto's own model shows."""
        name = self._queue_url.rpartition("/")[2]
        messages = sqs_backends[DEFAULT_ACCOUNT_ID]["eu-central-1"].queues[name]._messages
        return {
            _target_id(one.body): max(0, round((one.delayed_until - (one.sent_timestamp or 0)) / 1000))
            for one in messages
        }

    def receive(self) -> list[str]:
        """Return the receipts of what is visible."""
        answer = self._client.receive_message(QueueUrl=self._queue_url, MaxNumberOfMessages=10, VisibilityTimeout=600)
        return [one["ReceiptHandle"] for one in answer.get("Messages", ())]

    def buried(self, url: str | None = None) -> list[tuple[str, str]]:
        """Return the letters on one queue."""
        answer = self._client.receive_message(
            QueueUrl=url or self._dead_url, MaxNumberOfMessages=10, MessageAttributeNames=["All"]
        )
        letters = answer.get("Messages", ())
        return [(one["Body"], one["MessageAttributes"]["reason"]["StringValue"]) for one in letters]


class EndpointQueue(AwsQueue):
    """The adapter, on the queues of the benches' endpoint."""

    def __init__(
        self, client: Any, port: RunQueue, queue_url: str, dead_url: str, own_url: str, *, queues: Queues
    ) -> None:
        super().__init__(client, port, queue_url, dead_url, own_url)
        self._messages = queues.by_name[queue_url.rpartition("/")[2]]

    def held(self) -> Mapping[str, int]:
        """Return the delays by target id."""
        return {_target_id(one.body): round(one.visible_at - one.sent_at) for one in self._messages.values()}


def _target_id(body: str) -> str:
    return str(json.loads(body)["target_id"])


def _seconds(now: datetime, then: datetime) -> int:
    return round((then - now).total_seconds())

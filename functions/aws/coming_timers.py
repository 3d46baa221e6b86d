"""The Timers table and the run queue, as users see them: what runs soon."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from functions.aws.concurrently import concurrently
from functions.aws.failures import named_failures
from functions.aws.items import decode_item
from functions.aws.rows import timer_of
from schedule_model.timer import Timer


class DynamoComingTimers:
    """Reads timers, near ones included.

    Args:
        client: boto3's DynamoDB client.
        table: the table's name.
    """

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def in_slots(self, slots: Sequence[str]) -> Sequence[Timer]:
        """Return all timers of these slots, one query each, several at once."""
        return [timer for found in concurrently(self._in_slot, slots) for timer in found]

    def _in_slot(self, slot: str) -> Sequence[Timer]:
        timers: list[Timer] = []
        start: dict[str, Any] = {}
        while True:
            with named_failures():
                page = self._client.query(
                    TableName=self._table,
                    KeyConditionExpression="slot = :slot",
                    ExpressionAttributeValues={":slot": {"S": slot}},
                    **start,
                )
            for row in page["Items"]:
                # What is no timer brings no run, as for the sweeper.
                with suppress(ValueError):
                    timers.append(timer_of(decode_item(row)))
            if not page.get("LastEvaluatedKey"):
                return timers
            start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}


class SqsQueueDepth:
    """Asks how much is on the run queue.

    Args:
        client: boto3's SQS client.
        queue_url: the run queue.
    """

    def __init__(self, client: Any, queue_url: str) -> None:
        self._client = client
        self._queue_url = queue_url

    def delayed(self) -> int:
        """Return about how many runs wait on the queue for their second."""
        name = "ApproximateNumberOfMessagesDelayed"
        with named_failures():
            answer = self._client.get_queue_attributes(QueueUrl=self._queue_url, AttributeNames=[name])
        return int(answer["Attributes"][name])

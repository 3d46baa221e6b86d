"""What a user would build instead, as handlers that really make their requests against the same endpoint.

Each records a claim and a result per run, as ours does, and logs one line about it.
"""

import json
import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3

from bench.endpoint.table import Index, Table
from bench.local_stack import QUEUE, LocalStack
from bench.prices import Usage

_TRANSITIONS = 3
"""Start, Wait and Task. Source: Step Functions pricing (each step of a workflow, its start included)."""
_HOLD_S = 900
_DAY_S = 86_400
Run = Mapping[str, Any]


class Alternatives:
    """The handlers of the alternatives, on a stack's endpoint and clock.

    Args:
        stack: whose Runs table and queue they use.
    """

    def __init__(self, stack: LocalStack) -> None:
        self._stack = stack
        self._dynamodb, self._sqs = boto3.client("dynamodb"), boto3.client("sqs")
        self._step_functions = boto3.client("stepfunctions")
        due = Table(("id",), {"by_minute": Index(("due_minute", "due_at"), None)})
        stack.endpoint.database.tables["schedules"] = due
        stack.handlers |= {
            "direct": self._direct,
            "delayer": self._delay,
            "consumer": self._consume,
            "chain": self._chain,
            "starter": self._start_due,
        }

    def scheduler_by_the_minute(self, *, runs: int) -> Usage:
        """Let EventBridge Scheduler invoke a function for each run, within a minute of its time."""
        self._stack.clear()
        for run in self._runs(runs):
            self._stack.invoke("direct", run)
        return self._used(runs, Usage(scheduler=1))

    def scheduler_to_the_second(self, *, runs: int, batch: int) -> Usage:
        """Let Scheduler invoke a function a minute ahead, which holds the run in SQS for the rest."""
        self._stack.clear()
        due = self._runs(runs)
        for run in due:
            self._stack.invoke("delayer", run)
        self._stack.clock.at += timedelta(seconds=60)
        while records := self._stack.receive(batch):
            self._finish("consumer", records)
        return self._used(runs, Usage(scheduler=1))

    def delay_chain(self, *, batch: int) -> Usage:
        """Send a message round the queue, 900 s at a time, until its run a day later is due."""
        self._stack.clear()
        end = (self._stack.clock.at + timedelta(seconds=_DAY_S)).isoformat()
        self._finish("chain", [{"body": json.dumps(run | {"due_at": end})} for run in self._runs(batch)])
        self._stack.forget_usage()
        while (at := self._stack.endpoint.queues.next_visible_at(QUEUE)) is not None and at < _epoch(end) + 1:
            self._stack.clock.wait_until(datetime.fromtimestamp(at, UTC))
            self._finish("chain", self._stack.receive(batch))
        return self._used(batch, Usage())

    def cron_and_step_functions(self, *, batch: int) -> Usage:
        """Read an index of what is due every minute, and start a workflow for each that waits and runs."""
        self._stack.clear()
        for run in self._runs(batch):
            item = {"id": {"S": run["target_id"]}} | _due(self._stack.clock.at)
            self._stack.ask("DynamoDB_20120810.PutItem", TableName="schedules", Item=item)
        self._stack.forget_usage()
        self._stack.invoke("starter", {})
        for run in self._runs(batch):
            self._stack.invoke("direct", run)
        return self._used(batch, Usage(transitions=_TRANSITIONS))

    def _used(self, runs: int, each: Usage) -> Usage:
        done = len(self._stack.endpoint.database.table("runs"))
        assert done == runs, f"{done} of {runs} runs"
        return self._stack.take_usage() * (1 / runs) + each

    def _runs(self, count: int) -> list[dict[str, Any]]:
        at = (self._stack.clock.at + timedelta(seconds=60)).isoformat()
        return [{"target_id": f"target-{number:04d}", "due_at": at, "message": "hello"} for number in range(count)]

    def _finish(self, function: str, records: Sequence[Run]) -> None:
        self._stack.invoke(function, {"Records": list(records)})
        if "receiptHandle" in records[0]:
            entries = [{"Id": str(place), "ReceiptHandle": one["receiptHandle"]} for place, one in enumerate(records)]
            self._stack.ask("AmazonSQS.DeleteMessageBatch", QueueUrl=f"/{QUEUE}", Entries=entries)

    def _direct(self, event: Run, _: object) -> None:
        self._carry_out(event)

    def _delay(self, event: Run, _: object) -> None:
        left = math.ceil(_epoch(event["due_at"]) - self._stack.clock.seconds())
        self._sqs.send_message(QueueUrl=self._url, MessageBody=json.dumps(event), DelaySeconds=left)

    def _consume(self, event: Run, _: object) -> None:
        for record in event["Records"]:
            self._carry_out(json.loads(record["body"]))

    def _chain(self, event: Run, _: object) -> None:
        now = self._stack.clock.seconds()
        entries = []
        for place, record in enumerate(event["Records"]):
            run = json.loads(record["body"])
            if (left := math.ceil(_epoch(run["due_at"]) - now)) > 0:
                delay = min(_HOLD_S, left)
                entries.append({"Id": str(place), "MessageBody": record["body"], "DelaySeconds": delay})
            else:
                self._carry_out(run)
        if entries:
            self._sqs.send_message_batch(QueueUrl=self._url, Entries=entries)

    def _start_due(self, _: Run, __: object) -> None:
        """Read this minute's schedules, start each, and move it on to its next minute."""
        now = self._stack.clock.at
        page = self._dynamodb.query(
            TableName="schedules",
            IndexName="by_minute",
            KeyConditionExpression="due_minute = :minute",
            ExpressionAttributeValues={":minute": _due(now)["due_minute"]},
        )
        following = _due(now + timedelta(seconds=_DAY_S))
        for item in page["Items"]:
            arn = "arn:aws:states:us-east-1:123456789012:stateMachine:run"
            self._step_functions.start_execution(stateMachineArn=arn, input=json.dumps({"id": item["id"]["S"]}))
            self._dynamodb.put_item(TableName="schedules", Item=item | following)

    def _carry_out(self, run: Run) -> None:
        """Claim the run, do nothing much, record the result."""
        key = {"target_id": {"S": run["target_id"]}, "scheduled_at": {"S": run["due_at"]}}
        started = {"status": {"S": "IN_PROGRESS"}, "started_at": {"S": self._stack.clock.at.isoformat()}}
        self._dynamodb.put_item(
            TableName="runs", Item=key | started, ConditionExpression="attribute_not_exists(target_id)"
        )
        self._dynamodb.update_item(
            TableName="runs",
            Key=key,
            UpdateExpression="SET #status = :status, finished_at = :at, output = :output",
            ExpressionAttributeNames={"#status": "status"},
            ExpressionAttributeValues={
                ":status": {"S": "COMPLETED"},
                ":at": {"S": self._stack.clock.at.isoformat()},
                ":output": {"S": run["message"]},
            },
        )
        line = {"level": "INFO", "message": "recorded a run", "service": "alternative", "outcome": "COMPLETED"}
        print(json.dumps(line | {"target_id": run["target_id"], "scheduled_at": run["due_at"]}))

    @property
    def _url(self) -> str:
        return f"https://sqs.local/{QUEUE}"


def _due(at: datetime) -> dict[str, dict[str, str]]:
    return {"due_minute": {"S": at.strftime("%Y-%m-%dT%H:%M")}, "due_at": {"S": at.isoformat()}}


def _epoch(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()

"""Examines a stack: asks AWS and has the answers judged."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import partial
from typing import Any

from functions.aws.timers import DynamoTimers
from hourglass import findings
from hourglass.connection import Connection
from hourglass.errors import NoStackError, RefusedError, answered
from hourglass.findings import Finding, Level
from schedule_model.clock import Clock

_AGE_PERIOD = timedelta(minutes=10)
_SOURCES = {"planner": "PlannerFunction", "dispatcher": "DispatcherFunction", "executor": "ExecutorFunction"}


class Doctor:
    """Looks at each part of a stack; changes nothing. About 15 calls and 1.5 RRU, whatever the stack's size.

    Args:
        connection: to the stack.
        clock: this machine's.
    """

    def __init__(self, connection: Connection, clock: Clock) -> None:
        self._connection = connection
        self._clock = clock
        self._stack = connection.stack

    def examine(self) -> Iterator[Finding]:
        """Yield what is found, part by part; a part that cannot be looked at is unknown, and the others go on."""
        yield from self._look("clock", self._clock_skew)
        for name in ("Targets", "Timers"):
            yield from self._look(f"{name} stream", partial(self._stream, name))
        yield from self._look("Timers TTL", lambda: self._ttl("Timers", "expires_at"))
        yield from self._look("Runs TTL", lambda: self._ttl("Runs", "delete_at"))
        for step in _SOURCES:
            yield from self._look(f"{step} source", partial(self._source, step))
        yield from self._look("sweeper", self._sweeper)
        yield from self._look("reconcile", self._reconcile)
        yield from self._look("run queue", self._queue)
        yield from self._look("dead letters", self._dead_letters)
        yield from self._look("stream failures", self._stream_failures)

    def _look(self, name: str, examine: Callable[[], Finding]) -> Iterator[Finding]:
        try:
            yield examine()
        except (RefusedError, NoStackError) as error:
            yield Finding(name, Level.UNKNOWN, str(error))

    def _clock_skew(self) -> Finding:
        table = self._stack.output("TargetsTable")
        with answered():
            answer = self._connection.client("dynamodb").describe_table(TableName=table)
        date = answer["ResponseMetadata"].get("HTTPHeaders", {}).get("date")
        return findings.clock_skew(self._clock.now(), parsedate_to_datetime(date).astimezone(UTC) if date else None)

    def _stream(self, name: str) -> Finding:
        with answered():
            answer = self._connection.client("dynamodb").describe_table(TableName=self._stack.output(f"{name}Table"))
        return findings.stream(f"{name} stream", answer["Table"])

    def _ttl(self, name: str, attribute: str) -> Finding:
        with answered():
            answer = self._connection.client("dynamodb").describe_time_to_live(
                TableName=self._stack.output(f"{name}Table")
            )
        return findings.ttl(f"{name} TTL", answer["TimeToLiveDescription"], attribute)

    def _source(self, step: str) -> Finding:
        function = self._stack.output(_SOURCES[step])
        with answered():
            answer = self._connection.client("lambda").list_event_source_mappings(FunctionName=function)
        mappings = answer["EventSourceMappings"]
        return findings.source(f"{step} source", mappings, is_filtered=step == "dispatcher")

    def _timers(self) -> DynamoTimers:
        return DynamoTimers(self._connection.client("dynamodb"), self._stack.output("TimersTable"))

    def _sweeper(self) -> Finding:
        with answered():
            swept_until = self._timers().swept_until()
        return findings.sweeping(swept_until, now=self._clock.now())

    def _reconcile(self) -> Finding:
        with answered():
            last = self._timers().reconcile_pass()
        return findings.reconciling(last, now=self._clock.now(), settings=self._connection.settings)

    def _queue(self) -> Finding:
        url = self._stack.output("RunQueueUrl")
        return findings.backlog(self._count(url), self._oldest(url.rpartition("/")[2]))

    def _dead_letters(self) -> Finding:
        return findings.given_up("dead letters", self._count(self._stack.output("RunDeadLetterQueueUrl")))

    def _stream_failures(self) -> Finding:
        bucket = self._stack.output("StreamFailureBucket")
        with answered():
            page = self._connection.client("s3").list_objects_v2(Bucket=bucket, Prefix="aws/lambda/")
        return findings.given_up("stream failures", len(page.get("Contents", ())))

    def _count(self, url: str) -> int:
        name = "ApproximateNumberOfMessages"
        with answered():
            answer = self._connection.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=[name])
        return int(answer["Attributes"][name])

    def _oldest(self, queue_name: str) -> timedelta | None:
        """Return the greatest age of late, which only CloudWatch knows; None where it has none, as on a laptop."""
        if self._stack.is_local:
            return None
        now = self._clock.now()
        points = self._points(queue_name, now - _AGE_PERIOD, now)
        return timedelta(seconds=max(points)) if points else None

    def _points(self, queue_name: str, start: datetime, end: datetime) -> list[float]:
        request: dict[str, Any] = {
            "Namespace": "AWS/SQS",
            "MetricName": "ApproximateAgeOfOldestMessage",
            "Dimensions": [{"Name": "QueueName", "Value": queue_name}],
            "StartTime": start,
            "EndTime": end,
            "Period": 60,
            "Statistics": ["Maximum"],
        }
        with answered():
            answer = self._connection.client("cloudwatch").get_metric_statistics(**request)
        return [float(point["Maximum"]) for point in answer["Datapoints"]]

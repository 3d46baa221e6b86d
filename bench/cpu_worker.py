"""Times the handlers' CPU in a process of its own, which nothing else shares; prints JSON. See bench/cpu.py."""

import json
import os
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from importlib import import_module
from statistics import median
from types import SimpleNamespace
from typing import Any

import boto3
from botocore.client import BaseClient

from functions.aws import wiring
from functions.aws.items import encode_item
from functions.aws.rows import run_row, timer_row
from schedule_model.instants import to_text
from schedule_model.occurrence import Occurrence
from schedule_model.run import Run
from schedule_model.run_request import DispatchedBy, RunRequest
from schedule_model.settings import LoopSettings
from schedule_model.timer import set_timer

BATCH = 10
PERIOD = timedelta(minutes=5)
START = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
CONTEXT = SimpleNamespace(function_name="bench", aws_request_id="8f507cfc-xmpl-4697-b07a-ac58fc914c95")
Record = dict[str, Any]
Handler = Callable[[Mapping[str, Any], object], Any]


class Clock:
    """Shows the instant it was set to."""

    at = START

    def now(self) -> datetime:
        """Return it."""
        return self.at

    def wait_until(self, instant: datetime) -> None:
        """Move on, never back."""
        self.at = max(self.at, instant)


class Answers:
    """Stands in for boto3: gives each call the answer that the last one of its kind and size was given."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str, int], Any] = {}
        self._original = BaseClient._make_api_call  # noqa: SLF001  botocore's one place where all calls pass
        self.is_replaying = False

        def answer(client: Any, operation: str, parameters: Mapping[str, Any]) -> Any:
            return self._call(client, operation, parameters)

        BaseClient._make_api_call = answer  # noqa: SLF001

    def _call(self, client: Any, operation: str, parameters: Mapping[str, Any]) -> Any:
        size = len(parameters.get("Entries") or parameters.get("Statements") or ())
        kind = (operation, f"{parameters.get('TableName')} {parameters.get('Key', {}).get('timer_id')}", size)
        if not self.is_replaying or kind not in self._known:
            self._known[kind] = self._original(client, operation, parameters)
        return self._known[kind]


def main(rounds: int) -> Mapping[str, Any]:
    """Return medians over rounds: CPU of one put, and of each handler for one run, with and without boto3."""
    sys.stdout = open(os.devnull, "w")  # noqa: PTH123, SIM115  the functions' log
    answers, clock = Answers(), Clock()
    wiring.SystemClock = lambda: clock  # type: ignore[assignment,misc]  # the one seam of time
    work = Work(clock, _handlers())
    work.plan_targets()
    timed: dict[str, list[float]] = defaultdict(list)
    for _ in range(rounds):
        for name in ("planner", "dispatcher", "executor", "sweep"):
            timed["put"].append(_timed(work.puts) / BATCH)
            timed[name].append(_timed(work.ready(name)) / _size(name))
            again = work.ready(name, is_new=False)
            answers.is_replaying = True
            timed[f"{name} own"].append(_timed(again) / _size(name))
            answers.is_replaying = False
        clock.at += PERIOD
    return {name: median(values[1:]) for name, values in timed.items()} | {"python": sys.version.split()[0]}


def _size(name: str) -> int:
    return 1 if name == "sweep" else BATCH


def _timed(do: Callable[[], Any]) -> float:
    began = time.process_time()
    do()
    return time.process_time() - began


def _handlers() -> dict[str, Handler]:
    """Import the entry points, now that the environment stands."""
    names = ("planner", "dispatcher", "executor", "sweeper")
    return {name: import_module(f"functions.{name}.app").lambda_handler for name in names}


class Work:
    """Makes the events, and the boto3 put that everything is compared with."""

    def __init__(self, clock: Clock, handlers: Mapping[str, Handler]) -> None:
        self._clock = clock
        self._handlers = handlers
        self._dynamodb = boto3.client("dynamodb")
        self._numbers = iter(range(10**20, 10**21))
        self._names = [f"target-{number:04d}" for number in range(BATCH)]
        self._revisions: dict[str, str] = {}
        self._made = 0

    def plan_targets(self) -> None:
        """Write the targets and have them planned."""
        assert self._handlers["planner"](self._target_records(self._names), CONTEXT) == {"batchItemFailures": []}
        for name in self._names:
            item = self._dynamodb.get_item(TableName="targets", Key={"id": {"S": name}})["Item"]
            self._revisions[name] = item["plan"]["M"]["revision"]["S"]
        self._clock.at = START + PERIOD

    def ready(self, name: str, *, is_new: bool = True) -> Callable[[], Any]:
        """Return a handler with an event, to be called; of a sweep, one that finds its minutes swept."""
        event = self._event(name, is_new=is_new)
        handler = self._handlers["sweeper" if name == "sweep" else name]
        if name == "sweep":
            handler(event, CONTEXT)
        return lambda: handler(event, CONTEXT)

    def _event(self, name: str, *, is_new: bool) -> Mapping[str, Any]:
        match name:
            case "planner":
                self._made += 1
                return self._target_records([f"new-{self._made}-{number}" for number in range(BATCH)], put=is_new)
            case "dispatcher":
                return {"Records": [self._timer_record(one) for one in self._names]}
            case "executor":
                return {"Records": [self._message(one) for one in self._names]}
        return {"source": "aws.events"}

    def puts(self) -> None:
        """Write ten rows as a plain program would."""
        for name in self._names:
            self._made += 1
            request = self._request(f"{name}-{self._made}")
            row = Run.begun(request, now=self._clock.at, lease=timedelta(seconds=90), keep=timedelta(days=30))
            self._dynamodb.put_item(
                TableName="runs", Item=encode_item(run_row(row)), ConditionExpression="attribute_not_exists(target_id)"
            )

    def _target_records(self, names: list[str], *, put: bool = True) -> Mapping[str, Any]:
        records = []
        for name in names:
            item = {"id": {"S": name}, "type": {"S": "echo"}, "schedule": {"S": "rate(5 minutes)"}}
            item |= {"params": {"M": {"message": {"S": "hello"}}}}
            if put:
                self._dynamodb.put_item(TableName="targets", Item=item)
            records.append(self._record({"id": {"S": name}}, item))
        return {"Records": records}

    def _timer_record(self, name: str) -> Record:
        due_at = self._clock.at + PERIOD
        timer = set_timer(
            name, Occurrence(due_at, due_at), self._revisions[name], now=self._clock.at, settings=LoopSettings()
        )
        typed = encode_item(timer_row(timer))
        return self._record({"slot": typed["slot"], "timer_id": typed["timer_id"]}, typed)

    def _record(self, keys: Record, image: Record) -> Record:
        content = {
            "ApproximateCreationDateTime": int(self._clock.at.timestamp()),
            "Keys": keys,
            "NewImage": image,
            "SequenceNumber": str(next(self._numbers)),
        }
        return {"eventName": "INSERT", "eventSource": "aws:dynamodb", "dynamodb": content}

    def _message(self, name: str) -> Record:
        return {
            "messageId": f"{name}-{to_text(self._clock.at)}",
            "receiptHandle": "receipt",
            "body": self._request(name).model_dump_json(),
            "attributes": {"ApproximateReceiveCount": "1", "SentTimestamp": "1795176300000"},
            "messageAttributes": {},
        }

    def _request(self, name: str) -> RunRequest:
        return RunRequest(
            target_id=name,
            scheduled_at=self._clock.at,
            due_at=self._clock.at,
            revision=self._revisions.get(name, ""),
            dispatched_by=DispatchedBy.NEAR,
        )


if __name__ == "__main__":
    found = main(int(sys.argv[1]))
    print(json.dumps(found), file=sys.__stdout__)

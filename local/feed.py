"""What the stack's tables say: targets with their plans, pending timers, and runs as they change."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from boto3.dynamodb.types import TypeDeserializer

from local.stack import Stack

Row = Mapping[str, Any]
PERIOD_SECONDS = 1.0


@dataclass(slots=True)
class Feed:
    """Reads the tables again and again, more rarely the longer that takes."""

    stack: Stack
    targets: list[Row] = field(default_factory=list)
    timers: dict[str, Row] = field(default_factory=dict)
    runs: dict[tuple[str, str], Row] = field(default_factory=dict)
    next_due: dict[str, str] = field(default_factory=dict)
    _next_at: float = 0.0

    def read(self) -> list[Row]:
        """Return the runs that are new or changed since the last reading, oldest first; none if it is too early."""
        if time.monotonic() < self._next_at:
            return []
        started = time.monotonic()
        dynamodb = self.stack.client("dynamodb")
        self.targets = sorted(self._rows(dynamodb, "TargetsTable"), key=lambda row: str(row["id"]))
        self.timers = {str(row["target_id"]): row for row in self._rows(dynamodb, "TimersTable") if "target_id" in row}
        self._remember_next()
        rows = (row for row in self._rows(dynamodb, "RunsTable") if "status" in row)
        runs = {(str(row["target_id"]), str(row["scheduled_at"])): row for row in rows}
        changed = [row for key, row in runs.items() if self.runs.get(key) != row]
        self.runs = runs
        self._next_at = time.monotonic() + max(PERIOD_SECONDS, 10 * (time.monotonic() - started))
        return sorted(changed, key=lambda row: str(row.get("started_at") or row["scheduled_at"]))

    def _remember_next(self) -> None:
        """Keep the latest instant that each target's plan or timer named; once queued, a run is in no table."""
        named = [(str(row["id"]), plan_of(row).get("next_run_at")) for row in self.targets]
        named += [(target_id, timer.get("due_at")) for target_id, timer in self.timers.items()]
        for target_id, due_at in named:
            if _local_time(due_at) and str(due_at) > self.next_due.get(target_id, ""):
                self.next_due[target_id] = str(due_at)

    def _rows(self, dynamodb: Any, table: str) -> Iterator[Row]:
        deserialize = TypeDeserializer().deserialize
        for page in dynamodb.get_paginator("scan").paginate(TableName=self.stack.outputs[table]):
            for item in page["Items"]:
                yield {name: deserialize(value) for name, value in item.items()}


def plan_of(target: Row) -> Row:
    """Return a target's plan: no fields before the planner has written one, whatever its user put there."""
    plan = target.get("plan")
    return plan if isinstance(plan, Mapping) else {}


def clock_time(instant: object, *, with_tenths: bool = False) -> str:
    """Return an ISO instant as local time of day, `-` where there is none."""
    local = _local_time(instant)
    if local is None:
        return "-"
    return f"{local:%H:%M:%S}.{local.microsecond // 100_000}" if with_tenths else f"{local:%H:%M:%S}"


def _local_time(instant: object) -> datetime | None:
    try:
        return datetime.fromisoformat(instant).astimezone() if isinstance(instant, str) else None
    except (ValueError, OverflowError):
        return None


def lateness(run: Row) -> str:
    """Return how late a run started, with its unit."""
    milliseconds = run.get("lateness_ms")
    return "-" if milliseconds is None else f"{int(milliseconds):,} ms"

"""An executor on tables in memory, for tests of what it does with one message."""

from datetime import datetime, timedelta
from random import Random
from typing import Any

from functions.aws.items import encode_item
from functions.executor import app as executor
from functions.ports import Ports
from schedule_model.run import Run
from schedule_model.settings import LoopSettings
from tests.simulation.memory import (
    InlineCrew,
    MemoryRunQueue,
    MemoryRuns,
    MemoryTargets,
    MemoryTimers,
    Recorder,
    ScriptedRunners,
    VirtualClock,
)
from tests.unit.examples import NOON, planned, request


class Stack:
    """An executor that gets the message of noon's occurrence some time later; its tables may be exchanged."""

    def __init__(self, written: dict[str, Any], late: timedelta = timedelta(0)) -> None:
        self.clock, self.telemetry = VirtualClock(NOON + late), Recorder()
        self.targets, self.runners = MemoryTargets(), ScriptedRunners()
        self.targets.table.put(encode_item(planned(written)))
        self.timers, self.runs, self.queue = MemoryTimers(), MemoryRuns(), MemoryRunQueue(self.clock)
        self.ends_at: datetime | None = None
        self.random = Random(1)

    def execute(self, body: str | None = None) -> list[str]:
        """Return the ids of the messages that failed."""
        record = {"messageId": "m1", "body": body or request().model_dump_json(), "attributes": {}}
        response = executor.handle({"Records": [record]}, self.ports())
        return [failure["itemIdentifier"] for failure in response["batchItemFailures"]]

    def timers_set(self) -> set[str]:
        return {row["scheduled_at"]["S"] for row in self.timers.table.items.values() if "scheduled_at" in row}

    def row(self) -> Run:
        (row,) = self.runs.by_target["homepage"].values()
        return row

    def ports(self) -> Ports:
        """Return what the executor of this stack, or another of its functions, acts through."""
        return Ports(
            clock=self.clock,
            targets=self.targets,
            timers=self.timers,
            runs=self.runs,
            queue=self.queue,
            crew=InlineCrew(self.clock),
            runners=self.runners,
            telemetry=self.telemetry,
            random=self.random,
            settings=LoopSettings(shards=1),
            ends_at=self.ends_at,
        )

"""What the executor sees to when an occurrence does not run after all."""

from datetime import timedelta
from random import Random
from typing import Any

from functions.aws.items import encode_item
from functions.executor import app as executor
from functions.ports import Ports, UnavailableError
from functions.telemetry import Count
from schedule_model.plan import Plan
from schedule_model.run import Run, RunStatus
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
from tests.unit.examples import KEEP, LEASE, NOON, item, minutes, planned, request, seconds

FIVE_PAST = "2026-11-20T12:05:00Z"


class UnamendableTargets(MemoryTargets):
    """A table that refuses to complete a plan."""

    def amend_plan(self, target_id: str, plan: Plan) -> bool:
        raise UnavailableError("throttled")


class Stack:
    """An executor that gets the message of noon's occurrence some time later."""

    def __init__(self, written: dict[str, Any], late: timedelta, targets: MemoryTargets | None = None) -> None:
        self.clock, self.telemetry = VirtualClock(NOON + late), Recorder()
        self.targets = targets or MemoryTargets()
        self.targets.table.put(encode_item(planned(written)))
        self.timers, self.runs, self.queue = MemoryTimers(), MemoryRuns(), MemoryRunQueue(self.clock)

    def execute(self) -> list[str]:
        """Return the ids of the messages that failed."""
        record = {"messageId": "m1", "body": request().model_dump_json(), "attributes": {}}
        response = executor.handle({"Records": [record]}, self._ports())
        return [failure["itemIdentifier"] for failure in response["batchItemFailures"]]

    def timers_set(self) -> set[str]:
        return {row["scheduled_at"]["S"] for row in self.timers.table.items.values() if "scheduled_at" in row}

    def row(self) -> Run:
        (row,) = self.runs.by_target["homepage"].values()
        return row

    def _ports(self) -> Ports:
        return Ports(
            clock=self.clock,
            targets=self.targets,
            timers=self.timers,
            runs=self.runs,
            queue=self.queue,
            crew=InlineCrew(self.clock),
            runners=ScriptedRunners(),
            telemetry=self.telemetry,
            random=Random(1),
            settings=LoopSettings(shards=1),
        )


def test_a_last_run_that_is_missed_is_counted_though_its_plan_cannot_be_completed() -> None:
    stack = Stack(item(schedule="at(2026-11-20T12:00:00)", catch_up="skip"), minutes(2), UnamendableTargets())

    assert stack.execute() == ["m1"]
    assert stack.row().status is RunStatus.MISSED
    assert stack.telemetry.counts[Count.RUNS_MISFIRED] == 1


def test_a_run_that_was_released_and_is_missed_in_the_end_has_its_next_timer_set() -> None:
    stack = Stack(item(catch_up="skip"), minutes(2))
    begun = Run.begun(request(), now=NOON, lease=LEASE, keep=KEEP, holder="another")
    stack.runs.claim([begun])
    stack.runs.replace([(begun, begun.released(now=NOON + seconds(1)))])

    assert stack.execute() == []
    assert stack.row().status is RunStatus.MISSED
    assert stack.timers_set() == {FIVE_PAST}

"""The checks that are made while a world goes on, write by write."""

from typing import TYPE_CHECKING

from functions.telemetry import Count
from schedule_model.run import MOVES, Run, RunStatus
from tests.simulation.hub import Process
from tests.simulation.journal import RowWrite
from tests.simulation.memory.table import Change

if TYPE_CHECKING:
    from tests.simulation.invocation import Invocation
    from tests.simulation.world import World

_COUNTED = {
    RunStatus.COMPLETED: Count.RUNS_SUCCEEDED,
    RunStatus.FAILED: Count.RUNS_FAILED,
    RunStatus.RETRYING: Count.RUNS_RETRIED,
    RunStatus.MISSED: Count.RUNS_MISFIRED,
    RunStatus.SKIPPED: Count.RUNS_SKIPPED,
}


class Watch:
    """Objects to a write that breaks a promise by itself."""

    def __init__(self, world: "World") -> None:
        self._world = world

    def row_written(self, old: Run | None, new: Run) -> None:
        """Look at a write of the Runs table."""
        world, by = self._world, self._world.fate.writer
        assert by is not None
        write = RowWrite(world.hub.now_ms, old, new, by.clock.now())
        world.journal.rows.append(write)
        world.note_row(write, by.name)
        self._own(new.target_id, by)
        if old is None:
            return
        key = f"{new.target_id}/{new.run_id}"
        if new.status not in MOVES[old.status]:
            self._object("one at a time", f"{key} went from {old.status} to {new.status}")
        if new.status is RunStatus.IN_PROGRESS:
            self._take_over(key, old, write)

    def _take_over(self, key: str, old: Run, write: RowWrite) -> None:
        if write.new.attempt != old.attempt + 1:
            self._object("attempts", f"{key} went from attempt {old.attempt} to {write.new.attempt}")
        if old.lease_expires_at is not None and old.lease_expires_at > write.local:
            self._object("one at a time", f"{key} was taken over {old.lease_expires_at - write.local} before its lease")
        # The executor of a precise run comes before it is due, and waits.
        starts_at = max(write.local, write.new.started_at or write.local)
        if old.status is RunStatus.RETRYING and old.retry_at is not None and old.retry_at > starts_at:
            self._object("attempts", f"{key} was retried before its time")

    def timer_written(self, change: Change, by: "Invocation | None") -> None:
        """Look at a write of the Timers table."""
        image = change.new or change.old or {}
        if by is not None and "target_id" in image:
            target_id = image["target_id"]["S"]
            self._own(target_id, by)
            if by.function == "executor" and change.new is not None:
                self._led(target_id, image["scheduled_at"]["S"], image["revision"]["S"])

    def _led(self, target_id: str, occurrence: str, revision: str) -> None:
        world = self._world
        before = max((run_id for run_id in world.runs.by_target[target_id] if run_id < occurrence), default="")
        world.journal.led.setdefault((target_id, occurrence, revision), (world.hub.now_ms, before))

    def target_written(self, change: Change, by: "Invocation | None") -> None:
        """Look at a write of the Targets table."""
        if by is not None:
            self._own(change.key[0], by)

    def invocation_ended(self, by: "Invocation", process: Process) -> None:
        """Look at how an invocation ended, and whether its metrics say what it wrote."""
        world = self._world
        if process.error is not None and not by.is_killed and by.function != "sweeper":
            self._object("no unhandled exception", f"{by.name} raised {process.error!r}")
        for body in world.journal.bodies[-40:] if by.is_killed else ():
            if body.invocation is by and body.ended_ms is None:
                body.ended_ms = world.hub.now_ms
        if process.error is not None:
            return
        for error in by.telemetry.exceptions:
            self._judge(by, error)
        for status, metric in _COUNTED.items():
            if by.telemetry.counts[metric] != by.acknowledged[status]:
                told, written = by.telemetry.counts[metric], by.acknowledged[status]
                self._object("metrics agree", f"{by.name} counted {told} {metric} and wrote {written} {status}")

    def _judge(self, by: "Invocation", error: BaseException) -> None:
        if type(error).__name__ not in {"UnavailableError", "KeyError"}:
            self._object("no unhandled exception", f"{by.name} reported {error!r}")

    def _own(self, target_id: str, by: "Invocation") -> None:
        if target_id not in by.targets and by.function != "sweeper":
            self._object("own rows only", f"{by.name}, about {sorted(by.targets)}, wrote to {target_id}")

    def _object(self, claim: str, text: str) -> None:
        self._world.journal.object_to(self._world.hub.now_ms, claim, text)

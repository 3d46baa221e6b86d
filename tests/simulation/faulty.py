"""The ports of one invocation: those in memory, with every call at the mercy of its fate."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial

from functions.ports import (
    ClaimAnswer,
    Claimed,
    DeadLetter,
    UnavailableError,
    UnreadableTimer,
)
from schedule_model.dispatching import QueueRun
from schedule_model.open_runs import OpenRuns
from schedule_model.plan import Plan
from schedule_model.reconcile_pass import ReconcilePass
from schedule_model.run import Run, RunStatus
from schedule_model.target import Item
from schedule_model.timer import Timer
from tests.simulation.invocation import Invocation
from tests.simulation.memory import MemoryRunQueue, MemoryRuns, MemoryTargets, MemoryTimers


class FaultyTargets:
    """The Targets table, as one invocation reaches it.

    Args:
        inner: the table.
        by: the invocation.
        as_they_were: answers reads that do not ask for the present; None if these see it all the same.
    """

    def __init__(
        self,
        inner: MemoryTargets,
        by: Invocation,
        as_they_were: Callable[[Sequence[str]], Mapping[str, Item]] | None = None,
    ) -> None:
        self._inner = inner
        self._by = by
        self._as_they_were = as_they_were

    def read(self, target_ids: Sequence[str], *, consistent: bool = False) -> Mapping[str, Item]:
        """Return the items that exist, by id."""
        if self._as_they_were is not None and not consistent:
            return self._by.call(self._as_they_were, target_ids)
        return self._by.call(self._inner.read, target_ids, consistent=consistent)

    def save_plan(self, target_id: str, plan: Plan, *, seen_revision: str) -> bool:
        """Write a plan."""
        return self._by.call(self._inner.save_plan, target_id, plan, seen_revision=seen_revision)

    def amend_plan(self, target_id: str, plan: Plan) -> bool:
        """Write into a plan."""
        return self._by.call(self._inner.amend_plan, target_id, plan)

    def restore_plan(self, target_id: str, plan: Plan, *, over: Sequence[object] = ()) -> bool:
        """Write a plan back."""
        return self._by.call(self._inner.restore_plan, target_id, plan, over=over)

    def update_params(self, target_id: str, params: Mapping[str, object], *, revision: str) -> bool:
        """Merge params."""
        return self._by.call(self._inner.update_params, target_id, params, revision=revision)

    def deactivate(self, target_id: str, note: str, *, seen: Item) -> bool:
        """Set `active` to false."""
        return self._by.call(self._inner.deactivate, target_id, note, seen=seen)

    def create(self, item: Item) -> bool:
        """Write a new target."""
        self._by.targets.add(str(item["id"]))
        return self._by.call(self._inner.create, item)

    def page(self, *, after: str | None, limit: int) -> tuple[Sequence[Item], str | None]:
        """Return some items."""
        return self._by.call(self._inner.page, after=after, limit=limit)

    def delete(self, target_id: str, *, seen: Item) -> bool:
        """Delete a target."""
        return self._by.call(self._inner.delete, target_id, seen=seen)


class FaultyTimers:
    """The Timers table, as one invocation reaches it."""

    def __init__(self, inner: MemoryTimers, by: Invocation) -> None:
        self._inner = inner
        self._by = by

    def put(self, timers: Sequence[Timer]) -> Sequence[UnavailableError | None]:
        """Write each timer."""
        return self._by.calls(self._inner.put, timers)

    def in_slots(self, slots: Sequence[str]) -> Sequence[Sequence[Timer | UnreadableTimer] | UnavailableError]:
        """Return each slot's timers."""
        found = list(self._by.call(self._inner.in_slots, slots))
        if self._by.is_struck():
            found[0] = UnavailableError("ThrottlingException")
        return found

    def remove(self, timers: Sequence[Timer]) -> Sequence[UnavailableError | None]:
        """Remove each timer."""
        return self._by.calls(self._inner.remove, timers)

    def missing(self, timers: Sequence[Timer]) -> Sequence[Timer]:
        """Return the timers that are not there."""
        return self._by.call(self._inner.missing, timers)

    def reconcile_pass(self) -> ReconcilePass | None:
        """Return how far reconcile has come."""
        return self._by.call(self._inner.reconcile_pass)

    def save_reconcile_pass(self, progress: ReconcilePass) -> None:
        """Keep how far reconcile has come."""
        self._by.call(self._inner.save_reconcile_pass, progress)

    def swept_until(self) -> datetime | None:
        """Return the watermark."""
        return self._by.call(self._inner.swept_until)

    def save_swept_until(self, instant: datetime) -> None:
        """Move the watermark forward."""
        self._by.call(self._inner.save_swept_until, instant)


class FaultyRuns:
    """The Runs table, as one invocation reaches it."""

    def __init__(self, inner: MemoryRuns, by: Invocation) -> None:
        self._inner = inner
        self._by = by

    def claim(self, runs: Sequence[Run]) -> Sequence[ClaimAnswer]:
        """Write each row unless there is one."""
        answers = self._by.calls(self._inner.claim, runs)
        return self._acknowledge(runs, answers)

    def replace(self, pairs: Sequence[tuple[Run, Run]]) -> Sequence[ClaimAnswer]:
        """Write each second row over its first."""
        answers = self._by.calls(self._inner.replace, pairs)
        kept = [(new, answer) for (old, new), answer in zip(pairs, answers, strict=True) if not _is_put_off(old, new)]
        self._acknowledge([new for new, _ in kept], [answer for _, answer in kept])
        return answers

    def read(self, target_id: str, run_id: str) -> Run | None:
        """Return one row."""
        return self._by.call(self._inner.read, target_id, run_id)

    def latest(self, target_id: str, *, before: str, limit: int) -> Sequence[Run]:
        """Return the rows before one."""
        return self._by.call(self._inner.latest, target_id, before=before, limit=limit)

    def open_runs(self, target_id: str) -> OpenRuns:
        """Return the row that keeps a target's runs apart."""
        return self._by.call(self._inner.open_runs, target_id)

    def save_open_runs(self, open_runs: OpenRuns, *, seen: str) -> bool:
        """Write that row."""
        return self._by.call(self._inner.save_open_runs, open_runs, seen=seen)

    def latest_of(self, target_ids: Sequence[str], *, limit: int) -> Sequence[Sequence[Run] | UnavailableError]:
        """Return the latest rows of each target."""
        return self._by.calls(partial(self._inner.latest_of, limit=limit), target_ids)

    def _acknowledge(self, rows: Sequence[Run], answers: Sequence[ClaimAnswer]) -> Sequence[ClaimAnswer]:
        for row, answer in zip(rows, answers, strict=True):
            is_known = isinstance(answer, Claimed) or (isinstance(answer, Run) and answer.is_of(row))
            if is_known and not row.is_waiting:
                self._by.acknowledged[row.status] += 1
        return answers


def _is_put_off(old: Run, new: Run) -> bool:
    """Return whether a run was given back before it started, or its next attempt held back: neither is a retry."""
    is_held_back = new.status is RunStatus.RETRYING and new.finished_at == old.finished_at
    return new.attempt < old.attempt or is_held_back


class FaultyQueue:
    """The run queue, as one invocation reaches it."""

    def __init__(self, inner: MemoryRunQueue, by: Invocation) -> None:
        self._inner = inner
        self._by = by

    def send(self, messages: Sequence[QueueRun]) -> Sequence[UnavailableError | None]:
        """Queue each message."""
        return self._by.calls(self._inner.send, messages)

    def bury(self, letters: Sequence[DeadLetter]) -> Sequence[UnavailableError | None]:
        """Put each letter on its dead-letter queue."""
        return self._by.calls(self._inner.bury, letters)

    def postpone(self, receipts: Sequence[str], seconds: int) -> None:
        """Make messages visible again after a while; what fails keeps the queue's own timeout."""

        def postpone(receipts: Sequence[str]) -> Sequence[None]:
            self._inner.postpone(receipts, seconds)
            return [None]

        self._by.calls(postpone, receipts)

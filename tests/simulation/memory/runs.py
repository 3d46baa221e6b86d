"""The Runs table in memory."""

from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from functions.ports import ClaimAnswer, Claimed, UnavailableError
from schedule_model.instants import from_text, to_text
from schedule_model.open_runs import OpenRuns
from schedule_model.run import Run

_INSTANTS = ("due_at", "started_at", "lease_expires_at", "retry_at", "finished_at")


class MemoryRuns:
    """Keeps leases and results; `listeners` hear of every write, with the row before and after."""

    def __init__(self) -> None:
        self.by_target: dict[str, dict[str, Run]] = defaultdict(dict)
        self._in_order: dict[str, list[str]] = defaultdict(list)
        self._open: dict[str, OpenRuns] = {}
        self.listeners: list[Callable[[Run | None, Run], None]] = []

    def claim(self, runs: Sequence[Run]) -> Sequence[ClaimAnswer]:
        """Write each row unless its occurrence has one."""
        return [self._claim(run) for run in runs]

    def _claim(self, run: Run) -> ClaimAnswer:
        held = self.by_target[run.target_id].get(run.run_id)
        return held or self._write(None, run)

    def replace(self, pairs: Sequence[tuple[Run, Run]]) -> Sequence[ClaimAnswer]:
        """Write each second row over its first, if that is still there as given."""
        return [self._replace(held, new) for held, new in pairs]

    def _replace(self, held: Run, new: Run) -> ClaimAnswer:
        present = self.by_target[new.target_id].get(new.run_id)
        if present is None:
            raise AssertionError("only TTL removes rows, long after anybody holds one")
        if _state_of(present) != _state_of(held):
            return present
        return self._write(present, present.model_copy(update=_changes(held, new)))

    def read(self, target_id: str, run_id: str) -> Run | None:
        """Return one row."""
        return self.by_target[target_id].get(run_id)

    def latest(self, target_id: str, *, before: str, limit: int) -> Sequence[Run]:
        """Return up to `limit` rows whose run id sorts before `before`, latest first."""
        rows, run_ids = self.by_target[target_id], self._in_order[target_id]
        end = bisect_left(run_ids, before)
        return [rows[run_id] for run_id in reversed(run_ids[max(0, end - limit) : end])]

    def latest_of(self, target_ids: Sequence[str], *, limit: int) -> Sequence[Sequence[Run] | UnavailableError]:
        """Return up to `limit` rows of each target, latest first."""
        return [self.latest(target_id, before="~", limit=limit) for target_id in target_ids]

    def open_runs(self, target_id: str) -> OpenRuns:
        """Return the row that keeps a target's runs apart."""
        found = self._open.get(target_id, OpenRuns(target_id=target_id))
        return found.model_copy(update={"delete_at": None})

    def save_open_runs(self, open_runs: OpenRuns, *, seen: str) -> bool:
        """Write that row if its token is still the one that was seen, or ours."""
        if self.open_runs(open_runs.target_id).token not in {seen, open_runs.token}:
            return False
        entries = [entry.model_copy(update={"until": from_text(to_text(entry.until))}) for entry in open_runs.runs]
        self._open[open_runs.target_id] = open_runs.model_copy(update={"runs": tuple(entries)})
        return True

    def _write(self, old: Run | None, new: Run) -> Claimed:
        stored = as_stored(new)
        if old is None:
            insort(self._in_order[new.target_id], new.run_id)
        self.by_target[new.target_id][new.run_id] = stored
        for listener in self.listeners:
            listener(old, stored)
        return Claimed()


def as_stored(run: Run) -> Run:
    """Return a row as it is read back: instants are kept to the millisecond, `delete_at` to the second."""
    changes: dict[str, datetime] = {"delete_at": run.delete_at.replace(microsecond=0)}
    for name in _INSTANTS:
        instant = getattr(run, name)
        if instant is not None and instant.microsecond % 1000:
            changes[name] = instant - timedelta(microseconds=instant.microsecond % 1000)
    return run.model_copy(update=changes)


def _changes(held: Run, new: Run) -> dict[str, object]:
    """Return all that is written of a row that ends beside others: what differs from the one given, and its holder."""
    before = held.__dict__
    return {name: one for name, one in new.__dict__.items() if name == "holder" or one != before[name]}


def _state_of(run: Run) -> tuple[object, ...]:
    lease = run.lease_expires_at
    return run.status, run.attempt, None if lease is None else to_text(lease)

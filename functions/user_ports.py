"""What a door for users may reach: targets as they write them, the history of runs, and the timers to come."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Protocol

from functions.ports import RunQueue, UnavailableError
from functions.telemetry import Telemetry
from schedule_model.clock import Clock
from schedule_model.filters import RunFilter
from schedule_model.found import Fields, Found
from schedule_model.idempotency import Asked
from schedule_model.run import Run
from schedule_model.settings import LoopSettings
from schedule_model.target import Target
from schedule_model.timer import Timer


class WrittenTargets(Protocol):
    """The Targets table as users see it; the plan on an item is left alone by every write."""

    def find(self, target_id: str) -> Found | None:
        """Return a target, read consistently: 1 RRU for each 4 KB."""
        ...

    def find_all(self, target_ids: Sequence[str]) -> Mapping[str, Found]:
        """Return those that exist, by id, eventually consistent: 0.5 RRU for each 4 KB of each."""
        ...

    def create(self, fields: Fields) -> Found | None:
        """Write a new target and return it as it is stored; None when its id is taken. 1 WRU for each KB."""
        ...

    def create_all(self, many: Sequence[Fields]) -> Sequence[Found | UnavailableError | None]:
        """Write new targets, several at once; answer for each as `create` does, or why it could not be written."""
        ...

    def replace(self, found: Found, fields: Fields) -> Found | None:
        """Write the fields that differ, if every field is still as it was found; None if one is not. 1 WRU per KB."""
        ...

    def remove(self, target_id: str, *, found: Found | None = None) -> bool:
        """Delete a target, if its fields are still as they were found where that is given; return whether deleted."""
        ...

    def page(self, *, after: str | None, limit: int) -> tuple[Sequence[Found], str | None]:
        """Return up to `limit` targets and where to go on, None at the end; eventually consistent.

        Reads the table by its pages: 0.5 RRU for each 4 KB of what is looked at.
        """
        ...


class RunHistory(Protocol):
    """The Runs table as users see it."""

    def find(self, target_id: str, run_id: str) -> Run | None:
        """Return one run, read consistently: 1 RRU for each 4 KB."""
        ...

    def latest(self, target_id: str) -> Run | None:
        """Return a target's latest run, read consistently: 1 RRU for each 4 KB."""
        ...

    def page(
        self, target_id: str, keep: RunFilter, *, after: str | None, limit: int
    ) -> tuple[Sequence[Run], str | None]:
        """Look at up to `limit` rows before run id `after`, latest first; return those kept, and where to go on.

        Eventually consistent: 0.5 RRU for each 4 KB of the rows looked at.
        """
        ...


class ComingTimers(Protocol):
    """The Timers table as users see it."""

    def in_slots(self, slots: Sequence[str]) -> Sequence[Timer]:
        """Return all timers of these slots, near ones included; eventually consistent, one query each (0.5 RRU)."""
        ...


class QueueDepth(Protocol):
    """The run queue as users see it."""

    def delayed(self) -> int:
        """Return about how many runs wait on the queue for their second; SQS tells how many, not which."""
        ...


class IdempotencyKeys(Protocol):
    """What callers have asked for under a key of theirs."""

    def begin(self, key: str, asked: Asked, *, now: datetime) -> Asked | None:
        """Remember what was asked under a key; return None, or what was asked under it before. 1 WRU."""
        ...

    def finish(self, key: str) -> None:
        """Remember that what was asked under a key is done. 1 WRU."""
        ...

    def forget(self, key: str) -> None:
        """Forget a key under which nothing was done. 1 WRU."""
        ...


class Acceptance(Protocol):
    """What tells whether a target can be run."""

    def check(self, target: Target) -> None:
        """Return if a runner takes the target's type and params.

        Raises:
            InvalidTargetError: names the field and what to write.
        """
        ...


@dataclass(frozen=True, slots=True)
class UserPorts:
    """Everything that the HTTP API acts through."""

    clock: Clock
    targets: WrittenTargets
    runs: RunHistory
    timers: ComingTimers
    queue: RunQueue
    depth: QueueDepth
    keys: IdempotencyKeys
    runners: Acceptance
    telemetry: Telemetry
    random: Random
    settings: LoopSettings

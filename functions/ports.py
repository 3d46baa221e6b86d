"""What a handler may reach: its ports. Each has a twin in memory that passes the same contract suite."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Protocol

from functions.telemetry import Telemetry
from functions.work import Crew, Runners
from schedule_model.clock import Clock
from schedule_model.dispatching import QueueRun
from schedule_model.errors import SchedulerError
from schedule_model.open_runs import OpenRuns
from schedule_model.plan import Plan
from schedule_model.reconcile_pass import ReconcilePass
from schedule_model.run import Run
from schedule_model.settings import LoopSettings
from schedule_model.target import Item
from schedule_model.timer import Timer


class UnavailableError(SchedulerError):
    """A table or queue did not answer, or refused for now; whether a write took effect is not known."""


class TooLargeError(SchedulerError):
    """What was to be written does not fit into one item or message."""


class Targets(Protocol):
    """The Targets table."""

    def read(self, target_ids: Sequence[str], *, consistent: bool = False) -> Mapping[str, Item]:
        """Return the items that exist, by id; at most 100 ids, repeated ones are read once."""
        ...

    def save_plan(self, target_id: str, plan: Plan, *, seen_revision: str) -> bool:
        """Write a plan over that of `seen_revision`, or none; return whether the target and its plan allowed it.

        An older one that was not seen stays, unless it is older than that too, which its user has put back, or is a
        guess, but for one of a later edit. So does one of the same revision: executors may have written into it since.

        Raises:
            TooLargeError: the item has no room left for its plan.
        """
        ...

    def amend_plan(self, target_id: str, plan: Plan) -> bool:
        """Write a plan over the one of the same revision, while that is SCHEDULED; return whether written."""
        ...

    def restore_plan(self, target_id: str, plan: Plan, *, over: Sequence[object] = ()) -> bool:
        """Write a plan back unless the target is gone or has one that is not older; return whether written.

        What equals one of `over`, which are at most ten, its user has written: it gives way whatever its revision.
        """
        ...

    def update_params(self, target_id: str, params: Mapping[str, object], *, revision: str) -> bool:
        """Merge `params` over the target's, if its plan is still of `revision`; return whether written."""
        ...

    def deactivate(self, target_id: str, note: str, *, seen: Item) -> bool:
        """Set `active` to false and `note` if the target is as it was seen; return whether written.

        What is looked at is the plan's revision and `ENDING_FIELDS`.
        """
        ...

    def create(self, item: Item) -> bool:
        """Write a new target; return False when its id is taken."""
        ...

    def page(self, *, after: str | None, limit: int) -> tuple[Sequence[Item], str | None]:
        """Return up to `limit` items and where to go on, None at the end; every target comes once in a pass.

        Read eventually consistently: 0.5 RRU for each 4 KB of the page.
        """
        ...

    def delete(self, target_id: str, *, seen: Item) -> bool:
        """Delete a target if it is as it was seen; return whether it was deleted.

        What is looked at is the plan's revision and `ENDING_FIELDS`: an edit that has no plan yet keeps its target.
        """
        ...


@dataclass(frozen=True, slots=True)
class UnreadableTimer:
    """A row that waits among the timers and is none; the reason says what it lacks."""

    slot: str
    timer_id: str
    reason: str


class Timers(Protocol):
    """The Timers table."""

    def put(self, timers: Sequence[Timer]) -> Sequence[UnavailableError | None]:
        """Write each timer unless one of the same or a newer revision is there; answer for each, None for done.

        One of the same revision that a newer version wrote is none: this version could never dispatch it.
        """
        ...

    def in_slots(self, slots: Sequence[str]) -> Sequence[Sequence[Timer | UnreadableTimer] | UnavailableError]:
        """Return each slot's timers that wait for their expiry, near ones left out, by due instant."""
        ...

    def remove(self, timers: Sequence[Timer]) -> Sequence[UnavailableError | None]:
        """Remove each timer, unless a newer revision has replaced it; a missing one is removed already."""
        ...

    def missing(self, timers: Sequence[Timer]) -> Sequence[Timer]:
        """Return those of the timers that are not there, or are older or unreadable; at most 100, 0.5 RRU each."""
        ...

    def swept_until(self) -> datetime | None:
        """Return the watermark: every slot of an earlier minute has been swept; None on a new stack."""
        ...

    def save_swept_until(self, instant: datetime) -> None:
        """Move the watermark forward; an earlier instant than the present one changes nothing."""
        ...

    def reconcile_pass(self) -> ReconcilePass | None:
        """Return how far reconcile has come, None on a new stack."""
        ...

    def save_reconcile_pass(self, progress: ReconcilePass) -> None:
        """Keep how far reconcile has come."""
        ...


@dataclass(frozen=True, slots=True)
class Claimed:
    """The row was written: this caller holds the run, or has recorded its end."""


ClaimAnswer = Claimed | Run | UnavailableError
"""A `Run` is the row that was there instead."""


class Runs(Protocol):
    """The Runs table."""

    def claim(self, runs: Sequence[Run]) -> Sequence[ClaimAnswer]:
        """Write each row unless its occurrence has one; answer for each, in order."""
        ...

    def replace(self, pairs: Sequence[tuple[Run, Run]]) -> Sequence[ClaimAnswer]:
        """Write each second row over its first, if that is still there as given: same status, attempt and lease.

        This is how a lease is taken over, and how only its holder records a result. Of several pairs only what differs
        between the two is written, so that the first must be the row as it stands.
        """
        ...

    def read(self, target_id: str, run_id: str) -> Run | None:
        """Return one row, read consistently."""
        ...

    def latest_of(self, target_ids: Sequence[str], *, limit: int) -> Sequence[Sequence[Run] | UnavailableError]:
        """Return up to `limit` rows of each target, latest first; eventually consistent, 0.5 RRU for each 4 KB."""
        ...

    def latest(self, target_id: str, *, before: str, limit: int) -> Sequence[Run]:
        """Return up to `limit` rows whose run id sorts before `before`, latest first, read consistently."""
        ...

    def open_runs(self, target_id: str) -> OpenRuns:
        """Return the row that keeps a target's runs apart, read consistently; one without a token if there is none."""
        ...

    def save_open_runs(self, open_runs: OpenRuns, *, seen: str) -> bool:
        """Write that row if its token is still `seen`; return whether it stands there now."""
        ...


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A message that will not be carried out, with the reason.

    Attributes:
        body: the message as it came.
        reason: for a person, at most 1,000 characters.
        queue_url: the target's own dead-letter queue; None for the stack's.
    """

    body: str
    reason: str
    queue_url: str | None = None


class RunQueue(Protocol):
    """The run queue and its dead-letter queues."""

    def send(self, messages: Sequence[QueueRun]) -> Sequence[UnavailableError | None]:
        """Queue each message; answer for each, None for done."""
        ...

    def bury(self, letters: Sequence[DeadLetter]) -> Sequence[UnavailableError | None]:
        """Put each letter on its dead-letter queue; the stack's own if the target's cannot be reached."""
        ...

    def postpone(self, receipts: Sequence[str], seconds: int) -> None:
        """Make received messages visible again after `seconds` (0 to 43,200); what fails keeps the queue's own."""
        ...


@dataclass(frozen=True, slots=True)
class Ports:
    """Everything that the four handlers act through.

    Attributes:
        ends_at: when this invocation is cut off; None where nothing cuts it off.
    """

    clock: Clock
    targets: Targets
    timers: Timers
    runs: Runs
    queue: RunQueue
    crew: Crew
    runners: Runners
    telemetry: Telemetry
    random: Random
    settings: LoopSettings
    ends_at: datetime | None = None

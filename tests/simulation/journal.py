"""What happened in a world, for the checkers and for the reader of a trace."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from schedule_model.run import Run
from tests.simulation.hub import instant_of
from tests.simulation.memory.table import Change

if TYPE_CHECKING:
    from tests.simulation.invocation import Invocation


@dataclass(slots=True)
class Body:
    """One attempt, as its runner saw it.

    Attributes:
        row: the occurrence's row when the runner began.
        local: what the executor's clock showed.
        deadline_ms: when the runner had to be back, in true time.
        ended_ms: when it was back or killed; None while it goes on.
        chosen: when it is to run next, if the runner said so.
    """

    row: Run
    attempt: int
    began_ms: int
    local: datetime
    invocation: "Invocation"
    deadline_ms: int
    ended_ms: int | None = None
    chosen: datetime | None = None


@dataclass(frozen=True, slots=True)
class RowWrite:
    """A write of the Runs table; `local` is the writer's clock."""

    at_ms: int
    old: Run | None
    new: Run
    local: datetime


@dataclass(frozen=True, slots=True)
class TargetWrite:
    """A write of the Targets table, with the sequence number that its stream record has."""

    at_ms: int
    change: Change
    sequence_number: str
    is_by_user: bool


@dataclass(frozen=True, slots=True)
class GivenUp:
    """A stream record that went to the on-failure destination, or was lost altogether.

    Attributes:
        written_ms: when the change was made.
    """

    at_ms: int
    written_ms: int
    source: str
    change: Change
    is_lost: bool = False


@dataclass(slots=True)
class Journal:
    """What happened, in order.

    Attributes:
        on_their_way_ms: since when a timer or a message stands for an occurrence, by target, occurrence and revision.
        led: when an executor first set the timer of an occurrence, and the latest row before it then, by target,
            occurrence and revision.
        lost_ms: when the message, timer or record of an occurrence was lost, the last time, by target and occurrence.
        again_ms: when one was queued again after that, and not lost, likewise.
    """

    bodies: list[Body] = field(default_factory=list)
    rows: list[RowWrite] = field(default_factory=list)
    targets: dict[str, list[TargetWrite]] = field(default_factory=dict)
    given_up: list[GivenUp] = field(default_factory=list)
    on_their_way_ms: dict[tuple[str, str, str], int] = field(default_factory=dict)
    asked: dict[tuple[str, str], int] = field(default_factory=dict)
    led: dict[tuple[str, str, str], tuple[int, str]] = field(default_factory=dict)
    lost_ms: dict[tuple[str, str], int] = field(default_factory=dict)
    again_ms: dict[tuple[str, str], list[int]] = field(default_factory=dict)
    violations: list[str] = field(default_factory=list)
    tell: Callable[[str], None] | None = None
    about: tuple[str, str] = ("", "")

    def note(self, at_ms: int, target_id: str, occurrence: str, text: str) -> None:
        """Tell the reader of a trace, if it is about what he asked for."""
        if self.tell is None:
            return
        wanted_target, wanted_occurrence = self.about
        if wanted_target and target_id and wanted_target != target_id:
            return
        if wanted_occurrence and occurrence and not occurrence.startswith(wanted_occurrence):
            return
        instant = instant_of(at_ms).isoformat(timespec="milliseconds")[:23]
        self.tell(f"{instant}  {target_id:<16} {occurrence:<22} {text}")

    def object_to(self, at_ms: int, claim: str, text: str) -> None:
        """Keep a violation that was seen while it happened."""
        self.violations.append(f"{claim}: {text} (at {instant_of(at_ms).isoformat()})")

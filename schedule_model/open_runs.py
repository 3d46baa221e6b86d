"""Which runs of a target are open: what keeps the runs of one target apart, whoever carries them out."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import Self

from pydantic import BaseModel, ConfigDict

from schedule_model.instants import Instant
from schedule_model.run import Run, RunStatus


class Standing(Enum):
    """What an open run is doing."""

    IN_PROGRESS = auto()
    BETWEEN_ATTEMPTS = auto()
    WAITING = auto()


@dataclass(frozen=True, slots=True)
class Other:
    """Another open run of the same target."""

    run_id: str
    standing: Standing


class OpenRun(BaseModel):
    """A run that is about to write its row, or has.

    Attributes:
        attempt: the one that it is about to begin; 0 to wait for its first.
        until: when it is taken for lost if its row still does not show that attempt.
    """

    model_config = ConfigDict(defer_build=True, frozen=True, extra="ignore")

    run_id: str
    attempt: int
    until: Instant


class OpenRuns(BaseModel):
    """The one row of a target that each of its runs writes before it starts or waits, if they may not overlap.

    Two runs that decide at the same instant have both read it; one of them writes first, and the other is refused and
    looks again. A row of Runs could not tell: each of the two writes its own.

    Attributes:
        token: drawn by the executor whose row this is; empty if there is none yet.
        delete_at: when TTL may remove the row.
    """

    model_config = ConfigDict(defer_build=True, frozen=True, extra="ignore")

    target_id: str
    token: str = ""
    runs: tuple[OpenRun, ...] = ()
    delete_at: Instant | None = None

    def names(self, run_id: str) -> bool:
        """Return whether a run is among them."""
        return any(entry.run_id == run_id for entry in self.runs)

    def entered(self, own: OpenRun, others: Mapping[str, Other], *, token: str, delete_at: datetime) -> Self:
        """Return the row with a run entered and those left out that have ended or are taken for lost."""
        kept = (entry for entry in self.runs if entry.run_id in others and entry.run_id != own.run_id)
        return self.model_copy(update={"token": token, "runs": (own, *kept), "delete_at": delete_at})


def others_open(
    own_id: str, entries: OpenRuns, rows: Mapping[str, Run], *, now: datetime, lease: timedelta
) -> dict[str, Other]:
    """Return the other open runs by run id: those entered, and those whose row says so.

    Args:
        own_id: whose others.
        entries: read before the rows.
        rows: those of the entries that are there, and the latest before the run.
        now: aware UTC.
        lease: how long a lease is in this stack.
    """
    found = {run_id: _standing(row, now, lease) for run_id, row in rows.items()}
    for entry in entries.runs:
        row = rows.get(entry.run_id)
        is_to_come = row is None or (row.attempt < entry.attempt and not row.status.is_final)
        if is_to_come and entry.until > now:
            found[entry.run_id] = Standing.IN_PROGRESS if entry.attempt else Standing.WAITING
    return {run_id: Other(run_id, standing) for run_id, standing in found.items() if standing and run_id != own_id}


def _standing(run: Run, now: datetime, lease: timedelta) -> Standing | None:
    """Return what an open run is doing; None for one that has ended or is taken for lost."""
    if run.status is RunStatus.RETRYING:
        is_lost = run.retry_at is None or run.retry_at + lease <= now
        standing = Standing.WAITING if run.is_waiting else Standing.BETWEEN_ATTEMPTS
        return None if is_lost else standing
    is_held = run.lease_expires_at is not None and run.lease_expires_at > now
    return Standing.IN_PROGRESS if is_held else None

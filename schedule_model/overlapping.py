"""Whether a run may start while one before it is still going on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from schedule_model.run import Run, RunStatus
from schedule_model.target import Overlap

_SHORTEST_WAIT = timedelta(seconds=1)
_LONGEST_WAIT = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Start:
    """Nothing stands in the way."""


@dataclass(frozen=True, slots=True)
class Skip:
    """The run is not to take place.

    Attributes:
        reason: why, for a person.
        held_by: the run id of the row that stands in the way.
    """

    reason: str
    held_by: str


@dataclass(frozen=True, slots=True)
class WaitUntil:
    """Look again at this instant."""

    at: datetime


def overlap(
    policy: Overlap,
    earlier: Sequence[Run],
    *,
    due_at: datetime,
    now: datetime,
    lease: timedelta,
    is_backfill: bool = False,
) -> Start | Skip | WaitUntil:
    """Decide whether a run that is due may start.

    A run is open from its claim to its end, its retries included. One whose lease has run out, or whose retry has not
    come a lease after it should have, is taken for lost and stands in nobody's way.

    Args:
        policy: the target's.
        earlier: its latest rows before this occurrence.
        due_at: since when this run has been waiting; it looks again after a quarter of that, 1 to 60 s.
        now: aware UTC.
        lease: how long a lease is in this stack.
        is_backfill: somebody asked for this run and the ones around it, so that none is skipped: each waits its turn.
    """
    is_open = [run for run in earlier if not run.status.is_final and not _is_lost(run, now, lease)]
    if policy is Overlap.ALLOW or not is_open:
        return Start()
    if policy is Overlap.SKIP and not is_backfill:
        return Skip(f"the run of {is_open[0].run_id} is still in progress", is_open[0].run_id)
    waiting = [run for run in is_open if run.is_waiting]
    if waiting and not is_backfill:
        return Skip(f"the run of {waiting[0].run_id} is waiting already, and at most one waits", waiting[0].run_id)
    return WaitUntil(now + min(max((now - due_at) / 4, _SHORTEST_WAIT), _LONGEST_WAIT))


def _is_lost(run: Run, now: datetime, lease: timedelta) -> bool:
    if run.status is RunStatus.RETRYING:
        return run.retry_at is None or run.retry_at + lease <= now
    return run.lease_expires_at is None or run.lease_expires_at <= now

"""Whether a run may start while others of its target are open."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from schedule_model.open_runs import Other, Standing
from schedule_model.run import Run
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
    others: Collection[Other],
    *,
    run_id: str,
    held: Run | None,
    scheduled_at: datetime,
    now: datetime,
    waits_its_turn: bool = False,
) -> Start | Skip | WaitUntil:
    """Decide whether a run that is due, or is to be tried again, may start.

    A run is open from its claim to its end, its retries included, and while it waits. The order of the occurrences does
    not matter: a message may come late, so that a later run is the one that stands in the way. Of those that wait, an
    earlier one goes first. A run that has begun is not skipped any more; it waits only for an attempt in progress,
    which ends by itself, so that no two wait for each other.

    Args:
        policy: the target's.
        others: its other open runs.
        run_id: whose turn it may be.
        held: its own row, None if it has none yet.
        scheduled_at: since when it has been waiting; it looks again after a quarter of that, 1 to 60 s.
        now: aware UTC.
        waits_its_turn: somebody asked for this run and others around it, so that none is skipped for another.
    """
    again = WaitUntil(now + min(max((now - scheduled_at) / 4, _SHORTEST_WAIT), _LONGEST_WAIT))
    in_progress = [other for other in others if other.standing is Standing.IN_PROGRESS]
    if held is not None and held.attempt > 0:
        return again if in_progress and policy is not Overlap.ALLOW else Start()
    between = [other for other in others if other.standing is Standing.BETWEEN_ATTEMPTS]
    waiting = [one for one in others if one.standing is Standing.WAITING and (held is None or one.run_id < run_id)]
    in_the_way = in_progress + between + waiting
    if policy is Overlap.ALLOW or not in_the_way:
        return Start()
    if waits_its_turn:
        return again
    if policy is Overlap.SKIP:
        return Skip(f"the run of {in_the_way[0].run_id} is still in progress", in_the_way[0].run_id)
    if waiting:
        return Skip(f"the run of {waiting[0].run_id} is waiting already, and at most one waits", waiting[0].run_id)
    return again

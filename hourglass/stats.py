"""The stack in numbers."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from schedule_model.found import Found
from schedule_model.run import Run, RunStatus
from schedule_model.run_request import Trigger
from schedule_model.timer import Timer

UNPLANNED = "UNPLANNED"
PERCENTILES = (50, 90, 99, 99.9)


@dataclass(frozen=True, slots=True)
class Stats:
    """Counts and percentiles.

    Attributes:
        targets: how many there are of each plan status; UNPLANNED has none yet.
        runs: how many ended, or stand, with each status.
        dispatched_by: on which path scheduled runs came to the queue.
        failure_share: failed runs per run that was carried out; None without any.
        lateness_ms: percentiles of scheduled runs' starts after they were due; empty without any.
        overdue_timers: how many timers TTL should have removed and has not.
        ttl_lag: how long the oldest of those has been overdue; None without any.
    """

    targets: Mapping[str, int]
    runs: Mapping[str, int]
    dispatched_by: Mapping[str, int]
    failure_share: float | None
    lateness_ms: Mapping[str, int]
    overdue_timers: int
    ttl_lag: timedelta | None


def stats_of(targets: Iterable[Found], runs: Iterable[Run], timers: Iterable[Timer], *, now: datetime) -> Stats:
    """Count what was read.

    Args:
        targets: all of them.
        runs: of the time that is looked at.
        timers: those due within the lead, by when TTL should have removed all that were not near.
        now: aware UTC.
    """
    statuses: Counter[str] = Counter()
    paths: Counter[str] = Counter()
    lateness: list[int] = []
    for run in runs:
        statuses[str(run.status)] += 1
        if run.trigger is Trigger.SCHEDULE:
            paths[str(run.dispatched_by)] += 1
            if run.lateness_ms is not None and run.attempt == 1:
                lateness.append(run.lateness_ms)
    overdue = [now - timer.expires_at for timer in timers if not timer.near and timer.expires_at <= now]
    return Stats(
        targets=Counter(str(found.plan.status) if found.plan else UNPLANNED for found in targets),
        runs=statuses,
        dispatched_by=paths,
        failure_share=_failure_share(statuses),
        lateness_ms=percentiles(lateness),
        overdue_timers=len(overdue),
        ttl_lag=max(overdue, default=None),
    )


def percentiles(values: Sequence[int]) -> dict[str, int]:
    """Return the values below which each share lies, and the largest; by nearest rank, empty without values."""
    if not values:
        return {}
    ordered = sorted(values)
    ranks = {f"p{share:g}": max(0, -int(-share * len(ordered) // 100) - 1) for share in PERCENTILES}
    return {name: ordered[rank] for name, rank in ranks.items()} | {"max": ordered[-1]}


def _failure_share(statuses: Mapping[str, int]) -> float | None:
    failed = statuses.get(RunStatus.FAILED, 0)
    carried_out = failed + statuses.get(RunStatus.COMPLETED, 0)
    return failed / carried_out if carried_out else None

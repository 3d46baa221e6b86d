"""On time: once faults have stopped, no run waits for TTL, whatever its lag."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING

from schedule_model.target import Overlap
from tests.simulation.hub import instant_of, ms_of
from tests.simulation.period import Period

if TYPE_CHECKING:
    from tests.simulation.world import World

LATENESS_MAX = timedelta(seconds=5)


def punctuality(world: "World", by_target: Mapping[str, list[Period]]) -> Iterator[str]:
    """Look at the first attempts of what was due in the settled hours, but for runs that wait for the one before."""
    waiting = {
        target_id
        for target_id, its_periods in by_target.items()
        if any(period.target.overlap is Overlap.QUEUE for period in its_periods)
    }
    for body in world.journal.bodies:
        is_first = body.attempt == 1 and body.row.target_id not in waiting
        if is_first and ms_of(body.row.due_at) >= world.settled_ms:
            lateness = instant_of(body.began_ms) - body.row.due_at
            if lateness > LATENESS_MAX:
                yield f"{body.row.target_id}/{body.row.run_id} began {lateness} late"

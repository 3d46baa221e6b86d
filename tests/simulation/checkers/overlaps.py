"""Runs of a target that does not allow overlap keep apart."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from schedule_model.target import Overlap
from tests.simulation.journal import Body
from tests.simulation.period import Period

if TYPE_CHECKING:
    from tests.simulation.world import World


def overlaps(world: "World", by_target: Mapping[str, list[Period]]) -> Iterator[str]:
    """Look for two runs of such a target at the same time, neither of them past its deadline."""
    going_on: dict[str, list[Body]] = defaultdict(list)
    exclusive = {
        target_id
        for target_id, its_periods in by_target.items()
        if its_periods and all(period.target.overlap is not Overlap.ALLOW for period in its_periods)
    }
    for body in world.journal.bodies:
        target_id = body.row.target_id
        if target_id not in exclusive:
            continue
        others = [
            one
            for one in going_on[target_id]
            if (one.ended_ms is None or one.ended_ms > body.began_ms) and one.deadline_ms > body.began_ms
        ]
        for other in others:
            yield f"{target_id} ran {other.row.run_id} and {body.row.run_id} at the same time, at {body.began_ms}"
        going_on[target_id] = [*others, body]

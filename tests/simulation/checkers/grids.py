"""No drift: a rate stays on its grid, through late runs, pauses and edits that lay no new one."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING

from schedule_model.instants import from_text
from tests.simulation.evidence import Evidence
from tests.simulation.period import Period

if TYPE_CHECKING:
    from tests.simulation.world import World


def grids(world: "World", by_target: Mapping[str, list[Period]]) -> Iterator[str]:
    """Look at every rate's anchor, and at every occurrence's distance from it."""
    evidence = Evidence(world)
    for target_id, its_periods in by_target.items():
        for period in its_periods:
            if (length := period.period_length()) is not None:
                yield from _kept(target_id, period, evidence)
                yield from _on_grid(world, target_id, period, length)


def _kept(target_id: str, period: Period, evidence: Evidence) -> Iterator[str]:
    before = period.follows.plan if period.follows else None
    if before is None or period.first_plan is None or period.target.starts_at is not None:
        return
    # The record of a write that wiped the plan is all that still knows its grid; where it was given up, none does.
    if period.follows is not None and evidence.of_edit(target_id, period.follows.began_ms - 1):
        return
    if before.anchor_at != period.first_plan.anchor_at:
        moved = f"from {before.anchor_at} to {period.first_plan.anchor_at}"
        yield f"{target_id} moved its grid {moved} at {period.began_ms}"


def _on_grid(world: "World", target_id: str, period: Period, length: timedelta) -> Iterator[str]:
    anchor = period.first_plan.anchor_at if period.first_plan else None
    if period.target.params.get("mode") == "choosing":
        return
    for row in world.runs.by_target[target_id].values():
        scheduled_at = from_text(row.run_id.partition("#")[0])
        if anchor and row.revision in period.revisions and (scheduled_at - anchor) % length:
            yield f"{target_id}/{row.run_id} lies off the grid of {anchor}"

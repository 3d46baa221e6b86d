"""Edited, paused and deleted schedules do not run."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from functions.aws.items import decode_item
from schedule_model.plan import PlanStatus, fingerprint_of, plan_of
from tests.simulation.period import Period

if TYPE_CHECKING:
    from tests.simulation.world import World


def obedience(world: "World", by_target: Mapping[str, list[Period]]) -> Iterator[str]:
    """Look at the schedule that stood when the executor which ran an occurrence was invoked.

    The bound: an invocation that begins after an edit obeys it; one that had begun may have read the target before or
    after it.
    Where reads may be stale, an edit counts from that much later on.
    A run that had begun when a later one was the last of its schedule is still tried again.
    """
    for body in world.journal.bodies:
        if body.row.revision == "":
            continue
        target_id, at_ms = body.row.target_id, body.invocation.began_ms
        its_periods = by_target[target_id]
        standing = [
            one
            for one in its_periods
            if one.began_ms <= body.began_ms and at_ms - world.stale_max_ms <= (one.stood_until_ms or at_ms)
        ]
        own = [one for one in its_periods if body.row.revision in one.revisions]
        if not standing and body.attempt > 1 and any(_came_to_its_end(world, target_id, one) for one in own):
            continue
        if not standing:
            yield f"{target_id}/{body.row.run_id} ran though the target was not scheduled, at {at_ms}"
        elif own and fingerprint_of(own[-1].item) not in {fingerprint_of(one.item) for one in standing}:
            yield f"{target_id}/{body.row.run_id} ran for an edit before the present one, at {at_ms}"


def _came_to_its_end(world: "World", target_id: str, period: Period) -> bool:
    """Return whether the period ended because its schedule names nothing more, and not by anybody's wish."""
    for write in world.journal.targets[target_id]:
        if write.at_ms == period.ended_ms and write.change.new is not None:
            plan = plan_of(decode_item(write.change.new))
            if plan is not None and plan.status is PlanStatus.COMPLETED and plan.stopped_at is None:
                return True
    return False

"""Edited, paused and deleted schedules do not run."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from schedule_model.plan import fingerprint_of
from tests.simulation.timeline import Period

if TYPE_CHECKING:
    from tests.simulation.world import World


def obedience(world: "World", by_target: Mapping[str, list[Period]]) -> Iterator[str]:
    """Look at the schedule that stood when the executor which ran an occurrence was invoked.

    The bound: an invocation that begins after an edit obeys it; one that had begun may have read the target before.
    """
    for body in world.journal.bodies:
        if body.row.revision == "":
            continue
        target_id, at_ms = body.row.target_id, body.invocation.began_ms
        its_periods = by_target[target_id]
        standing = [one for one in its_periods if one.began_ms <= at_ms and (one.ended_ms is None or at_ms <= one.ended_ms)]
        own = [one for one in its_periods if body.row.revision in one.revisions]
        if not standing:
            yield f"{target_id}/{body.row.run_id} ran though the target was not scheduled, at {at_ms}"
        elif own and fingerprint_of(own[-1].item) not in {fingerprint_of(one.item) for one in standing}:
            yield f"{target_id}/{body.row.run_id} ran for an edit before the present one, at {at_ms}"

"""One chain: at the end of the day every scheduled target has exactly one next run."""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from schedule_model.instants import from_text, to_text
from schedule_model.occurrence import next_occurrence
from tests.simulation.evidence import Evidence
from tests.simulation.hub import instant_of
from tests.simulation.timeline import Period

if TYPE_CHECKING:
    from tests.simulation.world import World


def chains(world: "World", by_target: Mapping[str, list[Period]]) -> Iterator[str]:
    """Look for targets with no pending occurrence, or with more than one."""
    pending, evidence = _pending(world), Evidence(world)
    for target_id, its_periods in by_target.items():
        period = its_periods[-1] if its_periods else None
        if period is None or period.plan is None or period.ended_ms is not None:
            continue
        coming = {run_id for run_id in pending[target_id, period.plan.revision] if not _is_held(period, run_id)}
        coming -= set(world.runs.by_target[target_id])
        # What a runner chose itself comes besides the schedule's own next occurrence, and leads to the same.
        chosen = {to_text(plan.held_until) for plan in period.held if plan.held_until is not None}
        if len(coming - chosen) > 1:
            yield f"{target_id} has {len(coming)} next runs: {sorted(coming)}"
        is_waited_for = not coming and _goes_on(world, period) and not _is_under_way(world, target_id)
        if is_waited_for and not _is_put_aside(world, target_id, period, evidence):
            yield f"{target_id} is SCHEDULED and has no next run"


def _pending(world: "World") -> dict[tuple[str, str], set[str]]:
    """Return the occurrences that a timer, a stream record or a message stands for, by target and revision."""
    pending: dict[tuple[str, str], set[str]] = defaultdict(set)
    images = [row for row in world.timers.table.items.values() if row.get("near") == {"BOOL": False}]
    for lane in world.dispatcher_source.lanes:
        images.extend(record.change.new or record.change.old or {} for record in lane.waiting)
    for image in images:
        pending[image["target_id"]["S"], image["revision"]["S"]].add(image["scheduled_at"]["S"])
    for held in world.queue.messages.values():
        body = json.loads(held.body)
        if body.get("revision"):
            pending[body["target_id"], body["revision"]].add(body["scheduled_at"])
    return pending


def _is_held(period: Period, run_id: str) -> bool:
    return any(plan.is_held(from_text(run_id)) for plan in period.held)


def _goes_on(world: "World", period: Period) -> bool:
    assert period.plan is not None
    assert period.plan.anchor_at is not None
    now = instant_of(world.hub.now_ms)
    return next_occurrence(period.target, after=now, anchor=period.plan.anchor_at) is not None


def _is_under_way(world: "World", target_id: str) -> bool:
    """Return whether the day has ended between a claim and the next run, which the same invocation sees to."""
    return any(target_id in by.targets and by.function == "executor" for by in world.live.values())


def _is_put_aside(world: "World", target_id: str, period: Period, evidence: Evidence) -> bool:
    rows = world.runs.by_target[target_id]
    if evidence.of_edit(target_id, period.began_ms):
        return True
    for occurrence in reversed(list(period.occurrences(world.hub.now_ms))):
        run_id = to_text(occurrence.scheduled_at)
        if run_id not in rows:
            if evidence.of(target_id, run_id):
                return True
            continue
        return not rows[run_id].status.is_final and evidence.of(target_id, run_id)
    return False

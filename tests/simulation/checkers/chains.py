"""One chain: at the end of the day every scheduled target has exactly one next run."""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from schedule_model.instants import from_text, to_text
from schedule_model.occurrence import MOMENT, next_occurrence
from tests.simulation.hub import instant_of
from tests.simulation.period import Period

if TYPE_CHECKING:
    from tests.simulation.world import World


def chains(world: "World", by_target: Mapping[str, list[Period]]) -> Iterator[str]:
    """Look for targets with no pending occurrence, or with more than one."""
    pending = _pending(world)
    for target_id, its_periods in by_target.items():
        period = its_periods[-1] if its_periods else None
        if period is None or period.plan is None or period.ended_ms is not None:
            continue
        coming = {run_id for run_id in pending[target_id, period.plan.revision] if not _is_held(period, run_id)}
        coming |= _handed_over(period, [ids for (one, _), ids in pending.items() if one == target_id])
        coming -= set(world.runs.by_target[target_id])
        # What a runner chose itself comes besides the schedule's own next occurrence, and leads to the same.
        chosen = {to_text(plan.held_until) for plan in period.held if plan.held_until is not None}
        if len(coming - chosen) > 1:
            yield f"{target_id} has {len(coming)} next runs: {sorted(coming)}"
        if not coming and _goes_on(world, period) and not _is_under_way(world, target_id):
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


def _handed_over(period: Period, pending: list[set[str]]) -> set[str]:
    """Return what waits under the plan that reconcile's has replaced, and is named by that as well."""
    plan = period.plan
    if plan is None or plan.found_at is None or plan.first_at is None or plan.anchor_at is None:
        return set()
    instants = {run_id: from_text(run_id) for ids in pending for run_id in ids if from_text(run_id) >= plan.first_at}
    return {
        run_id
        for run_id, instant in instants.items()
        if (named := next_occurrence(period.target, after=instant - MOMENT, anchor=plan.anchor_at)) is not None
        and named.scheduled_at == instant
    }


def _is_held(period: Period, run_id: str) -> bool:
    return any(plan.is_held(from_text(run_id)) for plan in period.held)


def _goes_on(world: "World", period: Period) -> bool:
    assert period.plan is not None
    assert period.plan.anchor_at is not None
    now = instant_of(world.hub.now_ms)
    return next_occurrence(period.target, after=now, anchor=period.plan.anchor_at) is not None


def _is_under_way(world: "World", target_id: str) -> bool:
    """Return whether the day has ended between a claim, or a plan, and the next run, which the same invocation sets."""
    return any(target_id in by.targets and by.function in ("executor", "planner") for by in world.live.values())

"""No schedule ends, and no target is deleted, but by its user, its last instant, its limit of runs or its runner."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from functions.aws.items import decode_item
from schedule_model.errors import InvalidTargetError
from schedule_model.instants import from_text, to_text
from schedule_model.occurrence import MOMENT, latest_occurrence, next_occurrence
from schedule_model.plan import Plan, PlanStatus, fingerprint_of, plan_of, revision_of
from schedule_model.reading_targets import is_readable, parse_target
from schedule_model.run import Run, RunStatus
from schedule_model.run_request import Trigger
from schedule_model.target import Item, OnComplete, Target
from tests.simulation.hub import instant_of, ms_of
from tests.simulation.journal import RowWrite, TargetWrite
from tests.simulation.period import Period

if TYPE_CHECKING:
    from tests.simulation.world import World

_FAR = timedelta(days=9)
_SECOND = timedelta(seconds=1)
_SPEAKS_FOR_ALL = "until the end of the schedule"
"""How the row of a misfire begins to tell that catching up found nothing to run instead."""


def ends(world: "World", by_target: Mapping[str, list[Period]]) -> Iterator[str]:
    """Look at every write by which the system says that a schedule is over, or with which a target goes."""
    rows: dict[str, list[RowWrite]] = defaultdict(list)
    for write in world.journal.rows:
        rows[write.new.target_id].append(write)
    for target_id, writes in world.journal.targets.items():
        for place, write in enumerate(writes):
            if not write.is_by_user and (ended := _ended(write)) is not None:
                known = _rows_at(rows[target_id], write.at_ms)
                before = [one for one in writes[:place] if one.is_by_user or one.change.old is None]
                if reason := _objection(world, ended, known, before, write):
                    yield f"{target_id} ended at {write.at_ms} though {reason}"


def _ended(write: TargetWrite) -> Item | None:
    """Return the item that a write of the system ends, None if it ends none."""
    old, new = write.change.old, write.change.new
    if old is None:
        return None
    if new is None:
        return decode_item(old)
    item = decode_item(new)
    plan, before = plan_of(item), plan_of(decode_item(old))
    # The plan of an edit that another has followed says nothing of what stands now.
    is_own = plan is not None and plan.fingerprint == fingerprint_of(item)
    is_over = is_own and plan is not None and plan.status is PlanStatus.COMPLETED
    was_over = before is not None and before.status is PlanStatus.COMPLETED
    # One that is put back after its user wiped it was judged when it was written first.
    is_new = is_over and not was_over and plan is not None and plan.restored_by is None
    return item if is_new else None


def _rows_at(writes: list[RowWrite], at_ms: int) -> dict[str, Run]:
    return {one.new.run_id: one.new for one in writes if one.at_ms <= at_ms}


def _objection(
    world: "World", item: Item, rows: Mapping[str, Run], edits: list[TargetWrite], write: TargetWrite
) -> str | None:
    plan = plan_of(item)
    followed = _followed_by(plan, edits, world.skew_max_ms) if plan is not None else []
    try:
        target = _target_of(item, [one for one in edits if one not in followed] if followed else [], write)
    except InvalidTargetError:
        return "it was invalid"
    if write.change.new is None and target.on_complete is not OnComplete.DELETE:
        return "it was to be kept"
    is_put_back = plan is not None and _was_put_back(plan, followed)
    # The runs of a plan that its user has put back are of the schedule before the edits that came between.
    if write.change.new is None and not is_put_back and any(_is_going_on(row, plan) for row in rows.values()):
        return "a run was going on"
    is_done = plan is not None and plan.stopped_at is not None
    if is_done or target.params.get("mode") == "finishing" or _is_at_its_limit(target, rows):
        return None
    if plan is not None and _has_chosen_past_the_end(world, target, plan, rows, write.at_ms):
        return None
    if plan is not None and plan.found_at is not None and _was_paused(write):
        # Nobody can tell whether an instant that has passed came before the end of the pause or after it.
        return None
    now = instant_of(write.at_ms) + timedelta(milliseconds=2 * world.skew_max_ms)
    if plan is None or not is_put_back:
        return _before_its_time(target, plan, rows, now, _edited_at(plan, edits))
    # The schedule begins with the edit that put it back: on the grid of the plan if nobody heard of what came between.
    edited_at = _edited_at(None, edits)
    begun = plan.model_copy(update={"first_at": _first_since(target, plan, edited_at)})
    anew = _before_its_time(target, None, rows, now, edited_at)
    return anew and _before_its_time(target, begun, rows, now, edited_at)


def _was_paused(write: TargetWrite) -> bool:
    before = None if write.change.old is None else plan_of(decode_item(write.change.old))
    return before is not None and before.status is PlanStatus.PAUSED


def _is_going_on(row: Run, plan: Plan | None) -> bool:
    is_of_plan = plan is not None and row.revision == plan.revision
    return is_of_plan and row.trigger is Trigger.SCHEDULE and not row.status.is_final


def _is_at_its_limit(target: Target, rows: Mapping[str, Run]) -> bool:
    return target.max_runs is not None and any(row.number >= target.max_runs for row in rows.values())


def _target_of(item: Item, edits: list[TargetWrite], write: TargetWrite) -> Target:
    """Return the target that ends: where its item was spoiled before its plan was written, as the plan's edit left it.

    Raises:
        InvalidTargetError: that was invalid as well, or the target was deleted.
    """
    try:
        return parse_target(item)
    except InvalidTargetError:
        if not edits or edits[-1].change.new is None or write.change.new is None:
            raise
        return parse_target(decode_item(edits[-1].change.new))


def _has_chosen_past_the_end(world: "World", target: Target, plan: Plan, rows: Mapping[str, Run], at_ms: int) -> bool:
    """Return whether the runner of the plan's last run has put off what was to come until after the end."""
    its_own = [row for row in rows.values() if row.revision == plan.revision and row.trigger is Trigger.SCHEDULE]
    last = max(its_own, key=lambda row: row.run_id, default=None)
    if last is None or target.ends_at is None or last.status is not RunStatus.COMPLETED:
        return False
    return any(
        body.chosen > target.ends_at - _SECOND
        for body in world.journal.bodies
        if (body.row.target_id, body.row.run_id, body.attempt) == (target.id, last.run_id, last.attempt)
        and body.chosen is not None
        and body.ended_ms is not None
        and body.ended_ms <= at_ms
    )


def _was_put_back(plan: Plan, followed: list[TargetWrite]) -> bool:
    """Return whether another schedule, or a mistake, was written over a plan's own before its user put that back."""
    since = [None if one.change.new is None else decode_item(one.change.new) for one in followed]
    return any(item is None or fingerprint_of(item) != plan.fingerprint or not is_readable(item) for item in since)


def _followed_by(plan: Plan, edits: list[TargetWrite], skew_ms: int) -> list[TargetWrite]:
    """Return the edits that were made after the one that a plan is of."""
    if plan.found_at is not None:
        return [one for one in edits if one.at_ms > ms_of(plan.found_at) - skew_ms]
    return [one for one in edits if revision_of(one.sequence_number) > plan.revision]


def _first_since(target: Target, plan: Plan, edited_at: datetime) -> datetime | None:
    """Return the first occurrence of a plan's chain after an edit, None if it has none left."""
    if plan.first_at is None or plan.anchor_at is None:
        return plan.first_at
    coming = next_occurrence(target, after=max(edited_at, plan.first_at - MOMENT), anchor=plan.anchor_at)
    return coming and coming.scheduled_at


def _edited_at(plan: Plan | None, edits: list[TargetWrite]) -> datetime:
    """Return when the edit was made whose plan ends; the planner deletes one without writing a plan first."""
    own = [one for one in edits if plan is not None and revision_of(one.sequence_number) == plan.revision]
    return instant_of(max(one.at_ms for one in own or edits))


def _before_its_time(
    target: Target, plan: Plan | None, rows: Mapping[str, Run], now: datetime, edited_at: datetime
) -> str | None:
    first = plan.first_at if plan is not None else None
    anchor = (plan.anchor_at if plan is not None else None) or first or edited_at
    if first is None:
        is_guess = plan is not None and plan.has_guessed_grid
        grid = edited_at + _FAR if is_guess else anchor
        coming = next_occurrence(target, after=edited_at.replace(microsecond=0), anchor=grid)
        if coming is not None and to_text(coming.scheduled_at) not in rows:
            return f"it was to run at {coming.scheduled_at} and never did"
        again = next_occurrence(target, after=now, anchor=grid)
        return again and f"it was to run again at {again.scheduled_at}"
    if (coming := next_occurrence(target, after=now, anchor=anchor)) is not None:
        return f"it was to run again at {coming.scheduled_at}"
    last = latest_occurrence(target, after=first - MOMENT, until=now, anchor=anchor)
    done = [run_id for run_id, row in rows.items() if row.status is not RunStatus.IN_PROGRESS]
    if last is None or any(from_text(one.partition("#")[0]) >= last.scheduled_at for one in done):
        return None
    if any(_SPEAKS_FOR_ALL in (row.error or "") for row in rows.values()):
        return None
    return f"its last run, at {last.scheduled_at}, had no row"

"""What each target's schedule was, from when until when: read from the table's history, not from what the loop did."""

from functions.aws.items import decode_item
from schedule_model.errors import InvalidTargetError
from schedule_model.plan import GRID_FIELDS, Plan, PlanStatus, fingerprint_of, plan_of, revision_of
from schedule_model.reading_targets import parse_target
from schedule_model.target import Item, Target
from tests.simulation.hub import instant_of, ms_of
from tests.simulation.journal import TargetWrite
from tests.simulation.period import GONE, Period
from tests.simulation.relaying import awaited, begins_anew, laid_anew, plan_before, put_back, revived

PUT_RIGHT_WITHIN_MS = 60_000
"""How long a plan may stand that was made without knowledge of the grid: until the record after its own is read."""


def periods(writes: list[TargetWrite], unheard: frozenset[int] = frozenset()) -> list[Period]:
    """Return the periods of one target, in order.

    Args:
        writes: all of the target's.
        unheard: the ids of the changes whose record never reached the planner.
    """
    found: list[Period] = []
    present: Period | None = None
    laid_anew_ms, born, is_gap_unheard = None, "", False
    for write in writes:
        if write.change.old is None:
            born = revision_of(write.sequence_number)
        item = None if write.change.new is None else decode_item(write.change.new)
        target = None if item is None else _active(item)
        _note_how_long_they_stood(found[-2:], item if target is not None else None, write.at_ms)
        if item is None or target is None or _is_over(item, write, born, is_unheard=id(write.change) in unheard):
            _end(present, write.at_ms)
            is_gap_unheard = id(write.change) in unheard and (present is not None or is_gap_unheard)
            present = None
            if item is None:
                found.append(GONE) if found and found[-1] is not GONE else None
        elif present is not None and fingerprint_of(present.item) == fingerprint_of(item):
            present.item, present.target = item, target
            if (again := put_back(found[-2:], item, write, is_unheard=id(write.change) in unheard)) is not None:
                _end(present, write.at_ms)
                present.stood_until_ms = write.at_ms
                present = Period(target, item, write.at_ms, revisions=again)
                found.append(present)
            elif begins_anew(present, item, write):
                _end(present, write.at_ms)
                present.stood_until_ms = write.at_ms
                present = laid_anew(present, item, write)
                found.append(present)
        else:
            _end(present, write.at_ms)
            before = found[-1] if found and found[-1] is not GONE else None
            follows = before if _same_grid(before, item) and laid_anew_ms is None else None
            present = Period(target, item, write.at_ms, follows=follows, laid_anew_ms=laid_anew_ms)
            laid_anew_ms = None
            present.revisions = _taken_over(before, item, write, is_gap_unheard=is_gap_unheard)
            # There and back, and nobody heard of the former: what was planned before both goes on.
            present.is_found = before is not None and before.is_unheard and _is_planned(item)
            found.append(present)
        if present is None and item is not None and found and found[-1] is not GONE and laid_anew_ms is None:
            laid_anew_ms = None if _same_grid(found[-1], item) else write.at_ms
        if present is not None and item is not None:
            present.is_unheard = id(write.change) in unheard if write.is_by_user else present.is_unheard
            is_wiped = present.is_unheard and write.is_by_user and plan_before(write) is not None
            present.has_lost_grid = plan_of(item) is None and (present.has_lost_grid or is_wiped)
            _take(present, item, write)
    return [one for one in found if one is not GONE]


def _note_how_long_they_stood(latest: list[Period], item: Item | None, at_ms: int) -> None:
    for one in latest:
        if one is not GONE and (item is None or fingerprint_of(one.item) != fingerprint_of(item)):
            one.stood_until_ms = one.stood_until_ms or at_ms


def _take(present: Period, item: Item, write: TargetWrite) -> None:
    present.revisions[revision_of(write.sequence_number)] = write.at_ms
    plan = plan_of(item)
    is_of_item = plan is not None and plan.fingerprint == fingerprint_of(item)
    if plan is not None and write.is_by_user and present.is_unheard and is_of_item:
        # An old plan that was put back, of which nobody heard: its chain goes on, and none begins.
        present.is_found = True
    if plan is not None and not write.is_by_user and is_of_item:
        # Where nobody heard of the edit, the plan of one before it that left the same schedule does.
        present.is_found = present.is_found or present.is_unheard or "~" in plan.revision
        if present.is_unheard and plan.found_at is not None:
            present.revisions.setdefault(plan.revision, max(write.at_ms, ms_of(plan.found_at)))
    first = present.first_plan
    is_of_grid = plan is not None and (first is None or first.anchor_at == plan.anchor_at)
    if plan is not None and is_of_grid and is_of_item and plan.restored_by in present.revisions:
        # There and back at once, and the planner has not come to both: the plan from before goes on.
        present.revisions.setdefault(plan.revision, write.at_ms)
    if plan is not None and plan.revision in present.revisions and plan.status is PlanStatus.SCHEDULED:
        present.plan = plan
        if present.first_plan is None or _is_put_right(present, plan, write.at_ms):
            present.first_plan, present.planned_ms = plan, write.at_ms
        if plan.held_until is not None:
            present.held.append(plan)


def _is_put_right(present: Period, plan: Plan, at_ms: int) -> bool:
    """Return whether a plan lays the grid that the period was to go on with, right after one that did not know it.

    The planner that meets an edit after the next one has wiped the plan sees no grid; the record of that one tells it.
    One whose record tells of the plan from before the grid was laid anew, in a pause, sees that of then.
    """
    first, before = present.first_plan, present.follows.plan if present.follows else None
    if first is None or first.anchor_at == plan.anchor_at or at_ms - present.planned_ms >= PUT_RIGHT_WITHIN_MS:
        return False
    if before is not None:
        return plan.anchor_at == before.anchor_at
    if present.laid_anew_ms is None or first.anchor_at is None or plan.anchor_at is None:
        return False
    return first.anchor_at < instant_of(present.laid_anew_ms).replace(microsecond=0) <= plan.anchor_at


def _is_over(item: Item, write: TargetWrite, born: str, *, is_unheard: bool) -> bool:
    """Return whether the system says that this very schedule has come to its end, or its user does and is not heard.

    The record of a write just before a target was deleted and created again may bring an end from its former life: it
    stands until the next record is read.
    """
    plan = plan_of(item)
    is_put_back = write.is_by_user and is_unheard
    return (
        plan is not None
        and (not write.is_by_user or is_put_back or _was_as_it_is(plan, item, write))
        and plan.status is PlanStatus.COMPLETED
        and plan.fingerprint == fingerprint_of(item)
        and (plan.revision >= born or plan.found_at is not None or is_put_back)
    )


def _was_as_it_is(plan: Plan, item: Item, write: TargetWrite) -> bool:
    """Return whether a user's write left plan and schedule alone; one that brings a schedule back begins it anew."""
    old = None if write.change.old is None else decode_item(write.change.old)
    before = None if old is None else plan_of(old)
    if old is None or before is None or not plan.is_same_as(before):
        return False
    return _active(old) is not None and fingerprint_of(old) == fingerprint_of(item)


def _taken_over(before: Period | None, item: Item, write: TargetWrite, *, is_gap_unheard: bool) -> dict[str, int]:
    if not write.is_by_user:
        return revived(before, item)
    return awaited(before, item) if is_gap_unheard else {}


def _end(present: Period | None, at_ms: int) -> None:
    if present is not None:
        present.ended_ms = at_ms


def _active(item: Item) -> Target | None:
    try:
        target = parse_target(item)
    except InvalidTargetError:
        return None
    return target if target.active and target.type == "simulated" else None


def _is_planned(item: Item) -> bool:
    plan = plan_of(item)
    return plan is not None and plan.status is PlanStatus.SCHEDULED and plan.fingerprint == fingerprint_of(item)


def _same_grid(before: Period | None, item: Item) -> bool:
    return before is not None and all(before.item.get(name) == item.get(name) for name in GRID_FIELDS)

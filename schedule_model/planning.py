"""What an edit of a target asks for: a new plan, its old one back, or nothing."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from schedule_model.dispatching import Nothing
from schedule_model.errors import InvalidExpressionError, InvalidTargetError
from schedule_model.first_occurrence import first_occurrence, grid_from
from schedule_model.occurrence import Occurrence
from schedule_model.plan import (
    Plan,
    PlanStatus,
    fingerprint_of,
    fingerprint_of_all,
    grid_of,
    plan_of,
    revision_of,
    revision_on,
)
from schedule_model.plan_decision import DeleteTarget, LookAgain, PlanDecision, RestorePlan, SavePlan
from schedule_model.reading_targets import parse_target
from schedule_model.standing import is_all_there_is, is_half_done, lost_the_grid
from schedule_model.target import CatchUp, Item, OnComplete, Target
from schedule_model.target_change import TargetChange

AcceptsParams = Callable[[Target], None]
"""Raises InvalidTargetError when no runner takes the target's type and params."""


def plan(change: TargetChange, accepts: AcceptsParams) -> PlanDecision:
    """Decide what one edit of a target asks for.

    An edit of the schedule, or one that makes the target valid or invalid, starts a new revision. Any other keeps
    it: whatever else a run needs is read when it starts.
    """
    if change.new is None:
        return Nothing("the target was deleted")
    if change.is_first_unplanned():
        return LookAgain()
    return _plan_known(change, _read(change.new, accepts), accepts)


def _plan_known(change: TargetChange, target: Target | InvalidTargetError, accepts: AcceptsParams) -> PlanDecision:
    """Decide from the plan before the edit."""
    assert change.new is not None
    before, after, is_plan_alone = change.plan_before(), change.plan_after(), change.is_of_plan_alone()
    if change.has_stale_plan() and not is_plan_alone:
        return LookAgain()
    if isinstance(target, InvalidTargetError):
        # The refusal of an edit before the one that left these fields; that one's record knows the grid, this does not.
        is_refusal = is_plan_alone and after is not None and after.status is PlanStatus.INVALID
        return Nothing("only the plan was written") if is_refusal else _refuse(change, change.new, str(target))
    if _ends_unseen_pause(change, target):
        return LookAgain()
    if is_plan_alone:
        return _plan_edited(change, target, before, after)
    if change.old is None or _schedule_changed(change.old, change.new, accepts):
        return _replan(change, target)
    return _keep_revision(change, target, before, after)


def plan_current(change: TargetChange, item: Item | None, accepts: AcceptsParams) -> PlanDecision:
    """Decide for a record whose images do not carry the plan of its schedule, from the item as it stands now."""
    if item is None or change.new is None:
        return Nothing("the target was deleted")
    target, current = _read(change.new, accepts), plan_of(item)
    if "plan" not in item and not change.knows_the_plan_before():
        return _plan_blind(change, item, target)
    if is_all_there_is(change.plan_before(), current):
        decision = _plan_known(change, target, accepts)
        if not isinstance(decision, LookAgain):
            return decision
    knows_more = current is None or lost_the_grid(current, change)
    known = change if change.old is None or knows_more else replace(change, old={**change.old, "plan": item["plan"]})
    if isinstance(target, InvalidTargetError):
        return _refuse(known, change.new, str(target))
    if current is not None and is_half_done(current, change) and current.first_at and current.next_run_at:
        # What led to it can no longer be told: the plan before it is gone.
        first = Occurrence(current.first_at, current.next_run_at, target.precise)
        return SavePlan(current, revision_on(change.new), first)
    is_planned = current is not None and current.fingerprint == fingerprint_of(change.new)
    # A plan that came with the edit itself may be a copy of an old one, whose timers are long gone.
    if knows_more or not is_planned or current == plan_of(change.new) or is_half_done(current, change):
        return _replan(known, target)
    return Nothing("planned already")


def _plan_blind(change: TargetChange, item: Item, target: Target | InvalidTargetError) -> PlanDecision:
    """Decide where neither the record nor the item tells the plan that there may have been before the edit.

    A later edit has wiped it, whose record tells it, unless the record of an edit before this one was given up. Until
    that is known, what is planned here gives way. No later record tells the grid where this one does and the item has
    no plan: what it tells was wiped by this very edit.
    """
    assert change.new is not None
    if not change.left(item) and not change.knows_the_grid_before():
        return Nothing("a later edit's record is to come")
    found = change.as_found()
    made = _refuse(found, change.new, str(target)) if isinstance(target, InvalidTargetError) else _replan(found, target)
    if not isinstance(made, SavePlan):
        return made
    own = {"guessed_by": revision_of(change.sequence_number)}
    return replace(made, plan=made.plan.model_copy(update=own))


def _plan_edited(change: TargetChange, target: Target, before: Plan | None, after: Plan | None) -> PlanDecision:
    if before is None or (after is not None and after.revision >= before.revision):
        return Nothing("only the plan was written")
    assert change.new is not None
    is_of_these_fields = before.fingerprint == fingerprint_of(change.new)
    if after is not None:
        return _put_right(change, target, before) if is_of_these_fields else _replan(change, target)
    # Another edit's plan on the item tells that the one which left these fields had not been planned yet.
    return _restore(change, before) if is_of_these_fields else LookAgain()


def _keep_revision(change: TargetChange, target: Target, before: Plan | None, after: Plan | None) -> PlanDecision:
    assert change.new is not None
    if before is None or before.fingerprint != fingerprint_of(change.new):
        # To plan anew from this edit would leave out a run that was due before it and has not begun.
        return LookAgain()
    if after is None:
        return _restore(change, before)
    if after.is_same_as(before):
        return Nothing("what changed is read at run time")
    return _put_right(change, target, before) if after.revision <= before.revision else LookAgain()


def _put_right(change: TargetChange, target: Target, before: Plan) -> PlanDecision:
    """Decide where a user's own write has put an old plan over `before`, which is of the same schedule.

    The old one's timers are long gone. To plan anew would leave out a run that was due just before and has not begun.
    """
    return _restore(change, before) if before.status is PlanStatus.SCHEDULED else _replan(change, target)


def _replan(change: TargetChange, target: Target) -> PlanDecision:
    assert change.new is not None
    anchor = target.starts_at or _kept_anchor(change) or change.edited_at
    draft = Plan(
        revision=revision_of(change.sequence_number),
        status=PlanStatus.SCHEDULED,
        fingerprint=fingerprint_of(change.new),
        anchor_at=anchor,
        grid=grid_of(change.new),
        counted_from=change.counted_from(),
    )
    seen = revision_on(change.new)
    if not target.active:
        return SavePlan(_paused(draft, change, target), seen)
    try:
        first = first_occurrence(change, target, anchor)
    except InvalidExpressionError as error:
        return _refuse(change, change.new, f"except: {error}")
    if first is None:
        return _completed(change, change.new, target, draft)
    begins = {"first_at": first.scheduled_at, "next_run_at": first.due_at}
    return SavePlan(draft.model_copy(update={"anchor_at": grid_from(first, target, anchor), **begins}), seen, first)


def _paused(draft: Plan, change: TargetChange, target: Target) -> Plan:
    before = change.plan_of_same_grid()
    since = before.paused_at if before and before.paused_at else change.edited_at
    reason = f"active is false{f': {target.note}' if target.note else ''}"
    return draft.model_copy(update={"status": PlanStatus.PAUSED, "reason": reason, "paused_at": since})


def _completed(change: TargetChange, item: Item, target: Target, draft: Plan) -> PlanDecision:
    # What was merely found may still have its edit's record to come, and that may know of a run.
    is_deleted = target.on_complete is OnComplete.DELETE and not change.is_found
    reason = "the schedule names no instant after this edit"
    ended = SavePlan(draft.model_copy(update={"status": PlanStatus.COMPLETED, "reason": reason}), revision_on(item))
    return DeleteTarget(item, ended) if is_deleted else ended


def _refuse(change: TargetChange, item: Item, reason: str) -> PlanDecision:
    current, fingerprint = plan_of(item), fingerprint_of_all(item)
    refusal = PlanStatus.INVALID, reason, fingerprint
    if current is not None and (current.status, current.reason, current.fingerprint) == refusal:
        return Nothing("was refused already")
    refused = Plan(
        revision=revision_of(change.sequence_number),
        status=PlanStatus.INVALID,
        reason=reason,
        fingerprint=fingerprint,
        grid=grid_of(item),
        counted_from=change.counted_from(),
    )
    # A rate keeps its grid, and a pause its beginning, over a mistake that is mended.
    if before := change.plan_of_same_grid() or change.refused_before():
        refused = refused.model_copy(update={"anchor_at": before.anchor_at, "paused_at": before.paused_at})
    return SavePlan(refused, revision_on(item))


def _kept_anchor(change: TargetChange) -> datetime | None:
    """Return the grid's old start, unless the edit lays a new grid: a rate keeps it over a pause."""
    before = change.plan_of_same_grid()
    return before.anchor_at if before else None


def _ends_unseen_pause(change: TargetChange, target: Target) -> bool:
    """Return whether a pause that is to be caught up with ends before the record could show its plan."""
    if change.old is None or change.old.get("active") is not False or not target.active:
        return False
    before = change.plan_of_same_grid()
    return target.catch_up_after_pause is not CatchUp.SKIP and before is not None and before.paused_at is None


def _schedule_changed(old: Item, new: Item, accepts: AcceptsParams) -> bool:
    return fingerprint_of(old) != fingerprint_of(new) or isinstance(_read(old, accepts), InvalidTargetError)


def _read(item: Item, accepts: AcceptsParams) -> Target | InvalidTargetError:
    try:
        target = parse_target(item)
        accepts(target)
    except InvalidTargetError as error:
        return error
    return target


def _restore(change: TargetChange, before: Plan) -> RestorePlan:
    assert change.new is not None
    assert change.old is not None
    restored = before.model_copy(update={"restored_by": revision_of(change.sequence_number)})
    return RestorePlan(restored, was=change.old["plan"], seen=change.new.get("plan"))

"""What the plan that stands on an item tells beside the record of an edit, whose image shows the one before."""

from schedule_model.occurrence import Occurrence
from schedule_model.plan import Plan, PlanStatus, fingerprint_of, revision_of, revision_on
from schedule_model.plan_decision import SavePlan
from schedule_model.target import Target
from schedule_model.target_change import TargetChange


def is_all_there_is(before: Plan | None, current: Plan | None) -> bool:
    """Return whether reconcile's guess before the edit is the only plan: no record of an edit made another."""
    if before is None or not before.has_guessed_grid:
        return False
    return current is None or current.revision == before.revision


def lost_the_grid(current: Plan, change: TargetChange) -> bool:
    """Return whether the plan was made for an earlier edit whose record could not tell the grid that this one tells."""
    before = change.plan_of_same_grid()
    if before is None or before.anchor_at is None or before.anchor_at == current.anchor_at:
        return False
    if before.has_guessed_grid or current.has_guessed_grid:
        return current.has_guessed_grid
    if before.revision == current.revision:
        return True
    assert change.new is not None
    is_of_pause = before.fingerprint == fingerprint_of({**change.new, "active": False})
    return is_of_pause or before.status is PlanStatus.INVALID


def is_of_record(current: Plan | None, change: TargetChange) -> bool:
    """Return whether the plan is this very record's, which comes again because its timer may not have been set."""
    return (
        current is not None
        and current.status is PlanStatus.SCHEDULED
        and current.revision == revision_of(change.sequence_number)
    )


def begins_again(current: Plan | None, change: TargetChange, target: Target) -> SavePlan | None:
    """Return the plan whose first timer may not have been set, with that timer; None if there is no such plan.

    What led to it can no longer be told: the plan before it is gone.
    """
    half_done = current if is_of_record(current, change) else _planned_at_first(current, change)
    if half_done is None or half_done.first_at is None or half_done.next_run_at is None:
        return None
    assert change.new is not None
    first = Occurrence(half_done.first_at, half_done.next_run_at, target.precise)
    return SavePlan(half_done, revision_on(change.new), first)


def _planned_at_first(current: Plan | None, change: TargetChange) -> Plan | None:
    """Return the plan before the edit, as one of this edit, if the plan that stands was made of the same record later.

    The edit had wiped it by then, so that the record could tell the grid no more, and another was laid.
    """
    before = change.plan_of_same_grid()
    if current is None or before is None or before.revision != current.revision or not lost_the_grid(current, change):
        return None
    assert change.new is not None
    is_of_these_fields = before.fingerprint == fingerprint_of(change.new)
    own = {"revision": revision_of(change.sequence_number)}
    return before.model_copy(update=own) if is_of_these_fields else None

"""What the plan that stands on an item tells beside the record of an edit, whose image shows the one before."""

from schedule_model.plan import Plan, PlanStatus, fingerprint_of, revision_of
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
    assert change.new is not None
    is_of_pause = before.fingerprint == fingerprint_of({**change.new, "active": False})
    return is_of_pause or before.status is PlanStatus.INVALID


def is_half_done(current: Plan | None, change: TargetChange) -> bool:
    """Return whether the plan is this very record's, which comes again because its timer may not have been set."""
    return (
        current is not None
        and current.status is PlanStatus.SCHEDULED
        and revision_of(change.sequence_number) in (current.revision, current.guessed_by)
    )

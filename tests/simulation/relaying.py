"""Which writes lay the grid of a schedule anew that stays the same, or bring an old one back."""

from functions.aws.items import decode_item
from schedule_model.plan import Plan, PlanStatus, fingerprint_of, plan_of
from schedule_model.target import Item
from tests.simulation.journal import TargetWrite
from tests.simulation.period import GONE, Period


def begins_anew(present: Period, item: Item, write: TargetWrite) -> bool:
    """Return whether the grid is laid anew of a schedule whose plan an edit without a record wiped.

    That does reconcile, or the planner that hears of the next edit.
    """
    plan, first, before = plan_of(item), present.first_plan, plan_before(write)
    if plan is None or first is None or plan.status is not PlanStatus.SCHEDULED or write.is_by_user:
        return False
    # A grid that reconcile guessed gives way to that of an edit whose record the planner comes to later.
    is_guess = plan.found_at is None and before is not None and first.has_guessed_grid
    is_kept = before is not None and before.fingerprint == plan.fingerprint
    if before is not None and before.has_guessed_grid and is_guess:
        is_kept = False
    if plan.fingerprint != fingerprint_of(item) or is_kept:
        return False
    if plan.found_at is None:
        return (present.has_lost_grid or is_guess) and plan.anchor_at != first.anchor_at
    return (present.is_unheard or present.has_lost_grid) and plan.revision not in present.revisions


def put_back(latest: list[Period], item: Item, write: TargetWrite, *, is_unheard: bool) -> dict[str, int] | None:
    """Return the edit of an old plan, of the same schedule, that stands again and whose chain so goes on; None if none.

    Its user has put it over one whose grid reconcile had laid, or the planner has, which came to its edit late. Where
    nobody hears of a user's write, any old plan stays.
    """
    plan, before, present = plan_of(item), latest[0], latest[-1]
    if plan is None or plan.status is not PlanStatus.SCHEDULED or plan.fingerprint != fingerprint_of(item):
        return None
    if present.first_plan is None or plan.revision in present.revisions:
        return None
    if write.is_by_user and is_unheard:
        return {plan.revision: write.at_ms}
    is_again = write.is_by_user or plan.restored_by is not None
    is_known = before is not GONE and before is not present and plan.revision in before.revisions
    return {plan.revision: write.at_ms} if is_again and is_known and present.first_plan.found_at is not None else None


def plan_before(write: TargetWrite) -> Plan | None:
    """Return the plan on the item that a write replaced."""
    return None if write.change.old is None else plan_of(decode_item(write.change.old))


def laid_anew(present: Period, item: Item, write: TargetWrite) -> Period:
    """Return the period that begins with a grid laid anew; it takes the edit that laid it from the one before."""
    plan, first, anew = plan_of(item), present.first_plan, revived(present, item)
    kept = first.revision if first is not None else ""
    present.revisions = {one: at_ms for one, at_ms in present.revisions.items() if one not in anew or one == kept}
    is_unheard = present.is_unheard or (plan is not None and plan.found_at is not None)
    return Period(present.target, item, write.at_ms, revisions=anew, is_unheard=is_unheard)


def revived(before: Period | None, item: Item) -> dict[str, int]:
    """Return the edit that a period's plan is of, if it was made in the period before, of the same schedule.

    So it is where reconcile took the schedule for over before the record came, or where the grid is laid anew. Where a
    run of the schedule before it has ended it, before the planner came to its edits, they are all of them.
    """
    plan = plan_of(item)
    if before is None or plan is None or fingerprint_of(before.item) != fingerprint_of(item):
        return {}
    if before.plan is None:
        return dict(before.revisions)
    return {plan.revision: before.revisions[plan.revision]} if plan.revision in before.revisions else {}


def awaited(before: Period | None, item: Item) -> dict[str, int]:
    """Return the edits of the period before, if the planner has yet to come to them and this schedule is the same.

    Where nobody heard of the mistake, or the pause, in between, the plan of one of them goes on.
    """
    if before is None or before.plan is not None or fingerprint_of(before.item) != fingerprint_of(item):
        return {}
    return dict(before.revisions)

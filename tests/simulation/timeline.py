"""What each target's schedule was, from when until when: read from the table's history, not from what the loop did."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta

from functions.aws.items import decode_item
from schedule_model.errors import InvalidTargetError
from schedule_model.occurrence import MOMENT, Occurrence, next_occurrence
from schedule_model.plan import GRID_FIELDS, Plan, PlanStatus, fingerprint_of, plan_of, revision_of
from schedule_model.reading_targets import parse_target
from schedule_model.target import Item, Target
from tests.simulation.hub import instant_of, ms_of
from tests.simulation.journal import TargetWrite

PUT_RIGHT_WITHIN_MS = 60_000
"""How long a plan may stand that was made without knowledge of the grid: until the record after its own is read."""


@dataclass(slots=True)
class Period:
    """A while in which a target was active, valid, and its schedule the same.

    Attributes:
        ended_ms: when it was edited, paused, spoiled, deleted or completed; None if it goes on.
        stood_until_ms: the same, but for completion: a schedule that is over may still retry its last runs.
        revisions: of every write in it, with the instant of that write.
        plan: the latest of its own plans, None while it has none.
        is_found: whether reconcile has planned it, with a revision of no write of it.
        is_unheard: whether the record of its latest edit never reached the planner, so that reconcile's plan stays.
        has_lost_grid: whether an edit that nobody heard of wiped the plan, and none has been written since.
        held: what runners' own choices put aside.
        follows: the period before it, if nothing but fields that do not lay the grid changed in between.
    """

    target: Target
    item: Item
    began_ms: int
    ended_ms: int | None = None
    stood_until_ms: int | None = None
    revisions: dict[str, int] = field(default_factory=dict)
    plan: Plan | None = None
    first_plan: Plan | None = None
    is_found: bool = False
    is_unheard: bool = False
    has_lost_grid: bool = False
    held: list[Plan] = field(default_factory=list)
    follows: "Period | None" = None

    def occurrences(self, until_ms: int) -> Iterator[Occurrence]:
        """Yield what the schedule names in this period, up to what is due at `until_ms`."""
        first = self.first_plan
        if first is None or first.anchor_at is None:
            return
        after = instant_of(self.revisions[first.revision]).replace(microsecond=0)
        if first.first_at is not None:
            began = instant_of(self.began_ms).replace(microsecond=0)
            after = min(after, max(first.first_at - MOMENT, began))
        while (found := next_occurrence(self.target, after=after, anchor=first.anchor_at)) is not None:
            if found.scheduled_at > instant_of(until_ms):
                return
            if ms_of(found.due_at) <= until_ms:
                yield found
            after = found.scheduled_at

    def names_an_instant(self) -> bool:
        """Return whether the schedule names any instant after this period began."""
        began = instant_of(self.began_ms)
        return next_occurrence(self.target, after=began, anchor=began) is not None

    def is_held(self, occurrence: Occurrence) -> bool:
        """Return whether a runner has put this occurrence aside."""
        return any(plan.is_held(occurrence.scheduled_at) for plan in self.held)

    def period_length(self) -> timedelta | None:
        """Return the period of a rate, None for any other schedule."""
        expression = self.target.expression()
        return getattr(expression, "period", None)


def periods(writes: list[TargetWrite], unheard: frozenset[int] = frozenset()) -> list[Period]:
    """Return the periods of one target, in order.

    Args:
        writes: all of the target's.
        unheard: the ids of the changes whose record never reached the planner.
    """
    found: list[Period] = []
    present: Period | None = None
    is_laid_anew, born = False, ""
    for write in writes:
        if write.change.old is None:
            born = revision_of(write.sequence_number)
        item = None if write.change.new is None else decode_item(write.change.new)
        target = None if item is None else _active(item)
        _note_how_long_they_stood(found[-2:], item if target is not None else None, write.at_ms)
        if item is None or target is None or _is_over(item, write, born):
            _end(present, write.at_ms)
            present = None
            if item is None:
                found.append(_GONE) if found and found[-1] is not _GONE else None
        elif present is not None and fingerprint_of(present.item) == fingerprint_of(item):
            present.item, present.target = item, target
            if _begins_anew(present, item, write):
                _end(present, write.at_ms)
                present.stood_until_ms = write.at_ms
                present = _laid_anew(present, item, write)
                found.append(present)
        else:
            _end(present, write.at_ms)
            before = found[-1] if found and found[-1] is not _GONE else None
            follows = before if _same_grid(before, item) and not is_laid_anew else None
            present, is_laid_anew = Period(target, item, write.at_ms, follows=follows), False
            present.revisions = {} if write.is_by_user else _revived(before, item)
            found.append(present)
        if present is None and item is not None and found and found[-1] is not _GONE:
            is_laid_anew = is_laid_anew or not _same_grid(found[-1], item)
        if present is not None and item is not None:
            present.is_unheard = id(write.change) in unheard if write.is_by_user else present.is_unheard
            is_wiped = present.is_unheard and write.is_by_user and _plan_before(write) is not None
            present.has_lost_grid = plan_of(item) is None and (present.has_lost_grid or is_wiped)
            _take(present, item, write)
    return [one for one in found if one is not _GONE]


def _note_how_long_they_stood(latest: list[Period], item: Item | None, at_ms: int) -> None:
    for one in latest:
        if one is not _GONE and (item is None or fingerprint_of(one.item) != fingerprint_of(item)):
            one.stood_until_ms = one.stood_until_ms or at_ms


def _begins_anew(present: Period, item: Item, write: TargetWrite) -> bool:
    """Return whether the grid is laid anew of a schedule whose plan an edit without a record wiped.

    That does reconcile, or the planner that hears of the next edit.
    """
    plan, first, before = plan_of(item), present.first_plan, _plan_before(write)
    if plan is None or first is None or plan.status is not PlanStatus.SCHEDULED or write.is_by_user:
        return False
    if plan.fingerprint != fingerprint_of(item) or (before is not None and before.fingerprint == plan.fingerprint):
        return False
    if plan.found_at is None:
        return present.has_lost_grid and plan.anchor_at != first.anchor_at
    return (present.is_unheard or present.has_lost_grid) and plan.revision not in present.revisions


def _plan_before(write: TargetWrite) -> Plan | None:
    return None if write.change.old is None else plan_of(decode_item(write.change.old))


def _laid_anew(present: Period, item: Item, write: TargetWrite) -> Period:
    """Return the period that begins with a grid laid anew; it takes the edit that laid it from the one before."""
    plan, first, anew = plan_of(item), present.first_plan, _revived(present, item)
    kept = first.revision if first is not None else ""
    present.revisions = {one: at_ms for one, at_ms in present.revisions.items() if one not in anew or one == kept}
    is_unheard = present.is_unheard or (plan is not None and plan.found_at is not None)
    return Period(present.target, item, write.at_ms, revisions=anew, is_unheard=is_unheard)


def _revived(before: Period | None, item: Item) -> dict[str, int]:
    """Return the edit that a period's plan is of, if it was made in the period before, of the same schedule.

    So it is where reconcile took the schedule for over before the record came, or where the grid is laid anew.
    """
    plan = plan_of(item)
    if before is None or plan is None or fingerprint_of(before.item) != fingerprint_of(item):
        return {}
    return {plan.revision: before.revisions[plan.revision]} if plan.revision in before.revisions else {}


def _take(present: Period, item: Item, write: TargetWrite) -> None:
    present.revisions[revision_of(write.sequence_number)] = write.at_ms
    plan = plan_of(item)
    if plan is not None and write.is_by_user and present.is_unheard and plan.fingerprint == fingerprint_of(item):
        # An old plan that was put back, of which nobody heard: its chain goes on, and none begins.
        present.is_found = True
    if plan is not None and not write.is_by_user and plan.fingerprint == fingerprint_of(item):
        # Where nobody heard of the edit, the plan of one before it that left the same schedule does.
        present.is_found = present.is_found or present.is_unheard or "~" in plan.revision
        if present.is_unheard and plan.found_at is not None:
            present.revisions.setdefault(plan.revision, max(write.at_ms, ms_of(plan.found_at)))
    if plan is not None and plan.revision in present.revisions and plan.status is PlanStatus.SCHEDULED:
        present.plan = plan
        if present.first_plan is None or _is_put_right(present, plan, write.at_ms):
            present.first_plan = plan
        if plan.held_until is not None:
            present.held.append(plan)


def _is_put_right(present: Period, plan: Plan, at_ms: int) -> bool:
    """Return whether a plan lays the grid that the period was to go on with, right after one that did not know it.

    The planner that meets an edit after the next one has wiped the plan sees no grid; the record of that one tells it.
    """
    before = present.follows.plan if present.follows else None
    if before is None or present.first_plan is None or plan.anchor_at != before.anchor_at:
        return False
    return present.first_plan.anchor_at != before.anchor_at and at_ms - present.began_ms < PUT_RIGHT_WITHIN_MS


def _is_over(item: Item, write: TargetWrite, born: str) -> bool:
    """Return whether the system says that this very schedule has come to its end.

    The record of a write just before a target was deleted and created again may bring an end from its former life: it
    stands until the next record is read.
    """
    plan = plan_of(item)
    before = None if write.change.old is None else plan_of(decode_item(write.change.old))
    return (
        plan is not None
        and (not write.is_by_user or (before is not None and plan.is_same_as(before)))
        and plan.status is PlanStatus.COMPLETED
        and plan.fingerprint == fingerprint_of(item)
        and (plan.revision >= born or plan.found_at is not None)
    )


def _end(present: Period | None, at_ms: int) -> None:
    if present is not None:
        present.ended_ms = at_ms


def _active(item: Item) -> Target | None:
    try:
        target = parse_target(item)
    except InvalidTargetError:
        return None
    return target if target.active and target.type == "simulated" else None


def _same_grid(before: Period | None, item: Item) -> bool:
    return before is not None and all(before.item.get(name) == item.get(name) for name in GRID_FIELDS)


_GONE = Period.__new__(Period)

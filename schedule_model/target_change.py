"""An edit of a target, and what of its schedule goes on over it."""

from dataclasses import dataclass, replace
from datetime import datetime

from schedule_model.plan import (
    GRID_FIELDS,
    Plan,
    PlanStatus,
    is_sealed,
    plan_of,
    revision_on,
)
from schedule_model.target import Item


@dataclass(frozen=True, slots=True)
class TargetChange:
    """One record of the Targets stream.

    Attributes:
        target_id: the item's key.
        old: the item before, None if it was created or found.
        new: the item after, None if it was removed.
        sequence_number: rises with each edit of the item, and is the same when the record is delivered again.
        edited_at: when the edit was made, to the second; planning from it makes a repeated record change nothing.
        is_found: no edit is known: reconcile has found the item so, and cannot tell whether it is new.
    """

    target_id: str
    old: Item | None
    new: Item | None
    sequence_number: str
    edited_at: datetime
    is_found: bool = False

    @property
    def is_new(self) -> bool:
        """Return whether the edit created the target, so that none of its runs can be older."""
        return self.old is None and not self.is_found

    def counted_from(self) -> datetime | None:
        """Return when the target was created: rows up to then are of another that had its id. None if not known."""
        if self.is_new:
            return self.edited_at
        before = self._plan()
        return before.counted_from if before else None

    def plan_of_same_grid(self) -> Plan | None:
        """Return the plan before an edit that leaves the grid of the schedule as it was, if it is of that grid."""
        if self.old is None or self.new is None:
            return None
        is_same = all(self.old.get(name) == self.new.get(name) for name in GRID_FIELDS)
        before = self._plan() if is_same else None
        return before if before is not None and before.has_grid_of(self.new) else None

    def plan_before(self) -> Plan | None:
        """Return the plan before the edit, None if there was none."""
        return None if self.old is None else plan_of(self.old)

    def plan_after(self) -> Plan | None:
        """Return the system's plan after the edit, None if there is none, or what stands there is its user's."""
        assert self.new is not None
        # In place of a sealed plan one without a seal is its user's, but for a later edit's by a release from before.
        is_replaced = self.old is not None and is_sealed(self.old) and not is_sealed(self.new)
        is_by_hand = is_replaced and self.old is not None and revision_on(self.new) <= revision_on(self.old)
        return None if is_by_hand else plan_of(self.new)

    def is_of_plan_alone(self) -> bool:
        """Return whether nothing but the plan was written."""
        return self.old is not None and self.new is not None and _fields(self.old) == _fields(self.new)

    def is_first_unplanned(self) -> bool:
        """Return whether the edit before this one had not been planned yet, as far as the record tells."""
        before = self.plan_before()
        # What reconcile has guessed meanwhile does not count: the edit's own record comes before, and knows more.
        if self.old is None or (before is not None and not before.has_guessed_grid):
            return False
        # A plan beside changed fields came with the user's own write, and may be that of an earlier life.
        return self.plan_after() is None or not self.is_of_plan_alone()

    def has_stale_plan(self) -> bool:
        """Return whether the plan before the edit is of another grid: the edit between had not been planned yet."""
        before = self.plan_before()
        return before is not None and self.old is not None and not before.has_grid_of(self.old)

    def knows_the_plan_before(self) -> bool:
        """Return whether the record tells the plan of the target as it was before; else that was not planned yet."""
        before = self.plan_before()
        if before is None or self.old is None:
            return self.old is None
        return before.is_of(self.old)

    def knows_the_grid_before(self) -> bool:
        """Return whether the plan before the edit tells where the grid starts, which the edit has left as it was."""
        before = self.plan_before()
        return before is not None and before.anchor_at is not None and self.plan_of_same_grid() is not None

    def as_found(self) -> "TargetChange":
        """Return the edit as if reconcile had found it: its plan gives way to what any later record knows."""
        before, is_same = self.plan_before(), self.plan_of_same_grid() is not None
        edit = before.revision.partition("~")[0] if before else ""
        number = f"{edit if edit.isdecimal() else ''}~{int(self.edited_at.timestamp()):011d}"
        return replace(self, old=self.old if is_same else None, sequence_number=number, is_found=True)

    def left(self, item: Item) -> bool:
        """Return whether a target is as this edit left it, but for its plan."""
        return self.new is not None and _fields(item) == _fields(self.new)

    def refused_before(self) -> Plan | None:
        """Return the refusal of an earlier version, which told no fingerprint, so that reconcile has it made anew."""
        current = plan_of(self.new) if self.is_found and self.new is not None else None
        return current if current and current.status is PlanStatus.INVALID and not current.fingerprint else None

    def _plan(self) -> Plan | None:
        # The plan in the user's own write may be a copy from before the target was deleted and created again.
        before = self.plan_before()
        return before or (None if self.new is None else plan_of(self.new))


def _fields(item: Item) -> dict[str, object]:
    return {name: value for name, value in item.items() if name != "plan"}

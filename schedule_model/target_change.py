"""An edit of a target, and what of its schedule goes on over it."""

from dataclasses import dataclass
from datetime import datetime

from schedule_model.plan import GRID_FIELDS, Plan, PlanStatus, plan_of
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
        """Return the plan before an edit that leaves the grid of the schedule as it was."""
        if self.old is None or self.new is None:
            return None
        is_same = all(self.old.get(name) == self.new.get(name) for name in GRID_FIELDS)
        return self._plan() if is_same else None

    def refused_before(self) -> Plan | None:
        """Return the refusal of an earlier version, which told no fingerprint, so that reconcile has it made anew."""
        current = plan_of(self.new) if self.is_found and self.new is not None else None
        return current if current and current.status is PlanStatus.INVALID and not current.fingerprint else None

    def _plan(self) -> Plan | None:
        # The plan in the user's own write may be a copy from before the target was deleted and created again.
        before = None if self.old is None else plan_of(self.old)
        return before or (None if self.new is None else plan_of(self.new))

"""What the planner is to do about an edit of a target."""

from dataclasses import dataclass

from schedule_model.dispatching import Nothing
from schedule_model.occurrence import Occurrence
from schedule_model.plan import Plan
from schedule_model.target import Item


@dataclass(frozen=True, slots=True)
class SavePlan:
    """Write this plan on the target, then set the timer of its first occurrence if there is one.

    Attributes:
        seen_revision: the revision on the item that the decision was made from; "" when it had none.
        first: the occurrence that its chain begins with, None for none.
        first_number: how many runs of the schedule there have been, and one.
    """

    plan: Plan
    seen_revision: str
    first: Occurrence | None = None
    first_number: int = 1


@dataclass(frozen=True, slots=True)
class RestorePlan:
    """Write this plan back, which its user has wiped or written over, unless the system has written one by now.

    Attributes:
        plan: it tells which edit it was restored after, so that it differs from any copy that its user has of it.
        was: as it was on the item; a copy of it, put back meanwhile, gives way.
        seen: what the user has written in its place, None for nothing.
    """

    plan: Plan
    was: object
    seen: object = None


@dataclass(frozen=True, slots=True)
class LookAgain:
    """The record does not tell; ask `plan_current` with the item as it stands now."""


@dataclass(frozen=True, slots=True)
class DeleteTarget:
    """The schedule is over and the target is to go with it, unless it has been edited since it was seen.

    Attributes:
        seen: the target as the edit left it.
        ended: what is saved where it is not as it was seen, so that it is known to be over.
    """

    seen: Item
    ended: SavePlan


PlanDecision = SavePlan | RestorePlan | LookAgain | DeleteTarget | Nothing

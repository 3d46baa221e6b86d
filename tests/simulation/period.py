"""A while in which a target's schedule was the same."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta

from schedule_model.occurrence import MOMENT, Occurrence, next_occurrence
from schedule_model.plan import Plan
from schedule_model.target import Item, Target
from tests.simulation.hub import instant_of, ms_of


@dataclass(slots=True)
class Period:
    """A while in which a target was active, valid, and its schedule the same.

    Attributes:
        ended_ms: when it was edited, paused, spoiled, deleted or completed; None if it goes on.
        stood_until_ms: the same, but for completion: a schedule that is over may still retry its last runs.
        revisions: of every write in it, with the instant of that write.
        plan: the latest of its own plans, None while it has none.
        first_plan, planned_ms: the first of them, and when it was written.
        is_found: whether reconcile has planned it, with a revision of no write of it.
        is_unheard: whether the record of its latest edit never reached the planner, so that reconcile's plan stays.
        has_lost_grid: whether an edit that nobody heard of wiped the plan, and none has been written since.
        held: what runners' own choices put aside.
        follows: the period before it, if nothing but fields that do not lay the grid changed in between.
        laid_anew_ms: when an edit laid the grid anew while the target was paused or invalid, right before this period.
    """

    target: Target
    item: Item
    began_ms: int
    ended_ms: int | None = None
    stood_until_ms: int | None = None
    revisions: dict[str, int] = field(default_factory=dict)
    plan: Plan | None = None
    first_plan: Plan | None = None
    planned_ms: int = 0
    is_found: bool = False
    is_unheard: bool = False
    has_lost_grid: bool = False
    held: list[Plan] = field(default_factory=list)
    follows: "Period | None" = None
    laid_anew_ms: int | None = None

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


GONE = Period.__new__(Period)
"""Stands between the periods of two lives of a target."""

"""Several expressions as one: an occurrence of any is an occurrence of all."""

from dataclasses import dataclass
from datetime import datetime

from schedule_model.expressions.expression import Expression


@dataclass(frozen=True, slots=True)
class Union:
    """The occurrences of every member; an instant that two of them name occurs once.

    Attributes:
        members: at least one.
    """

    members: tuple[Expression, ...]

    def next_after(self, instant: datetime, *, anchor: datetime) -> datetime | None:
        """Return the earliest next occurrence of any member, or None once all are exhausted."""
        answers = (member.next_after(instant, anchor=anchor) for member in self.members)
        return min((answer for answer in answers if answer is not None), default=None)

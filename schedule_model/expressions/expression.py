"""What every form of schedule expression can answer."""

from datetime import datetime
from typing import Protocol


class Expression(Protocol):
    """When a target runs: immutable, safe to share and to cache, and without a clock of its own."""

    def next_after(self, instant: datetime, *, anchor: datetime) -> datetime | None:
        """Return the first occurrence strictly after `instant`, or None once the expression is exhausted.

        Every occurrence is a whole second, aware and in UTC.

        Args:
            instant: aware, in any zone.
            anchor: aware; where the grid of `rate` and the first day of `rrule` start. The other forms ignore it.

        Raises:
            ExclusionsTooManyError: the exclusions took out so many occurrences in a row that they seem to leave none.
        """
        ...

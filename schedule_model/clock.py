"""The one place that reads the time and that waits for it."""

import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Where every part of Hourglass gets the time from; tests and the simulation hand in a virtual one."""

    def now(self) -> datetime:
        """Return the present instant, aware and in UTC."""
        ...

    def wait_until(self, instant: datetime) -> None:
        """Return once `instant` has come; at once if it has passed."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """Return the machine's time, aware and in UTC."""
        return datetime.now(UTC)

    def wait_until(self, instant: datetime) -> None:
        """Sleep until `instant`; never returns before it on this machine's clock."""
        while (left := (instant - self.now()).total_seconds()) > 0:
            time.sleep(left)

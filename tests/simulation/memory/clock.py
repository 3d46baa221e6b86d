"""A clock that stands still until it is moved."""

from datetime import UTC, datetime, timedelta

START = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


class VirtualClock:
    """Shows the instant it was set to; waiting moves it."""

    def __init__(self, start: datetime = START) -> None:
        self._now = start

    def now(self) -> datetime:
        """Return the instant it shows."""
        return self._now

    def wait_until(self, instant: datetime) -> None:
        """Move on to `instant`, never back."""
        self._now = max(self._now, instant)

    def advance(self, **length: float) -> None:
        """Move on by a `timedelta`, given as its keywords."""
        self._now += timedelta(**length)

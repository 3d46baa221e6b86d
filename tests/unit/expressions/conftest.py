"""Shorthand for the expression tests: instants as text, in and out."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import pytest

from schedule_model.expressions import parse_schedule

Runs = Callable[..., list[str]]


@pytest.fixture
def runs() -> Runs:
    """The next occurrences as texts such as `2026-03-08T07:00:00Z`, from `after` on."""

    def next_occurrences(
        schedule: str | Sequence[str],
        timezone: str = "UTC",
        *,
        after: str,
        count: int = 3,
        anchor: str | None = None,
        exclude: Sequence[str] = (),
    ) -> list[str]:
        expression = parse_schedule(schedule, timezone, exclude=exclude)
        instant = datetime.fromisoformat(after).astimezone(UTC)
        start = datetime.fromisoformat(anchor).astimezone(UTC) if anchor else instant
        found: list[str] = []
        while len(found) < count and (following := expression.next_after(instant, anchor=start)):
            instant = following
            found.append(f"{instant:%Y-%m-%dT%H:%M:%SZ}")
        return found

    return next_occurrences

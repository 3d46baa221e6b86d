"""Under which circumstances the runner tests run: a clock, a log, and a context on both."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from functions.runners.contract import RunContext
from schedule_model.clock import Clock, SystemClock

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@dataclass
class StandingClock:
    """A clock that moves only when something waits on it."""

    at: datetime = NOON

    def now(self) -> datetime:
        return self.at

    def wait_until(self, instant: datetime) -> None:
        self.at = max(self.at, instant)


@dataclass
class KeptLog:
    """A logger that keeps its lines."""

    lines: list[tuple[str, dict[str, object]]] = field(default_factory=list)

    def info(self, message: str, /, **facts: object) -> None:
        self.lines.append((message, facts))

    def warning(self, message: str, /, **facts: object) -> None:
        self.lines.append((message, facts))


def context(
    *,
    clock: Clock | None = None,
    log: KeptLog | None = None,
    target_id: str = "homepage",
    attempt: int = 1,
    seconds: float = 60,
) -> RunContext:
    """Return a context whose deadline is `seconds` away on a clock that stands still unless one is given."""
    clock = clock or StandingClock()
    return RunContext(
        target_id=target_id,
        scheduled_at=NOON,
        attempt=attempt,
        idempotency_key=f"{target_id}/2026-11-20T12:00:00Z",
        deadline=clock.now() + timedelta(seconds=seconds),
        clock=clock,
        log=log or KeptLog(),
        previous_output=lambda: None,
    )


def real_context(*, seconds: float = 20, target_id: str = "homepage") -> RunContext:
    """Return a context on the machine's clock, for runners that speak to a real counterpart."""
    return context(clock=SystemClock(), seconds=seconds, target_id=target_id)

"""Who may carry out an occurrence whose row is there already."""

from dataclasses import dataclass
from datetime import datetime

from schedule_model.run import Run, RunStatus
from schedule_model.target import Retry


@dataclass(frozen=True, slots=True)
class Duplicate:
    """The occurrence has ended, or another delivery of it has; this one changes nothing."""


@dataclass(frozen=True, slots=True)
class Later:
    """Ask again at this instant: the lease is held until then, or the retry is not due before."""

    at: datetime


@dataclass(frozen=True, slots=True)
class TakeOver:
    """Start the next attempt."""


@dataclass(frozen=True, slots=True)
class GiveUp:
    """The attempts are used up; the run has failed."""

    error: str


ClaimDecision = Duplicate | Later | TakeOver | GiveUp


def claim_held(held: Run, retry: Retry, *, now: datetime) -> ClaimDecision:
    """Decide what a request may do whose occurrence has a row already.

    Timeline of a run whose executor died in its first attempt:

        claim ──▶ died              lease over        next delivery
        |---------x----------------------|--------------------|
          IN_PROGRESS, held: Later         free: TakeOver as attempt 2, or GiveUp
    """
    if held.status.is_final:
        return Duplicate()
    if held.status is RunStatus.RETRYING:
        return TakeOver() if held.retry_at is None or held.retry_at <= now else Later(held.retry_at)
    if held.lease_expires_at is not None and held.lease_expires_at > now:
        return Later(held.lease_expires_at)
    if held.attempt >= retry.max_attempts:
        return GiveUp(f"attempt {held.attempt} of {retry.max_attempts} was cut off before it ended")
    return TakeOver()


def abandoned(held: Run, *, now: datetime) -> bool | Later:
    """Return whether a row stands open that nobody holds; Later while somebody does."""
    if held.status.is_final:
        return False
    if held.status is RunStatus.IN_PROGRESS and held.lease_expires_at is not None and held.lease_expires_at > now:
        return Later(held.lease_expires_at)
    return True

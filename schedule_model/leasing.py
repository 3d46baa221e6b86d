"""Who may carry out an occurrence whose row is there already."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from schedule_model.reading_targets import shorten
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
    until = held.retry_at if held.status is RunStatus.RETRYING else held.lease_expires_at
    if until is not None and until > now:
        return Later(until)
    return TakeOver() if held.is_waiting else _next_attempt(held, retry, now)


def _next_attempt(held: Run, retry: Retry, now: datetime) -> TakeOver | GiveUp:
    """Hold the run to its target's retry policy as it is now: it may have been edited, or hours have passed."""
    is_retry = held.status is RunStatus.RETRYING
    broke = f"attempt {held.attempt} failed: {held.error}" if is_retry else f"attempt {held.attempt} was cut off"
    if held.attempt >= retry.max_attempts:
        return GiveUp(shorten(f"{broke}; there is no other, as max_attempts is {retry.max_attempts}"))
    if now > held.due_at + timedelta(seconds=retry.max_age_seconds):
        return GiveUp(shorten(f"{broke}; the next would start later than max_age_seconds ({retry.max_age_seconds})"))
    return TakeOver()


def abandoned(held: Run, *, now: datetime) -> bool | Later:
    """Return whether a row stands open that nobody holds; Later while somebody does."""
    if held.status.is_final:
        return False
    if held.status is RunStatus.IN_PROGRESS and held.lease_expires_at is not None and held.lease_expires_at > now:
        return Later(held.lease_expires_at)
    return True

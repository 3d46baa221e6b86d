"""Whether and when a failed attempt is tried again."""

from datetime import datetime, timedelta
from random import Random

from schedule_model.run import Run
from schedule_model.target import Retry


def retry_at(
    run: Run, retry: Retry, *, now: datetime, random: Random, retry_after: timedelta | None = None
) -> datetime | None:
    """Return when the next attempt may start, None when the run is to be given up.

    The wait is drawn evenly from 0 to `backoff_seconds` doubled with each attempt, at most `max_backoff_seconds`. Where
    the other side asks to be left alone for a while, it begins after that: all its callers would come back at once if
    they kept to its wish to the second.

    Args:
        run: whose attempt failed.
        retry: the target's policy.
        now: aware UTC.
        random: draws the wait.
        retry_after: what the other side asks for, from now on.

    Source: "Exponential Backoff And Jitter", AWS Architecture Blog, full jitter.
    """
    if run.attempt >= retry.max_attempts:
        return None
    ceiling = min(retry.max_backoff_seconds, retry.backoff_seconds * 2 ** min(run.attempt - 1, 30))
    instant = now + (retry_after or timedelta(0)) + timedelta(seconds=random.uniform(0, ceiling))
    return instant if instant <= run.due_at + timedelta(seconds=retry.max_age_seconds) else None

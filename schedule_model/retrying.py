"""Whether and when a failed attempt is tried again."""

from datetime import datetime, timedelta
from random import Random

from schedule_model.run import Run
from schedule_model.target import Retry


def retry_at(run: Run, retry: Retry, *, now: datetime, random: Random) -> datetime | None:
    """Return when the next attempt may start, None when the run is to be given up.

    The wait is drawn evenly from 0 to `backoff_seconds` doubled with each attempt, at most `max_backoff_seconds`.

    Source: "Exponential Backoff And Jitter", AWS Architecture Blog, full jitter.
    """
    if run.attempt >= retry.max_attempts:
        return None
    ceiling = min(retry.max_backoff_seconds, retry.backoff_seconds * 2 ** min(run.attempt - 1, 30))
    instant = now + timedelta(seconds=random.uniform(0, ceiling))
    return instant if instant <= run.due_at + timedelta(seconds=retry.max_age_seconds) else None

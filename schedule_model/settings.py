"""The numbers that the owner of a stack may turn."""

from dataclasses import dataclass
from datetime import timedelta

QUEUE_DELAY_MAX = timedelta(seconds=900)
"""The longest that SQS holds a message. Source: SQS SendMessage, `DelaySeconds` (0 to 900)."""


@dataclass(frozen=True, slots=True)
class LoopSettings:
    """How the loop of one stack is tuned.

    Attributes:
        lead: how long before its run is due a timer expires; a run due sooner than that is near. At least 0.
        horizon: how far ahead the sweeper looks for timers that TTL has not removed; over two of its periods.
        shards: into how many keys the timers of one minute are spread; 1 to 99.
        lease: how long an executor may hold a run; longer than the executor can live.
        reconcile_period: how often each target is looked at for what was lost, at the most.
        reconcile_limit: how many targets one sweep looks at; it bounds what an idle stack costs.
        run_timeout: the longest that one attempt may take, which is the executor's own limit less its margin.
    """

    lead: timedelta = timedelta(seconds=1320)
    horizon: timedelta = timedelta(seconds=180)
    shards: int = 16
    lease: timedelta = timedelta(seconds=90)
    run_timeout: timedelta = timedelta(seconds=55)
    reconcile_period: timedelta = timedelta(minutes=15)
    reconcile_limit: int = 200

"""What a month of Hourglass costs by list prices: the model behind docs/costs.md, whose JavaScript computes the same.

Modelled, not billed: units and requests per run as the loop makes them, prices of us-east-1 without free tiers.
"""

from dataclasses import dataclass

PRICES = {
    "write": 0.625e-6,
    "read": 0.125e-6,
    "sqs": 0.40e-6,
    "invocation": 0.20e-6,
    "gb_second_arm64": 13.3334e-6,
    "gb_second_x86_64": 16.6667e-6,
    "log_gb": 0.50,
    "scheduler": 1.00e-6,
}
"""Dollars for one. Sources: the pricing pages of DynamoDB on-demand, SQS, Lambda, CloudWatch, EventBridge Scheduler."""

MINUTES = 730 * 60
MEMORY_GB = 0.5
OVERHEAD_MS = 30
DISPATCH_MS = 15
SHARDS = 16
MINUTES_SWEPT = 5
"""The one before, the present one and those up to the horizon of 180 s, each read consistently at 1 RRU a shard."""
POLLS_PER_MINUTE = 15
"""Five connections with a long poll of 20 s each, which is how a quiet queue is read."""
RECONCILE_LOOKS = MINUTES / 15
RECONCILE_PER_MINUTE = 200
LOOK_RRU = 1.03
"""A consistent query of a target's latest rows, and its share of a page of targets; as bench.scale counts it."""
SCHEDULER_FREE = 14_000_000


@dataclass(frozen=True, slots=True)
class Load:
    """What a stack does in a month.

    Attributes:
        targets: how many there are.
        runs: of all of them, in a month.
        batch: how many runs are carried out by one invocation, 1 to 10: few when traffic is sparse.
        run_ms: how long a run takes; those of one batch run at the same time.
        attempts: per run, on average, 1 or more.
        near: share of runs that are due within 15 minutes of the one before them, and have no timer, 0 to 1.
        swept: share of the other runs, whose timer TTL leaves to the sweeper, 0 to 1.
        log_bytes: per run, of all functions together.
        architecture: arm64 or x86_64.
    """

    targets: float = 1_000
    runs: float = 1_000_000
    batch: float = 10
    run_ms: float = 100
    attempts: float = 1
    near: float = 0.5
    swept: float = 0.1
    log_bytes: float = 1_000
    architecture: str = "arm64"


def costs(load: Load) -> dict[str, float]:
    """Return dollars a month by what they are paid for, their `total`, and `eventbridge` for the same runs there.

    `eventbridge` is EventBridge Scheduler with a function that records a claim and a result: within a minute of the
    time, one run an invocation, its 14 million free invocations taken off.
    """
    gb_second = PRICES[f"gb_second_{load.architecture}"]
    retries = load.attempts - 1
    looks = min(load.targets * RECONCILE_LOOKS, RECONCILE_PER_MINUTE * MINUTES)
    timed = 1 - load.near
    timers = timed * (1 + load.swept)
    busy_ms = (load.run_ms + OVERHEAD_MS) * load.attempts + DISPATCH_MS * timed
    logs = load.runs * load.log_bytes / 1e9 * PRICES["log_gb"]
    parts = {
        "writes": load.runs * (2 + timers + 2 * retries) * PRICES["write"],
        "reads": load.runs * 0.5 * load.attempts * PRICES["read"],
        "queue": load.runs * 3 * load.attempts / load.batch * PRICES["sqs"],
        "invocations": load.runs * (timed + load.attempts) / load.batch * PRICES["invocation"],
        "time": load.runs * busy_ms / 1000 * MEMORY_GB / load.batch * gb_second,
        "logs": logs,
        "idle": MINUTES * PRICES["invocation"]
        # The sweep's watermark and the pass of reconcile are read each minute, and written as they move on.
        + (MINUTES * (SHARDS * MINUTES_SWEPT + 2) + looks * LOOK_RRU) * PRICES["read"]
        + (MINUTES + looks / RECONCILE_PER_MINUTE) * PRICES["write"]
        + MINUTES * POLLS_PER_MINUTE * PRICES["sqs"],
    }
    there = (
        max(0, load.runs - SCHEDULER_FREE) * PRICES["scheduler"]
        + load.runs * (2 * PRICES["write"] + PRICES["invocation"]) * load.attempts
        + load.runs * (load.run_ms + OVERHEAD_MS) * load.attempts / 1000 * MEMORY_GB * gb_second
        + logs
    )
    return parts | {"total": sum(parts.values()), "eventbridge": there}

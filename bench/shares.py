"""Which way the runs of a long interval take, by how late TTL is: drawn from the simulation's profiles, modelled."""

from collections import Counter
from dataclasses import dataclass
from random import Random

from schedule_model.settings import QUEUE_DELAY_MAX, LoopSettings
from tests.simulation.lags import Lags

PROFILES = ("typical", "slow region", "fast", "backlog")
_WINDOW_MS = 1_800_000
_HOLD_S = QUEUE_DELAY_MAX.total_seconds()


@dataclass(frozen=True, slots=True)
class Shares:
    """The share of each path among the runs of a profile, and the lead with which they come about."""

    lead_s: float
    by_path: dict[str, float]


def lags_s(profile: str, draws: int, *, seed: int = 1) -> list[float]:
    """Return lags of TTL in seconds, independent of each other, in order."""
    lags = Lags(profile, Random(seed))
    return sorted(lags.lag_ms("a slot", number * _WINDOW_MS) / 1000 for number in range(draws))


def shares(lags: list[float], lead_s: float, *, seed: int = 2) -> Shares:
    """Return what becomes of timers that expire `lead_s` before their run is due and are removed after these lags.

    The sweeper's tick that reaches a minute comes `horizon` to `horizon` and a minute before it.
    """
    random, horizon_s = Random(seed), LoopSettings().horizon.total_seconds()
    taken: Counter[str] = Counter()
    for lag in lags:
        left_s = lead_s - lag
        if left_s < horizon_s + random.uniform(0, 60):
            taken["sweep"] += 1
        else:
            taken["ttl with a hop" if left_s > _HOLD_S else "ttl"] += 1
    return Shares(lead_s, {path: count / len(lags) for path, count in sorted(taken.items())})


def following_lead_s(lags: list[float]) -> float:
    """Return the lead that follows the lag: what SQS can hold, and the tenth percentile of the lag."""
    return _HOLD_S + lags[len(lags) // 10]

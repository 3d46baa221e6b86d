"""How long TTL takes to remove an expired item: four profiles, the same within a partition for a while."""

import math
from random import Random

_WINDOW_MS = 1_800_000
_PARTITIONS = 8


class Lags:
    """Draws lags; what expires in one partition within half an hour lags alike, give or take a tenth."""

    def __init__(self, profile: str, random: Random) -> None:
        self._profile = profile
        self._random = random
        self._by_window: dict[tuple[int, int], float] = {}

    def lag_ms(self, slot: str, expires_ms: int) -> int:
        """Return how long after its expiry an item of this slot is removed."""
        window = (sum(slot.encode()) % _PARTITIONS, expires_ms // _WINDOW_MS)
        if window not in self._by_window:
            self._by_window[window] = _drawn(self._profile, self._random)
        return int(self._by_window[window] * self._random.uniform(0.9, 1.1) * 1000)


def _drawn(profile: str, random: Random) -> float:
    if profile == "instant":
        return 1
    if profile == "two days":
        return 172_800
    if profile == "backlog":
        return _log_uniform(random, 3600, 172_800)
    (head, first), (body, second) = _MIXTURES[profile]
    share = random.random()
    if share < head:
        return random.lognormvariate(math.log(first[0]), first[1])
    if share < head + body:
        return random.lognormvariate(math.log(second[0]), second[1])
    return _log_uniform(random, 7200, 172_800)


_MIXTURES = {
    "typical": ((0.90, (600, 0.30)), (0.095, (1500, 0.5))),
    "slow region": ((0.85, (1320, 0.35)), (0.14, (2400, 0.6))),
    "fast": ((0.85, (180, 0.8)), (0.145, (900, 0.5))),
}


def _log_uniform(random: Random, low: float, high: float) -> float:
    return math.exp(random.uniform(math.log(low), math.log(high)))

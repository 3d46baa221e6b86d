"""How long AWS takes between an event and the invocation for it."""

from dataclasses import dataclass
from math import log
from random import Random

_Z99 = 2.326
"""How many standard deviations the 99th percentile lies above the median."""


@dataclass(frozen=True, slots=True)
class Latencies:
    """Lognormal latencies, each given by its median and its 99th percentile in milliseconds; None for rough ones.

    Rough latencies are drawn evenly, with a tail of two seconds on the queue: wider than published ones, to show more
    of what may pass each other.
    """

    queue: tuple[float, float] | None = None
    stream: tuple[float, float] | None = None

    def queue_ms(self, random: Random) -> int:
        """Draw how long a visible message waits for the executor."""
        if self.queue is None:
            return random.randint(16, 105) if random.random() < 0.99 else random.randint(105, 2000)
        return _lognormal(random, self.queue)

    def stream_ms(self, random: Random) -> int:
        """Draw how long a write waits for the function that reads the stream."""
        return random.randint(150, 500) if self.stream is None else _lognormal(random, self.stream)


ROUGH = Latencies()
PUBLISHED = Latencies(queue=(16, 105), stream=(213, 552))
"""Source: bitesizedserverless.com, "Measuring the latency of AWS event sources" (2022)."""


def _lognormal(random: Random, quantiles: tuple[float, float]) -> int:
    median, p99 = quantiles
    return round(random.lognormvariate(log(median), log(p99 / median) / _Z99))

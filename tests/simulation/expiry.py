"""DynamoDB's TTL: removes an expired item some time later, and says in the stream that it was TTL."""

from typing import TYPE_CHECKING

from tests.simulation.hub import EPOCH
from tests.simulation.lags import Lags
from tests.simulation.memory.table import Change, Key

if TYPE_CHECKING:
    from tests.simulation.world import World

_EPOCH_SECONDS = int(EPOCH.timestamp())


class Expiry:
    """Removes timers whose `expires_at` has passed, when their partition's turn comes."""

    def __init__(self, world: "World", lags: Lags) -> None:
        self._world = world
        self._lags = lags

    def take(self, change: Change) -> None:
        """Take up a timer that was written."""
        if change.new is None or "expires_at" not in change.new:
            return
        expires_ms = (int(change.new["expires_at"]["N"]) - _EPOCH_SECONDS) * 1000
        lag_ms = self._lags.lag_ms(change.key[0], expires_ms)
        self._world.hub.at(expires_ms + lag_ms, self._remove, change.key, change.new)

    def _remove(self, key: Key, expected: object) -> None:
        world = self._world
        if world.is_stopped:
            world.when_restarted(self._remove, key, expected)
        elif world.timers.table.get(*key) is expected:
            world.timers.table.delete(*key, by_ttl=True)

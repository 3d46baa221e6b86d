"""What was asked of the endpoint, and what AWS bills for it."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from threading import Lock


@dataclass(frozen=True, slots=True)
class Units:
    """What one request costs.

    Attributes:
        wru: write request units, index writes included.
        rru: read request units.
        sqs: SQS requests, one for each 64 KB begun.
        index_wru: the part of `wru` that secondary indexes took.
        items: how many items, statements or messages the request was about.
    """

    wru: float = 0
    rru: float = 0
    sqs: int = 0
    index_wru: float = 0
    items: int = 1

    def __add__(self, other: "Units") -> "Units":
        return Units(
            self.wru + other.wru,
            self.rru + other.rru,
            self.sqs + other.sqs,
            self.index_wru + other.index_wru,
            self.items + other.items,
        )


NOTHING = Units(items=0)


@dataclass(frozen=True, slots=True)
class Request:
    """One request: what it asked of which table or queue, and its units."""

    operation: str
    resource: str
    units: Units


@dataclass
class Ledger:
    """Keeps every request until it is taken."""

    requests: list[Request] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock)

    def enter(self, operation: str, resource: str, units: Units) -> None:
        """Keep account of one request."""
        with self._lock:
            self.requests.append(Request(operation, resource, units))

    def take(self) -> list[Request]:
        """Return what was entered since the last time, and begin anew."""
        with self._lock:
            taken, self.requests = self.requests, []
        return taken


def total(requests: Iterable[Request]) -> Units:
    """Return the sum of all units."""
    return sum((request.units for request in requests), NOTHING)


def by_operation(requests: Iterable[Request]) -> dict[str, int]:
    """Return how many requests there were, by operation and table or queue."""
    return dict(sorted(Counter(f"{one.operation} {one.resource}" for one in requests).items()))

"""One DynamoDB table in memory: items by key, its indexes' cost, and word of every change."""

import json
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from bench.endpoint.ledger import Units
from bench.endpoint.sizes import item_bytes, write_units
from bench.endpoint.values import Typed

OnChange = Callable[[Typed | None, Typed | None], None]


@dataclass(frozen=True, slots=True)
class Index:
    """A secondary index.

    Attributes:
        keys: partition key and, if it has one, sort key.
        projected: the attributes that it carries beside all keys; None for all of the item's.
    """

    keys: tuple[str, ...]
    projected: frozenset[str] | None


@dataclass
class Table:
    """Items by partition and sort key, held as JSON so that nobody changes them by accident.

    Attributes:
        listeners: hear of every write that changed something, with the item before and after.
    """

    keys: tuple[str, ...]
    indexes: dict[str, Index] = field(default_factory=dict)
    partitions: dict[str, dict[str, bytes]] = field(default_factory=dict)
    listeners: list[OnChange] = field(default_factory=list)
    writes_by_partition: dict[str, int] = field(default_factory=dict)
    _in_order: list[str] | None = None

    @classmethod
    def declared(cls, properties: Mapping[str, Any]) -> "Table":
        """Return the table that CreateTable or a template's properties describe."""
        indexes = {}
        for index in properties.get("GlobalSecondaryIndexes", ()):
            projection = index["Projection"]
            is_whole = projection["ProjectionType"] == "ALL"
            projected = None if is_whole else frozenset(projection.get("NonKeyAttributes", ()))
            indexes[index["IndexName"]] = Index(_keys(index["KeySchema"]), projected)
        return cls(_keys(properties["KeySchema"]), indexes)

    def key_of(self, item: Mapping[str, Any]) -> tuple[str, str]:
        """Return the key in an item, whose parts are texts; the second is empty where there is no sort key.

        Raises:
            KeyError: the item lacks a part of it.
        """
        first = item[self.keys[0]]["S"]
        return first, item[self.keys[1]]["S"] if len(self.keys) > 1 else ""

    def get(self, key: tuple[str, str]) -> Typed | None:
        """Return the item under a key, None where there is none."""
        stored = self.partitions.get(key[0], {}).get(key[1])
        return None if stored is None else json.loads(stored)

    def write(self, key: tuple[str, str], new: Typed | None, *, is_billed: bool = True) -> Units:
        """Write an item, or remove it, and return what that costs; by TTL nothing."""
        old = self.get(key)
        if new is None:
            self.partitions.get(key[0], {}).pop(key[1], None)
        else:
            if key[0] not in self.partitions:
                self._in_order = None
            self.partitions.setdefault(key[0], {})[key[1]] = json.dumps(new, separators=(",", ":")).encode()
        if old != new:
            for listener in self.listeners:
                listener(old, new)
        if not is_billed:
            return Units(items=0)
        self.writes_by_partition[key[0]] = self.writes_by_partition.get(key[0], 0) + 1
        index_wru = sum(
            _index_units(index, self._projected(index, old), self._projected(index, new))
            for index in self.indexes.values()
        )
        return Units(wru=write_units(old, new) + index_wru, index_wru=index_wru)

    def query(self, partition: str, *, after: str | None = None, reverse: bool = False) -> Iterator[Typed]:
        """Yield a partition's items in the order of their sort key, from behind one if it is given."""
        found = self.partitions.get(partition, {})
        order = sorted(found, reverse=reverse)
        start = 0 if after is None else order.index(after) + 1
        for sort in order[start:]:
            yield json.loads(found[sort])

    def query_index(self, index: Index, partition: str) -> Iterator[Typed]:
        """Yield an index's items of one partition in the order of its sort key."""
        rows = [row for item in self.items() if (row := self._projected(index, item)) is not None]
        mine = [row for row in rows if row[index.keys[0]]["S"] == partition]
        yield from sorted(mine, key=lambda row: [row[name]["S"] for name in index.keys])

    def items(self, *, after: tuple[str, str] | None = None) -> Iterator[Typed]:
        """Yield every item in one lasting order, from behind a key if one is given."""
        if self._in_order is None:
            self._in_order = sorted(self.partitions)
        start = 0 if after is None else bisect_left(self._in_order, after[0])
        for partition in islice(self._in_order, start, None):
            found = self.partitions[partition]
            for sort in sorted(found):
                if after is None or (partition, sort) > after:
                    yield json.loads(found[sort])

    def clear(self) -> None:
        """Forget every item, untold."""
        self.partitions.clear()
        self.writes_by_partition.clear()
        self._in_order = None

    def __len__(self) -> int:
        return sum(map(len, self.partitions.values()))

    def _projected(self, index: Index, item: Typed | None) -> Typed | None:
        if item is None or any(name not in item for name in index.keys):
            return None
        if index.projected is None:
            return item
        names = {*self.keys, *index.keys, *index.projected}
        return {name: value for name, value in item.items() if name in names}


def _keys(schema: Sequence[Mapping[str, str]]) -> tuple[str, ...]:
    return tuple(part["AttributeName"] for part in sorted(schema, key=lambda part: part["KeyType"] != "HASH"))


def _index_units(index: Index, old: Typed | None, new: Typed | None) -> int:
    """Return what a write costs in one index: a changed key is a removal and a write.

    Source: DynamoDB developer guide, "Using global secondary indexes" (write capacity units).
    """
    if old == new:
        return 0
    if old is not None and new is not None and any(old[name] != new[name] for name in index.keys):
        return write_units(old) + write_units(new)
    return write_units(old, new)


def size_of_table(table: Table) -> int:
    """Return the bytes of all items as DynamoDB counts them."""
    return sum(item_bytes(item) for item in table.items())

"""A DynamoDB table in memory: typed items by key, and word of every change to whoever listens."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Typed = dict[str, Any]
Key = tuple[str, ...]

ITEM_SIZE_MAX = 400 * 1024


@dataclass(frozen=True, slots=True)
class Change:
    """One write that changed an item; `old` is None when it was created, `new` when it was removed."""

    key: Key
    old: Typed | None
    new: Typed | None
    by_ttl: bool = False


class Table:
    """Items by key; a write that changes nothing is told to nobody, as DynamoDB Streams do."""

    def __init__(self, *key_names: str) -> None:
        self.items: dict[Key, Typed] = {}
        self.listeners: list[Callable[[Change], None]] = []
        self._key_names = key_names

    def key_of(self, item: Typed) -> Key:
        """Return an item's key."""
        return tuple(item[name]["S"] for name in self._key_names)

    def get(self, *key: str) -> Typed | None:
        """Return the item as it was written; never change it."""
        return self.items.get(key)

    def put(self, item: Typed) -> None:
        """Write a whole item."""
        key = self.key_of(item)
        old = self.items.get(key)
        self.items[key] = item
        if old != item:
            self._tell(Change(key, old, item))

    def delete(self, *key: str, by_ttl: bool = False) -> None:
        """Remove an item; a missing one is removed already."""
        old = self.items.pop(key, None)
        if old is not None:
            self._tell(Change(key, old, None, by_ttl))

    def _tell(self, change: Change) -> None:
        for listener in self.listeners:
            listener(change)


def size_of(item: Typed) -> int:
    """Return about how many bytes DynamoDB counts: the names and the values, in UTF-8."""
    return sum(len(name.encode()) + _size(value) for name, value in item.items())


def _size(value: Typed) -> int:
    ((letter, content),) = value.items()
    match letter:
        case "M":
            return 3 + size_of(content)
        case "L":
            return 3 + sum(1 + _size(one) for one in content)
        case "BOOL" | "NULL":
            return 1
        case _:
            return len(str(content).encode())

"""Remembering what pure functions made of small maps: a warm function reads the same few targets again and again."""

import marshal
from collections.abc import Callable
from functools import lru_cache
from typing import Any, TypeVar

KEY_SIZE_MAX = 4_096
"""The largest map that is remembered, in bytes; with `maxsize` it bounds the memory to 4 MB a function."""

Made = TypeVar("Made")


def remembered(make: Callable[[dict[str, Any]], Made]) -> Callable[[dict[str, Any]], Made]:
    """Return `make`, which answers from memory for a map with the same content; what it raises is not remembered.

    What it makes is shared by all who ask, so it has to be immutable.

    Args:
        make: a function of nothing but its map, which it does not keep. A map of other than JSON's values is passed on
            to it as it is.
    """
    answer = lru_cache(maxsize=1_024)(lambda key: make(marshal.loads(key)))  # noqa: S302  its own, of the line below

    def look_up(fields: dict[str, Any]) -> Made:
        try:
            # Version 2 has no references: the bytes depend on the content alone, and not on who else holds it.
            key = marshal.dumps(fields, 2)
        except ValueError:
            return make(fields)
        return make(fields) if len(key) > KEY_SIZE_MAX else answer(key)

    return look_up

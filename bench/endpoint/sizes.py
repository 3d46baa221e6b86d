"""How large an item is to DynamoDB, and what that costs.

Source: DynamoDB developer guide, "Item sizes and formats" and "Read and write operations" (capacity unit consumption).
"""

import math
from collections.abc import Mapping
from typing import Any

Typed = Mapping[str, Any]

WRITE_UNIT_BYTES = 1024
READ_UNIT_BYTES = 4096


def item_bytes(item: Typed | None) -> int:
    """Return the bytes of an item's names and values; 0 for none."""
    return sum(len(name.encode()) + _value_bytes(value) for name, value in item.items()) if item else 0


def write_units(*items: Typed | None) -> int:
    """Return the units of a write that finds or leaves these items: 1 for each KB of the largest, at least 1."""
    return max(1, *(math.ceil(item_bytes(item) / WRITE_UNIT_BYTES) for item in items))


def read_units(size_bytes: int, *, consistent: bool) -> float:
    """Return the units of a read of so many bytes: 1 for each 4 KB if consistent, else half; at least one step."""
    return max(1, math.ceil(size_bytes / READ_UNIT_BYTES)) * (1.0 if consistent else 0.5)


def _value_bytes(value: Typed) -> int:
    ((letter, content),) = value.items()
    match letter:
        case "S":
            return len(content.encode())
        case "N":
            return _number_bytes(content)
        case "BOOL" | "NULL":
            return 1
        case "M":
            return 3 + len(content) + item_bytes(content)
        case "L":
            return 3 + sum(1 + _value_bytes(one) for one in content)
        case "B":
            return len(content) * 3 // 4
        case "NS":
            return sum(_number_bytes(one) for one in content)
    return sum(len(str(one)) for one in content)


def _number_bytes(text: str) -> int:
    digits = text.lstrip("-").replace(".", "").partition("E")[0].strip("0")
    return math.ceil(len(digits) / 2) + 1 + text.startswith("-")

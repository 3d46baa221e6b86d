"""Attribute values as DynamoDB compares them, and paths into items."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

Typed = dict[str, Any]
Path = tuple[str | int, ...]
Operand = Callable[[Typed], Typed | None]
"""Given an item, the typed value that a part of an expression stands for; None where there is none."""


def plain(value: Typed) -> tuple[str, Any]:
    """Return a value in a form that compares and equals as DynamoDB has it: only within one type."""
    ((letter, content),) = value.items()
    match letter:
        case "N":
            return letter, Decimal(content)
        case "M":
            return letter, {name: plain(one) for name, one in content.items()}
        case "L":
            return letter, [plain(one) for one in content]
        case "SS" | "NS" | "BS":
            return letter, frozenset(content)
    return letter, content


def compare(operator: str, left: Typed | None, right: Typed | None) -> bool:
    """Return whether the comparison holds; with something missing only `<>` does."""
    if left is None or right is None:
        return operator == "<>"
    (one_letter, one), (other_letter, other) = plain(left), plain(right)
    if operator in {"=", "<>"}:
        return ((one_letter, one) == (other_letter, other)) is (operator == "=")
    if one_letter != other_letter or one_letter not in {"S", "N", "B"}:
        return False
    return bool({"<": one < other, "<=": one <= other, ">": one > other, ">=": one >= other}[operator])


def at(item: Typed, path: Path) -> Typed | None:
    """Return the value at a path, None where there is none."""
    found: Any = {"M": item}
    for step in path:
        match found, step:
            case {"M": Mapping() as inner}, str() if step in inner:
                found = inner[step]
            case {"L": list() as inner}, int() if step < len(inner):
                found = inner[step]
            case _:
                return None
    return dict(found)


def put_at(item: Typed, path: Path, value: Typed) -> None:
    """Set the value at a path.

    Raises:
        LookupError: the map that it would go into is not there.
    """
    *outer, last = path
    into = item
    for step in outer:
        into = into[str(step)]["M"]
    into[str(last)] = value


def remove_at(item: Typed, path: Path) -> None:
    """Remove what is at a path, if there is anything."""
    *outer, last = path
    into = item
    for step in outer:
        if str(step) not in into:
            return
        into = into[str(step)]["M"]
    into.pop(str(last), None)


def size_of(value: Typed) -> Typed:
    """Return what the function `size` answers."""
    ((_, content),) = value.items()
    return {"N": str(len(content.encode() if isinstance(content, str) else content))}


def added(left: Operand, sign: str, right: Operand) -> Operand:
    """Return the sum or difference of two numbers."""

    def value(item: Typed) -> Typed | None:
        one, other = left(item), right(item)
        if one is None or other is None:
            return None
        first, second = plain(one)[1], plain(other)[1]
        return {"N": str(first + second if sign == "+" else first - second)}

    return value


def _begins_with(found: Typed | None, start: Typed) -> bool:
    return found is not None and str(found.get("S", "")).startswith(start["S"])


def _contains(found: Typed | None, part: Typed) -> bool:
    if found is None:
        return False
    ((letter, content),) = found.items()
    return part in content if letter == "L" else next(iter(part.values())) in content


TESTS: dict[str, Callable[..., bool]] = {
    "attribute_exists": lambda found: found is not None,
    "attribute_not_exists": lambda found: found is None,
    "attribute_type": lambda found, letter: found is not None and letter["S"] in found,
    "begins_with": _begins_with,
    "contains": _contains,
}
"""The functions that stand for a condition, by name."""

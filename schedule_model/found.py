"""A target as it stands in the table: what its user wrote, the system's plan, and an etag that tells edits apart."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Self

from pydantic import JsonValue

from schedule_model.errors import InvalidTargetError
from schedule_model.plan import Plan, plan_of
from schedule_model.target import Item

Fields = dict[str, JsonValue]
"""What a user writes: an item without its `plan`."""

_ABSENT = object()


@dataclass(frozen=True, slots=True)
class Found:
    """A target as it stands.

    Attributes:
        fields: what the user wrote.
        plan: the system's answer; None until the planner has seen it.
        etag: changes with every edit of the fields, not with the plan.
        stored: the fields as the table spells them, for the table alone: it may know several spellings of a value.
    """

    fields: Fields
    plan: Plan | None
    etag: str
    stored: Item = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def of(cls, item: Item, *, stored: Item | None = None) -> Self:
        """Return the target that an item of the table is.

        Args:
            item: in plain values.
            stored: the same as the table spells it; without it the target can be read, and not edited.

        Raises:
            InvalidTargetError: a value is none that JSON has.
        """
        fields = as_fields(item)
        spelt = {name: value for name, value in (stored or {}).items() if name != "plan"}
        return cls(fields, plan_of(item), etag_of(fields), spelt)

    @property
    def target_id(self) -> str:
        """Return the target's id."""
        return str(self.fields["id"])

    def item(self) -> dict[str, object]:
        """Return fields and plan as the table has them."""
        return {**self.fields, "plan": self.plan.item()} if self.plan else dict(self.fields)


def fields_of(item: Item) -> Fields:
    """Return what a user wants to write: a field that is null is one that is left out.

    Raises:
        InvalidTargetError: a value is none that JSON has.
    """
    return {name: value for name, value in as_fields(item).items() if value is not None}


def as_fields(item: Item) -> Fields:
    """Return an item without its plan.

    Raises:
        InvalidTargetError: a value is none that JSON has.
    """
    try:
        written = {name: value for name, value in item.items() if name != "plan"}
        fields: Fields = json.loads(json.dumps(written, default=_number))
    except (TypeError, ValueError) as error:
        raise InvalidTargetError(f"the target holds something that is not JSON: {error}") from error
    return fields


def _number(value: object) -> int | float:
    """Return a Decimal, which boto3's own Table has for every number, as JSON has it."""
    if not isinstance(value, Decimal):
        raise TypeError(f"{type(value).__name__} is not JSON")
    return int(value) if value == value.to_integral_value() else float(value)


def etag_of(fields: Mapping[str, JsonValue]) -> str:
    """Return 16 hexadecimal digits that name this content, in whatever order its fields are."""
    return hashlib.sha256(json.dumps(fields, sort_keys=True).encode()).hexdigest()[:16]


def differing(old: Mapping[str, JsonValue], new: Mapping[str, JsonValue]) -> tuple[str, ...]:
    """Return the names of the fields that differ, sorted."""
    return tuple(sorted(name for name in old.keys() | new.keys() if old.get(name, _ABSENT) != new.get(name, _ABSENT)))

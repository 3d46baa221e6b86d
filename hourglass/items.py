"""Targets as a user writes them and as the table has them: checked, compared, and told apart."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum

from pydantic import JsonValue

from functions.registered_runners import RegisteredRunners
from schedule_model.errors import InvalidTargetError
from schedule_model.plan import Plan
from schedule_model.reading_targets import parse_target
from schedule_model.target import Item, Target

Fields = dict[str, JsonValue]
"""What a user writes: an item without its `plan`."""

_ABSENT = object()
_RUNNERS = RegisteredRunners()


class Change(StrEnum):
    """What a write did, or would do, to a target."""

    CREATED = "created"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True)
class Written:
    """What became of one target.

    Attributes:
        target_id: which.
        change: created, changed, or as it was.
        fields: the names of those that differ; every one for a new target.
    """

    target_id: str
    change: Change
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """A target as it stands.

    Attributes:
        fields: what the user wrote.
        plan: the system's answer; None until the planner has seen it.
        etag: changes with every edit of the fields, not with the plan.
    """

    fields: Fields
    plan: Plan | None
    etag: str

    @property
    def target_id(self) -> str:
        """Return the target's id."""
        return str(self.fields["id"])


def check_target(item: Item, *, run_timeout: timedelta | None = None) -> Target:
    """Return the target if the planner will accept it: its fields, its schedule, its type and its params.

    Args:
        item: as a user writes it; a `plan`, which is the system's, is not looked at.
        run_timeout: the longest that an attempt may take in this stack; None to leave that to the planner.

    Raises:
        InvalidTargetError: names every field at fault and what to write instead.
    """
    target = parse_target(item)
    _RUNNERS.check(target)
    longest = None if run_timeout is None else int(run_timeout.total_seconds())
    if longest is not None and (target.timeout_seconds or 0) > longest:
        raise InvalidTargetError(f"timeout_seconds: at most {longest} in this stack; write less")
    return target


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

"""Editing a target while others may do the same: read, change, and write only if nobody else has meanwhile."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from schedule_model.errors import SchedulerError
from schedule_model.found import Fields, Found

ATTEMPTS_MAX = 5


class BusyError(SchedulerError):
    """Others keep changing the target at this very moment; nothing was written. Try again."""


class EditableTargets(Protocol):
    """What editing needs of the Targets table."""

    def find(self, target_id: str) -> Found | None:
        """Return a target, read consistently."""
        ...

    def create(self, fields: Fields) -> Found | None:
        """Write a new target and return it as it is stored; None when its id is taken."""
        ...

    def replace(self, found: Found, fields: Fields) -> Found | None:
        """Write the fields that differ, if every field is still as it was found; None if one is not."""
        ...


@dataclass(frozen=True, slots=True)
class Edited:
    """What an edit did.

    Attributes:
        before: the target as it was; None if there was none.
        after: the target as it is stored now.
    """

    before: Found | None
    after: Found


def edit(targets: EditableTargets, target_id: str, change: Callable[[Found | None], Fields]) -> Edited:
    """Make a target what `change` makes of it; an edit that changes nothing writes nothing.

    Args:
        targets: the table.
        target_id: which.
        change: returns all fields that the target shall have, from what it is, None for nothing. Called again when
            somebody else was faster; what it raises ends the edit.

    Raises:
        BusyError: somebody else was faster five times.
    """
    for _ in range(ATTEMPTS_MAX):
        before = targets.find(target_id)
        fields = change(before)
        after = targets.create(fields) if before is None else targets.replace(before, fields)
        if after is not None:
            return Edited(before, after)
    raise BusyError(f"{target_id}: is being changed by somebody else at this very moment; try again")

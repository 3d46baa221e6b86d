"""What a write does to a target, and whether the planner will accept one."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from functions.accepting import accepted
from functions.registered_runners import RegisteredRunners
from schedule_model.target import Item, Target

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


def check_target(item: Item, *, run_timeout: timedelta | None = None) -> Target:
    """Return the target if the planner will accept it: its fields, its schedule, its type and its params.

    Args:
        item: as a user writes it; a `plan`, which is the system's, is not looked at.
        run_timeout: the longest that an attempt may take in this stack; None to leave that to the planner.

    Raises:
        InvalidTargetError: names every field at fault and what to write instead.
    """
    return accepted(item, _RUNNERS, longest=run_timeout)

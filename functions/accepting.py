"""Whether a target can be planned in this stack: the planner asks it, and every door before it writes a target."""

from datetime import timedelta
from typing import Protocol

from schedule_model.errors import InvalidTargetError
from schedule_model.reading_targets import parse_target
from schedule_model.target import Item, Target


class ChecksTargets(Protocol):
    """Knows which types there are, and which params each takes."""

    def check(self, target: Target) -> None:
        """Return if a runner takes the target's type and params; raises InvalidTargetError if not."""
        ...


def accept(target: Target, runners: ChecksTargets, *, longest: timedelta | None) -> None:
    """Return if a target that could be read can be run.

    Args:
        target: its fields and its schedule are in order.
        runners: what can be run.
        longest: how long an attempt may take in this stack; None where that is not known.

    Raises:
        InvalidTargetError: names each field at fault and what to write.
    """
    limit = None if longest is None else int(longest.total_seconds())
    if limit is not None and target.timeout_seconds is not None and target.timeout_seconds > limit:
        raise InvalidTargetError(
            f"timeout_seconds: at most {limit} in this stack; write less, or deploy with a larger RunTimeoutSeconds"
        )
    runners.check(target)


def accepted(item: Item, runners: ChecksTargets, *, longest: timedelta | None) -> Target:
    """Return the target that an item describes, if the planner will accept it.

    Raises:
        InvalidTargetError: names each field at fault and what to write.
    """
    target = parse_target(item)
    accept(target, runners, longest=longest)
    return target

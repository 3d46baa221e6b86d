"""Whether a target can be planned in this stack: the planner asks it, and every door before it writes a target."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Protocol

from schedule_model.errors import InvalidTargetError
from schedule_model.reading_targets import parse_target, together
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
    problems = [*_problems_of_timeout(target, longest), *_problems_of_params(target, runners)]
    if problems:
        raise together(problems)


def accepted(item: Item, runners: ChecksTargets, *, longest: timedelta | None) -> Target:
    """Return the target that an item describes, if the planner will accept it.

    Raises:
        InvalidTargetError: names each field at fault and what to write.
    """
    try:
        target = parse_target(item)
    except InvalidTargetError as error:
        raise together(error.problems, _problems_of_what_runs(item, runners, longest)) from error
    accept(target, runners, longest=longest)
    return target


def _problems_of_what_runs(item: Item, runners: ChecksTargets, longest: timedelta | None) -> Sequence[str]:
    """Return what is wrong with type, params and timeout of an item in which something else is wrong, too."""
    alone = {name: item[name] for name in ("type", "params", "timeout_seconds") if name in item}
    try:
        accept(parse_target({"id": "alone", "schedule": "rate(1 day)", **alone}), runners, longest=longest)
    except InvalidTargetError as error:
        return error.problems
    return ()


def _problems_of_timeout(target: Target, longest: timedelta | None) -> Sequence[str]:
    limit = None if longest is None else int(longest.total_seconds())
    if limit is None or target.timeout_seconds is None or target.timeout_seconds <= limit:
        return ()
    return (f"timeout_seconds: at most {limit} in this stack; write less, or deploy with a larger RunTimeoutSeconds",)


def _problems_of_params(target: Target, runners: ChecksTargets) -> Sequence[str]:
    try:
        runners.check(target)
    except InvalidTargetError as error:
        return error.problems
    return ()

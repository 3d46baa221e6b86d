"""One schedule of EventBridge Scheduler as one target of ours: pure."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Self

from pydantic import JsonValue

from hourglass.eventbridge.arns import arn_of
from hourglass.eventbridge.invocations import invocation_of
from hourglass.items import check_target
from schedule_model.errors import InvalidTargetError
from schedule_model.instants import to_text

Fields = dict[str, JsonValue]

_REFUSED_IN_ID = re.compile(r"[^0-9A-Za-z._:@/=+-]")
_ATTEMPTS_MAX = 186
_DEFAULT_RETRIES, _DEFAULT_AGE = 185, 86_400


@dataclass(frozen=True, slots=True)
class Carried:
    """What became of one schedule.

    Attributes:
        name: `group/name` of the schedule.
        fields: the target; None when it cannot be carried over.
        problem: why it was not, or why its target was not written; empty when there is none.
        notes: what is different from before.
    """

    name: str
    fields: Fields | None
    problem: str
    notes: tuple[str, ...]

    def paused(self) -> Self:
        """Return the same, with a target that does not run until it is resumed."""
        return self if self.fields is None else replace(self, fields=self.fields | {"active": False})


def carry_over(schedule: Mapping[str, Any]) -> Carried:
    """Return a schedule as a target.

    Args:
        schedule: as GetSchedule answers it.
    """
    name = f"{schedule.get('GroupName', 'default')}/{schedule['Name']}"
    invocation = invocation_of(schedule["Target"])
    if isinstance(invocation, str):
        return Carried(name, None, invocation, ())
    fields: Fields = {
        "id": _id_of(name),
        "type": invocation.type,
        "schedule": schedule["ScheduleExpression"],
        "params": invocation.params,
        **_when(schedule),
        **_how(schedule),
        "tags": {"eventbridge_schedule": name},
    }
    try:
        check_target(fields)
    except InvalidTargetError as error:
        return Carried(name, None, str(error), ())
    return Carried(name, fields, "", invocation.notes + tuple(_lost(schedule)))


def told_apart(carried: Iterable[Carried]) -> list[Carried]:
    """Return them, but without the targets whose id one before has, as that of `_x` after `x`; one would be lost."""
    first: dict[JsonValue, str] = {}
    return [_unless_taken(one, first) for one in carried]


def _unless_taken(one: Carried, first: dict[JsonValue, str]) -> Carried:
    if one.fields is None or (name := first.setdefault(one.fields["id"], one.name)) == one.name:
        return one
    problem = f"its target would be {one.fields['id']}, which is that of {name}; write it by hand under another id"
    return replace(one, fields=None, problem=problem)


def _id_of(name: str) -> str:
    group, _, own = name.partition("/")
    return _REFUSED_IN_ID.sub("-", own if group == "default" else name).lstrip("._:@/=+-")[:256]


def _when(schedule: Mapping[str, Any]) -> Fields:
    fields: Fields = {"timezone": schedule.get("ScheduleExpressionTimezone") or "UTC"}
    for ours, theirs in (("starts_at", "StartDate"), ("ends_at", "EndDate")):
        if isinstance(instant := schedule.get(theirs), datetime):
            fields[ours] = to_text(instant)
    window = schedule.get("FlexibleTimeWindow") or {}
    if window.get("Mode") == "FLEXIBLE":
        fields["flexible_window_seconds"] = int(window.get("MaximumWindowInMinutes", 0)) * 60
    if schedule.get("State") == "DISABLED":
        fields["active"] = False
    return fields


def _how(schedule: Mapping[str, Any]) -> Fields:
    target = schedule["Target"]
    policy = target.get("RetryPolicy") or {}
    fields: Fields = {
        "retry": {
            "max_attempts": min(int(policy.get("MaximumRetryAttempts", _DEFAULT_RETRIES)) + 1, _ATTEMPTS_MAX),
            "max_age_seconds": int(policy.get("MaximumEventAgeInSeconds", _DEFAULT_AGE)),
        }
    }
    if queue := (target.get("DeadLetterConfig") or {}).get("Arn"):
        fields["dead_letter_queue"] = arn_of(queue).queue_url
    if schedule.get("ActionAfterCompletion") == "DELETE":
        fields["on_complete"] = "delete"
    if description := schedule.get("Description"):
        fields["note"] = str(description)
    return fields


def _lost(schedule: Mapping[str, Any]) -> list[str]:
    """Return what a person has to see to."""
    lost = []
    if role := schedule["Target"].get("RoleArn"):
        lost.append(f"role {role} is not carried over: it trusts EventBridge; allow the call to the executor's role")
    if schedule.get("KmsKeyArn"):
        lost.append("the key of its own is not carried over; the stack's tables have theirs")
    if str(schedule["ScheduleExpression"]).startswith("rate(") and not schedule.get("StartDate"):
        lost.append("its rate counts from the import, not from when the schedule was made")
    return lost

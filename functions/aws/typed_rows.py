"""Timers and Runs straight to and from DynamoDB's typed JSON, field by field: the same as `rows` and `items` together.

Each run passes here six times, and going through its fields one by one takes a tenth of what asking each for its type
does.
"""

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from typing import Any

from functions.aws.items import TypedItem, decode_item, encode
from functions.aws.rows import timer_of
from schedule_model.instants import to_text
from schedule_model.run import Run, RunStatus
from schedule_model.timer import FORMAT, Timer


def typed_timer(timer: Timer) -> dict[str, TypedItem]:
    """Return a timer's row; `expires_at` in whole epoch seconds, which is what TTL reads."""
    row: dict[str, TypedItem] = {
        "target_id": _text(timer.target_id),
        "scheduled_at": {"S": to_text(timer.scheduled_at)},
        "due_at": {"S": to_text(timer.due_at)},
        "revision": _text(timer.revision),
        "near": {"BOOL": timer.near},
        "expires_at": {"N": str(int(timer.expires_at.timestamp()))},
        "slot": _text(timer.slot),
        "attempt": {"N": str(timer.attempt)},
        "number": {"N": str(timer.number)},
        "format": {"N": str(timer.format)},
        "timer_id": _text(timer.timer_id),
    }
    if timer.precise:
        row["precise"] = {"BOOL": True}
    return row


def timer_of_typed(typed: TypedItem) -> Timer:
    """Return the timer in a row or a stream image.

    Raises:
        ValueError: the row is not a timer's; names the fields at fault.
    """
    try:
        row: dict[str, object] = {name: typed[name]["S"] for name in _TEXTS}
        row |= {name: int(typed[name]["N"]) for name in _NUMBERS}
        row["near"] = typed["near"]["BOOL"]
        row["precise"] = typed.get("precise", _FALSE)["BOOL"]
    except (KeyError, TypeError, ValueError):
        # One of an older version lacks fields, and one of somebody else's making gets its error.
        return timer_of(decode_item(typed))
    return timer_of(row)


def is_of_newer_format(typed: TypedItem) -> bool:
    """Return whether a newer version wrote this timer's row, and this one cannot read it."""
    number = typed.get("format", {}).get("N", "0")
    return int(number) > FORMAT


_TEXTS = ("target_id", "scheduled_at", "due_at", "revision", "slot")
_FALSE = {"BOOL": False}
_NUMBERS = ("expires_at", "attempt", "number", "format")


def typed_run(run: Run) -> dict[str, TypedItem]:
    """Return a run's row; a failed one carries the keys of the failures index."""
    row: dict[str, TypedItem] = {
        "target_id": _text(run.target_id),
        "scheduled_at": _text(run.run_id),
        "status": {"S": run.status.value},
        "attempt": {"N": str(run.attempt)},
        "number": {"N": str(run.number)},
        "holder": _text(run.holder),
        "trigger": {"S": run.trigger.value},
        "dispatched_by": {"S": run.dispatched_by.value},
        "revision": _text(run.revision),
        "due_at": {"S": to_text(run.due_at)},
        "delete_at": {"N": str(int(run.delete_at.timestamp()))},
    }
    for name in _OPTIONAL:
        if (value := getattr(run, name)) is not None:
            row[name] = _RUN_FIELDS[name](value)
    if run.hidden:
        row["hidden"] = {"BOOL": True}
    return row | _failure_keys(run)


def typed_changes(held: Run, new: Run) -> tuple[dict[str, TypedItem], list[str]]:
    """Return what of a run's row is to be written so that `held` becomes `new`, and which attributes are to go.

    Of the same run; its holder is always written, for by that an executor knows its own write.
    """
    changed: dict[str, TypedItem] = {}
    removed: list[str] = []
    before = held.__dict__
    for name, value in new.__dict__.items():
        old = before[name]
        if name == "holder" or (old is not value and old != value):
            # A flag that is not set has no attribute; an output of false has.
            if value is None or (name == "hidden" and not value):
                removed.append(name)
            else:
                changed[name] = _RUN_FIELDS[name](value)
    return changed | _failure_keys(new), removed


def _failure_keys(run: Run) -> dict[str, TypedItem]:
    if run.status is not RunStatus.FAILED or run.finished_at is None:
        return {}
    finished = to_text(run.finished_at)
    return {"failed_on": {"S": finished[:10]}, "failed_at": {"S": finished}}


def _text(text: str) -> TypedItem:
    return {"S": text} if text.isascii() else encode(text)


def _value(word: StrEnum) -> TypedItem:
    return {"S": word.value}


def _instant(instant: datetime) -> TypedItem:
    return {"S": to_text(instant)}


def _whole(number: int) -> TypedItem:
    return {"N": str(number)}


def _epoch(instant: datetime) -> TypedItem:
    return {"N": str(int(instant.timestamp()))}


_OPTIONAL = (
    "started_at",
    "lease_expires_at",
    "retry_at",
    "finished_at",
    "duration_ms",
    "lateness_ms",
    "output",
    "error",
    "held_by",
    "passed_until",
)
_RUN_FIELDS: dict[str, Callable[[Any], TypedItem]] = {
    "status": _value,
    "attempt": _whole,
    "number": _whole,
    "holder": _text,
    "trigger": _value,
    "dispatched_by": _value,
    "revision": _text,
    "due_at": _instant,
    "delete_at": _epoch,
    "started_at": _instant,
    "lease_expires_at": _instant,
    "retry_at": _instant,
    "finished_at": _instant,
    "duration_ms": _whole,
    "lateness_ms": _whole,
    "output": encode,
    "error": encode,
    "held_by": encode,
    "passed_until": _instant,
    "hidden": encode,
}
"""How each field of a run that may change is written."""

"""Timers and Runs straight to and from DynamoDB's typed JSON, field by field: the same as `rows` and `items` together.

Each run passes here six times, and going through its fields one by one takes a tenth of what asking each for its type
does.
"""

from datetime import datetime

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
    instants: list[tuple[str, datetime | None]] = [
        ("started_at", run.started_at),
        ("lease_expires_at", run.lease_expires_at),
        ("retry_at", run.retry_at),
        ("finished_at", run.finished_at),
    ]
    row |= {name: {"S": to_text(instant)} for name, instant in instants if instant is not None}
    lengths = [("duration_ms", run.duration_ms), ("lateness_ms", run.lateness_ms)]
    row |= {name: {"N": str(length)} for name, length in lengths if length is not None}
    texts = [("output", run.output), ("error", run.error), ("held_by", run.held_by)]
    row |= {name: encode(value) for name, value in texts if value is not None}
    if run.hidden:
        row["hidden"] = {"BOOL": True}
    if run.status is RunStatus.FAILED and run.finished_at is not None:
        finished = to_text(run.finished_at)
        row |= {"failed_on": {"S": finished[:10]}, "failed_at": {"S": finished}}
    return row


def _text(text: str) -> TypedItem:
    return {"S": text} if text.isascii() else encode(text)

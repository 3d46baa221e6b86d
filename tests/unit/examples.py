"""Examples of everything the model decides about, each with only what a test changes spelled out."""

from datetime import UTC, datetime, timedelta
from typing import Any

from schedule_model.plan import Plan, PlanStatus, fingerprint_of, grid_of, revision_of
from schedule_model.reading_targets import parse_target
from schedule_model.run import Run
from schedule_model.run_request import DispatchedBy, RunRequest
from schedule_model.target import Target
from schedule_model.timer import Timer

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
LEASE = timedelta(seconds=90)
KEEP = timedelta(days=30)


def revision(number: int) -> str:
    """Return the revision that the edit of this sequence number makes."""
    return revision_of(str(number))


def item(**changes: object) -> dict[str, Any]:
    """Return a target's item as a user writes it: every five minutes, valid."""
    return {"id": "homepage", "type": "echo", "schedule": "rate(5 minutes)", "params": {"message": "hi"}} | changes


def target(**changes: object) -> Target:
    return parse_target(item(**changes))


def planned(written: dict[str, Any], number: int = 1, **changes: Any) -> dict[str, Any]:
    """Return the item with the plan that edit `number` gave it at noon."""
    return written | {"plan": plan_for(written, number, **changes).item()}


def plan_for(written: dict[str, Any], number: int = 1, **changes: Any) -> Plan:
    known: dict[str, Any] = {
        "revision": revision(number),
        "status": PlanStatus.SCHEDULED,
        "fingerprint": fingerprint_of(written),
        "anchor_at": NOON,
        "grid": grid_of(written),
        "next_run_at": NOON + timedelta(minutes=5),
    }
    return Plan(**known | changes)


def request(**changes: Any) -> RunRequest:
    """Return the request for the occurrence of noon, asked for by revision 1."""
    known: dict[str, Any] = {
        "target_id": "homepage",
        "scheduled_at": NOON,
        "due_at": NOON,
        "revision": revision(1),
        "dispatched_by": DispatchedBy.TTL,
    }
    return RunRequest(**known | changes)


def timer(**changes: Any) -> Timer:
    """Return a timer of the occurrence of noon that waits for its expiry."""
    known: dict[str, Any] = {
        "target_id": "homepage",
        "scheduled_at": NOON,
        "due_at": NOON,
        "revision": revision(1),
        "near": False,
        "expires_at": NOON - timedelta(seconds=1320),
        "slot": "2026-11-20T12:00Z#03",
    }
    return Timer(**known | changes)


def run(now: datetime = NOON, **changes: Any) -> Run:
    """Return the row of a first attempt that started at `now`."""
    begun = Run.begun(request(), now=now, lease=LEASE, keep=KEEP)
    return begun.model_copy(update=changes)


def seconds(number: float) -> timedelta:
    return timedelta(seconds=number)


def minutes(number: float) -> timedelta:
    return timedelta(minutes=number)

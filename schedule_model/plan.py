"""A plan: what the system knows of a target's schedule, kept on the target's item under `plan`."""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from schedule_model.instants import Instant
from schedule_model.remembering import remembered
from schedule_model.target import Item

SCHEDULE_FIELDS = (
    "active",
    "ends_at",
    "except",
    "flexible_window_seconds",
    "max_runs",
    "precise",
    "schedule",
    "starts_at",
    "timezone",
)
"""The fields whose edit makes a new revision; all others are read when a run starts."""

GRID_FIELDS = ("schedule", "starts_at", "timezone")
"""The fields that lay the grid of a rate; while they stay, so does its anchor."""

ENDING_FIELDS = (*SCHEDULE_FIELDS, "on_complete", "pause_after_failures")
"""The fields that decide whether a target ends or stands still: who ends it must have seen them as they are."""

_ENCODER = json.JSONEncoder(sort_keys=True, default=str)


class PlanStatus(StrEnum):
    """Where a target's schedule stands."""

    SCHEDULED = "SCHEDULED"
    PAUSED = "PAUSED"
    COMPLETED = "COMPLETED"
    INVALID = "INVALID"


class Plan(BaseModel):
    """What the planner decided at a target's latest edit.

    Attributes:
        revision: which edit this is; text order is edit order.
        status: whether runs follow.
        reason: for a person: why there are none, empty while SCHEDULED.
        fingerprint: of the schedule fields that were planned; of all fields where they were INVALID.
        anchor_at: where the grid of a rate starts; None unless SCHEDULED or PAUSED.
        grid: digits of the fields that laid the grid of `anchor_at`; empty in a plan of an earlier version.
        counted_from: when the target was created: `max_runs` counts no earlier run; None if that is not known.
        paused_at: since when the schedule has been paused; None unless PAUSED.
        first_at: the first occurrence of this revision.
        next_run_at: when its run was due, as of planning.
        stopped_at: when a runner ended the schedule, so that not even a retry runs; None if it came to its own end.
        stopped_by: the run whose runner did, which is carried on if it was cut off; None in plans of earlier versions.
        restored_by: the edit whose writer had left it out, so that it was written back; None if none did.
        guessed_by: the edit whose record made this plan, not knowing the one before it; it gives way to the record of
            a later edit, and to none of an earlier. None in any other plan.
        held_after, held_until: a runner has chosen its next run itself: no occurrence between the two takes place.
    """

    model_config = ConfigDict(defer_build=True, frozen=True, extra="ignore")

    revision: str
    status: Annotated[PlanStatus, Field(strict=False)]
    reason: str = ""
    fingerprint: str = ""
    anchor_at: Instant | None = None
    grid: str = ""
    counted_from: Instant | None = None
    paused_at: Instant | None = None
    first_at: Instant | None = None
    next_run_at: Instant | None = None
    stopped_at: Instant | None = None
    stopped_by: str | None = None
    restored_by: str | None = None
    guessed_by: str | None = None
    held_after: Instant | None = None
    held_until: Instant | None = None

    def is_held(self, scheduled_at: datetime) -> bool:
        """Return whether a runner's own choice has put this occurrence aside."""
        if self.held_after is None or self.held_until is None:
            return False
        return self.held_after < scheduled_at < self.held_until

    def has_grid_of(self, item: Item) -> bool:
        """Return whether its anchor is that of the item's grid, as far as the plan tells."""
        return self.grid in ("", grid_of(item))

    def is_of(self, item: Item) -> bool:
        """Return whether it was made for the item as it stands."""
        return self.fingerprint == (fingerprint_of_all if self.status is PlanStatus.INVALID else fingerprint_of)(item)

    def is_same_as(self, other: "Plan") -> bool:
        """Return whether the two differ in nothing but that one was written back."""
        return self == other.model_copy(update={"restored_by": self.restored_by})

    @property
    def found_at(self) -> datetime | None:
        """Return when reconcile made this plan, for an edit whose record it had not; None for the planner's own."""
        seconds = self.revision.partition("~")[2]
        return datetime.fromtimestamp(int(seconds), UTC) if seconds.isdecimal() and len(seconds) <= 11 else None

    @property
    def has_guessed_grid(self) -> bool:
        """Return whether reconcile made this plan of an item that told no grid, so that the record's may be another."""
        if self.found_at is None or self.anchor_at is None:
            return self.found_at is not None
        return self.anchor_at == self.found_at or (self.first_at is not None and self.first_at < self.anchor_at)

    def item(self) -> dict[str, str]:
        """Return the plan as it is written into the target's item, with a seal that no edit by hand keeps whole."""
        fields = self.model_dump(mode="json", exclude_none=True)
        return fields | {"seal": seal_of(fields)}


def revision_of(sequence_number: str) -> str:
    """Return the revision that a stream record makes: its sequence number, as wide as they get.

    Source: DynamoDB Streams, `StreamRecord.SequenceNumber` (21 to 40 digits; rises with each edit of an item).
    """
    return sequence_number.zfill(40)


def fingerprint_of(item: Item) -> str:
    """Return 16 hexadecimal digits that change when, and only when, a schedule field of the item does."""
    return _digits_of({name: item[name] for name in SCHEDULE_FIELDS if name in item})


def grid_of(item: Item) -> str:
    """Return 16 hexadecimal digits that change when, and only when, a field that lays the grid does."""
    return _digits_of({name: item[name] for name in GRID_FIELDS if item.get(name) is not None})


def fingerprint_of_all(item: Item) -> str:
    """Return 16 hexadecimal digits that change when any field of the item but its plan does."""
    return _digits_of({name: value for name, value in item.items() if name != "plan"})


def seal_of(plan: Mapping[str, object]) -> str:
    """Return 16 hexadecimal digits that change when any field of a plan does; no secret, it tells mistakes alone."""
    return _digits_of({name: value for name, value in plan.items() if name != "seal"})


@remembered
def _digits_of(fields: dict[str, object]) -> str:
    return hashlib.sha256(_ENCODER.encode(fields).encode()).hexdigest()[:16]


def is_sealed(item: Item) -> bool:
    """Return whether the item has a plan with a seal, whole or broken."""
    plan = item.get("plan")
    return isinstance(plan, Mapping) and "seal" in plan


def revision_on(item: Item) -> str:
    """Return the revision on an item even where the rest of its plan cannot be read; "" when there is none."""
    seen = item.get("plan")
    revision = seen.get("revision") if isinstance(seen, Mapping) else None
    return revision if isinstance(revision, str) else ""


def plan_of(item: Item) -> Plan | None:
    """Return the plan on an item; None when there is none, none that can be read, or one with a broken seal."""
    plan = item.get("plan")
    return _read(dict(plan)) if isinstance(plan, Mapping) else None


@remembered
def _read(plan: dict[str, object]) -> Plan | None:
    if "seal" in plan and plan["seal"] != seal_of(plan):
        return None
    try:
        return Plan.model_validate(plan)
    except ValidationError:
        return None

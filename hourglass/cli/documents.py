"""The columns in which documents are listed."""

from datetime import datetime
from typing import Any

from hourglass.cli.output import Column, Document, as_text, field
from hourglass.items import Written
from schedule_model.instants import to_text


def _about(document: Document) -> str:
    """Return why there is no next run, else the note."""
    plan = document.get("plan")
    reason = plan.get("reason") if isinstance(plan, dict) else "waits for the planner"
    return as_text(reason or document.get("note"))[:200]


TARGET_COLUMNS = (
    field("id"),
    field("type"),
    Column("schedule", lambda document: as_text(document.get("schedule"))),
    field("status", "plan", "status"),
    field("next run", "next_run_at"),
    Column("about", _about),
)


def written_document(written: Written) -> dict[str, Any]:
    """Return what became of a target."""
    return {"id": written.target_id, "change": str(written.change), "fields": list(written.fields)}


WRITTEN_COLUMNS = (
    field("id"),
    field("change"),
    Column("fields", lambda document: " ".join(document["fields"]) if isinstance(document["fields"], list) else ""),
)

RUN_COLUMNS = (
    field("run", "scheduled_at"),
    field("status"),
    field("try", "attempt"),
    field("trigger"),
    field("path", "dispatched_by"),
    field("late ms", "lateness_ms"),
    field("took ms", "duration_ms"),
    Column("result", lambda document: as_text(document.get("error") or document.get("output"))[:160]),
)

PREVIEW_COLUMNS = (
    field("UTC", "scheduled_at"),
    Column("local", lambda document: as_text(document["local"]).replace("T", " ")),
    field("weekday"),
    field("note"),
)

UPCOMING_COLUMNS = (field("due", "due_at"), field("target", "target_id"), field("type"), field("attempt"))


def since_text(instant: datetime) -> str:
    """Return an instant as it is named in news."""
    return to_text(instant.replace(microsecond=0))

"""Targets, runs and the rest as documents, and the columns in which they are listed."""

from datetime import datetime
from typing import Any

from functions.aws.rows import run_row
from hourglass.cli.output import Column, Document, as_text, field
from hourglass.items import Written
from schedule_model.found import Found
from schedule_model.instants import to_text
from schedule_model.previews import Preview, next_due
from schedule_model.run import Run
from schedule_model.upcoming import Upcoming


def target_document(found: Found, now: datetime) -> dict[str, Any]:
    """Return a target with its plan, its etag, and when it runs next."""
    plan = found.plan.item() if found.plan else None
    due_at = next_due(found.item(), after=now)
    return {**found.fields, "plan": plan, "next_run_at": to_text(due_at) if due_at else None, "etag": found.etag}


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


def run_document(run: Run) -> dict[str, Any]:
    """Return a run as its row has it, with the name that `show` takes."""
    row = {name: value for name, value in run_row(run).items() if name not in ("failed_on", "failed_at", "format")}
    return {"run": f"{run.target_id}/{run.run_id}"} | row | {"delete_at": to_text(run.delete_at)}


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


def preview_document(preview: Preview) -> dict[str, Any]:
    """Return one run to come."""
    return {
        "scheduled_at": to_text(preview.scheduled_at),
        "due_at": to_text(preview.due_at),
        "local": preview.local.isoformat(),
        "weekday": preview.weekday,
        "note": preview.note,
    }


PREVIEW_COLUMNS = (
    field("UTC", "scheduled_at"),
    Column("local", lambda document: as_text(document["local"]).replace("T", " ")),
    field("weekday"),
    field("note"),
)


def upcoming_document(run: Upcoming) -> dict[str, Any]:
    """Return one run to come, with its target."""
    return {
        "due_at": to_text(run.due_at),
        "target_id": run.target_id,
        "type": run.type,
        "scheduled_at": to_text(run.scheduled_at),
        "attempt": run.attempt,
    }


UPCOMING_COLUMNS = (field("due", "due_at"), field("target", "target_id"), field("type"), field("attempt"))


def since_text(instant: datetime) -> str:
    """Return an instant as it is named in news."""
    return to_text(instant.replace(microsecond=0))

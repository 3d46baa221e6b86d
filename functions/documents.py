"""Targets, runs and what is to come, as JSON documents: the same words at every door."""

import math
from datetime import datetime

from pydantic import JsonValue

from functions.aws.rows import run_row
from schedule_model.found import Found
from schedule_model.instants import to_text
from schedule_model.previews import Preview, next_due
from schedule_model.run import Run
from schedule_model.tasks import TaskState
from schedule_model.upcoming import Upcoming

Document = dict[str, JsonValue]

_OF_THE_INDEX = frozenset({"failed_on", "failed_at", "format"})


def target_document(found: Found, now: datetime) -> Document:
    """Return a target with its plan, its etag, and when it runs next."""
    plan: JsonValue = dict(found.plan.item()) if found.plan else None
    due_at = next_due(found.item(), after=now)
    return {**found.fields, "plan": plan, "next_run_at": to_text(due_at) if due_at else None, "etag": found.etag}


def run_document(run: Run) -> Document:
    """Return a run as its row has it, with the name that `show` takes."""
    row: Document = {name: value for name, value in run_row(run).items() if name not in _OF_THE_INDEX}  # type: ignore[misc]  # a row is JSON
    return {"run": f"{run.target_id}/{run.run_id}"} | row | {"delete_at": to_text(run.delete_at)}


def task_document(state: TaskState) -> Document:
    """Return a task as it stands; what is not known yet is null."""
    run, seconds = state.run, math.ceil(state.time_left.total_seconds())
    return {
        "id": state.task_id,
        "type": state.type,
        "status": str(state.status),
        "run_at": to_text(state.run_at),
        "time_left": {"hours": seconds // 3600, "minutes": seconds // 60 % 60, "seconds": seconds % 60},
        "attempt": run.attempt if run else 0,
        "started_at": to_text(run.started_at) if run and run.started_at else None,
        "finished_at": to_text(run.finished_at) if run and run.finished_at else None,
        "output": run.output if run else None,
        "error": state.error,
    }


def preview_document(preview: Preview) -> Document:
    """Return one run to come."""
    return {
        "scheduled_at": to_text(preview.scheduled_at),
        "due_at": to_text(preview.due_at),
        "local": preview.local.isoformat(),
        "weekday": preview.weekday,
        "note": preview.note,
    }


def upcoming_document(run: Upcoming) -> Document:
    """Return one run to come, with its target."""
    return {
        "due_at": to_text(run.due_at),
        "target_id": run.target_id,
        "type": run.type,
        "scheduled_at": to_text(run.scheduled_at),
        "attempt": run.attempt,
    }

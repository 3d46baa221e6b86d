"""Timers and Runs as rows of their tables."""

from datetime import UTC, datetime

from pydantic import ValidationError

from schedule_model.instants import from_text, to_text
from schedule_model.open_runs import OpenRuns
from schedule_model.reconcile_pass import ReconcilePass
from schedule_model.run import Run, RunStatus
from schedule_model.target import Item
from schedule_model.timer import FORMAT, Timer

SWEEPER_SLOT = "sweeper"
"""The key in the Timers table under which the sweeper keeps its watermark and how far reconcile has come."""

_YEAR_9999 = 253_370_764_800


def timer_row(timer: Timer) -> dict[str, object]:
    """Return a timer as its row; `expires_at` in whole epoch seconds, which is what TTL reads."""
    row = timer.model_dump(mode="json")
    if not timer.precise:
        del row["precise"]
    return row | {"timer_id": timer.timer_id, "expires_at": int(timer.expires_at.timestamp())}


def timer_of(row: Item) -> Timer:
    """Return the timer in a row.

    Raises:
        ValueError: the row is not a timer's; names the fields at fault.
    """
    try:
        timer = Timer.model_validate(dict(row))
    except ValidationError as error:
        if any(problem["loc"] == ("format",) and problem["type"] == "less_than_equal" for problem in error.errors()):
            raise ValueError(f"format is newer than {FORMAT}, which is all that this version reads") from error
        fields = ", ".join(str(problem["loc"][0]) for problem in error.errors() if problem["loc"])
        raise ValueError(f"{fields or 'the row'} missing or wrong") from error
    return timer


def reconcile_row(progress: ReconcilePass) -> dict[str, object]:
    """Return how far reconcile has come as what is in its row, beside the key."""
    row: dict[str, object] = {"started_at": to_text(progress.started_at), "after": progress.after}
    row |= {"shards": progress.shards, "shards_most": progress.shards_most}
    row |= {"forgets_at": None if progress.forgets_at is None else to_text(progress.forgets_at)}
    return row | ({"again": list(progress.again)} if progress.again else {})


def reconcile_pass_of(row: Item) -> ReconcilePass:
    """Return how far reconcile has come, in whichever version the row was written."""
    after, forgets_at, again = row.get("after"), row.get("forgets_at"), row.get("again")
    return ReconcilePass(
        started_at=from_text(str(row["started_at"])),
        after=None if after is None else str(after),
        shards=int(str(row.get("shards", 0))),
        shards_most=int(str(row.get("shards_most", 0))),
        forgets_at=None if forgets_at is None else from_text(str(forgets_at)),
        again=tuple(map(str, again)) if isinstance(again, list) else (),
    )


def run_row(run: Run) -> dict[str, object]:
    """Return a run as its row; a failed one carries the keys of the failures index."""
    row: dict[str, object] = run.model_dump(mode="json", exclude_none=True, exclude={"run_id", "delete_at"})
    if not run.hidden:
        row.pop("hidden")
    row |= {"scheduled_at": run.run_id, "delete_at": int(run.delete_at.timestamp())}
    if run.status is RunStatus.FAILED and run.finished_at is not None:
        finished = to_text(run.finished_at)
        row |= {"failed_on": finished[:10], "failed_at": finished}
    return row


def run_of(row: Item) -> Run:
    """Return the run in a row.

    Raises:
        ValueError: the row was not written by Hourglass; pydantic's ValidationError is one.
    """
    delete_at = row.get("delete_at")
    if not isinstance(delete_at, int | float) or not 0 <= delete_at < _YEAR_9999:
        raise ValueError(f"delete_at is {delete_at!r}, not an instant in epoch seconds")
    fields = {"run_id": row.get("scheduled_at"), "delete_at": datetime.fromtimestamp(delete_at, UTC)}
    return Run.model_validate(dict(row) | fields)


def open_runs_key(target_id: str) -> dict[str, object]:
    """Return the key of the row that keeps a target's runs apart: a partition of its own, as no id has a `#`."""
    return {"target_id": f"{target_id}#open", "scheduled_at": "open"}


def open_runs_row(open_runs: OpenRuns) -> dict[str, object]:
    """Return the row that keeps a target's runs apart."""
    assert open_runs.delete_at is not None, "a row that is written has a retention"
    entries = [entry.model_dump(mode="json") for entry in open_runs.runs]
    facts: dict[str, object] = {"token": open_runs.token, "runs": entries}
    return open_runs_key(open_runs.target_id) | facts | {"delete_at": int(open_runs.delete_at.timestamp())}


def open_runs_of(target_id: str, row: Item) -> OpenRuns:
    """Return what is in that row; without a token if there is none."""
    return OpenRuns.model_validate(
        {"target_id": target_id, **{key: row[key] for key in ("token", "runs") if key in row}}
    )

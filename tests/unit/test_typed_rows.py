"""What is written of a run's row when it changes: enough, and no more."""

import pytest

from functions.aws.items import encode_item
from functions.aws.rows import run_row
from functions.aws.typed_rows import typed_changes, typed_run
from schedule_model.run import Run, RunStatus
from tests.unit.examples import LEASE, NOON, minutes, request, run, seconds

LATER = NOON + seconds(2.5)
BEGUN = run(holder="mine")
RETRYING = BEGUN.retrying("no answer", now=LATER, retry_at=NOON + minutes(1))
CHANGES: dict[str, tuple[Run, Run]] = {
    "completed": (BEGUN, BEGUN.completed({"status": 200}, now=LATER)),
    "completed with false": (BEGUN, BEGUN.completed(False, now=LATER)),
    "completed without a word": (BEGUN, BEGUN.completed(None, now=LATER, hidden=True)),
    "failed": (BEGUN, BEGUN.failed("no answer ä", now=LATER)),
    "retrying": (BEGUN, RETRYING),
    "taken over": (RETRYING, RETRYING.taken_over(request(), now=LATER, lease=LEASE, holder="theirs")),
    "waiting": (BEGUN, BEGUN.waiting(LATER)),
    "skipped": (BEGUN, BEGUN.not_run(RunStatus.SKIPPED, "the one before", now=LATER, held_by="2026-11-20T11:00:00Z")),
    "missed": (BEGUN, BEGUN.missed("could not start", NOON + minutes(5), now=LATER)),
    "abandoned": (RETRYING, RETRYING.abandoned("edited", now=LATER)),
    "released": (BEGUN, BEGUN.released(now=LATER)),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_row_with_its_changes_is_the_new_row(name: str) -> None:
    held, new = CHANGES[name]
    changed, removed = typed_changes(held, new)

    row = {name: value for name, value in typed_run(held).items() if name not in removed} | changed

    assert row == typed_run(new)


def test_every_field_of_a_run_has_its_attribute() -> None:
    instants = {"retry_at": NOON, "finished_at": NOON, "lease_expires_at": NOON, "passed_until": NOON}
    facts = {"duration_ms": 1, "lateness_ms": 1, "output": {}, "error": "why", "held_by": "2026-11-20T11:55:00Z"}
    fullest = run(status=RunStatus.FAILED, hidden=True, **instants, **facts)
    assert all(value is not None for _, value in fullest)

    assert typed_run(fullest) == encode_item(run_row(fullest))
    assert set(Run.model_fields) - {"run_id"} <= set(typed_run(fullest))


def test_only_what_has_changed_is_written_and_the_holder() -> None:
    changed, removed = typed_changes(*CHANGES["completed"])

    assert set(changed) == {"status", "holder", "finished_at", "duration_ms", "output"}
    assert removed == ["lease_expires_at"]


@pytest.mark.parametrize("row", [BEGUN, RETRYING])
def test_a_row_that_stays_as_it_is_tells_its_holder_alone(row: Run) -> None:
    assert typed_changes(row, row.model_copy()) == ({"holder": {"S": "mine"}}, [])

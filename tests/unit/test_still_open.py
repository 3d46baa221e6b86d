"""A target goes with its schedule only when no run of it is open, however many later ones have ended."""

import pytest

from functions.aws.items import encode_item
from functions.sweeper.reconciling import reconcile_some
from schedule_model.plan import PlanStatus
from schedule_model.run import Run, RunStatus
from tests.unit.examples import KEEP, LEASE, NOON, item, minutes, planned, request
from tests.unit.executing import Stack

ONCE = item(schedule="at(2026-11-20T12:00:00)", on_complete="delete")


def stand_open(stack: Stack, later: int) -> Run:
    """Write the row of a run that is to be tried again, and those of so many after it that have ended."""
    stack.runs.claim([began(minute) for minute in range(later + 1, 0, -1)])
    rows = stack.runs.by_target["homepage"]
    for run_id, row in rows.items():
        rows[run_id] = row.completed(None, now=NOON)
    waits = began(later + 1).retrying("refused", now=NOON, retry_at=NOON + minutes(600))
    rows[waits.run_id] = waits
    return waits


def began(minute: int) -> Run:
    at = NOON - minutes(minute)
    return Run.begun(request(scheduled_at=at, due_at=at), now=at, lease=LEASE, keep=KEEP)


@pytest.mark.parametrize("later", [0, 99, 100, 450])
def test_a_last_run_leaves_a_target_whose_earlier_run_is_still_to_be_tried_again(later: int) -> None:
    stack = Stack(ONCE)
    stand_open(stack, later)

    assert stack.execute() == []
    assert stack.runs.by_target["homepage"][request().run_id].status is RunStatus.COMPLETED
    assert stack.targets.table.get("homepage") is not None


@pytest.mark.parametrize("later", [0, 99, 100, 450])
def test_reconcile_leaves_a_target_whose_earlier_run_is_still_to_be_tried_again(later: int) -> None:
    stack = Stack(ONCE, minutes(10))
    stack.targets.table.put(encode_item(planned(ONCE, status=PlanStatus.COMPLETED, next_run_at=None)))
    waits = stand_open(stack, later)

    reconcile_some(None, stack.ports())
    assert stack.targets.table.get("homepage") is not None

    stack.runs.by_target["homepage"][waits.run_id] = waits.failed("refused again", now=NOON)
    reconcile_some(None, stack.ports())
    assert stack.targets.table.get("homepage") is None

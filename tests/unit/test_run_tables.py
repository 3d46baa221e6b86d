"""docs/runs.md tells of a row what the executor writes into it."""

import re

from functions.aws.rows import run_row
from local.run_tables import run_table
from schedule_model.run import Run, RunStatus
from tests.unit.examples import NOON, run

DOCUMENTED = dict(re.findall(r"^\| `(\w+)` \| .+? \| (.+?) \| ", run_table(), re.MULTILINE))


def test_the_docs_name_every_attribute_that_a_row_may_have_and_no_other() -> None:
    instants = {"retry_at": NOON, "finished_at": NOON, "lease_expires_at": NOON}
    facts = {"duration_ms": 1, "output": {}, "error": "why", "held_by": "2026-11-20T11:55:00Z", "hidden": True}
    facts |= {"passed_until": NOON}
    fullest = run(status=RunStatus.FAILED, **instants, **facts)

    assert set(run_row(fullest)) == set(DOCUMENTED)


def test_an_attribute_that_the_docs_call_always_there_is_in_the_barest_row() -> None:
    required = {name for name, field in Run.model_fields.items() if field.is_required()}
    barest = Run(**{name: value for name, value in run() if name in required})

    assert set(run_row(barest)) == {name for name, there in DOCUMENTED.items() if there == "always"}

"""Timers and Runs as rows of their tables."""

import pytest

from functions.aws.rows import run_of, run_row, timer_of, timer_row
from schedule_model.run import RunStatus
from tests.unit.examples import KEEP, NOON, minutes, run, seconds, timer


def test_a_timers_row_has_its_key_and_what_ttl_reads() -> None:
    row = timer_row(timer())

    assert row["slot"] == "2026-11-20T12:00Z#03"
    assert row["timer_id"] == "2026-11-20T12:00:00Z#homepage"
    assert row["expires_at"] == int((NOON - seconds(1320)).timestamp())
    assert isinstance(row["expires_at"], int)


def test_a_timer_reads_as_it_was_written() -> None:
    assert timer_of(timer_row(timer(attempt=2, due_at=NOON + minutes(1)))) == timer(attempt=2, due_at=NOON + minutes(1))


@pytest.mark.parametrize("missing", ["target_id", "scheduled_at", "due_at", "revision", "near", "expires_at", "slot"])
def test_a_row_that_is_no_timer_is_refused_by_its_field(missing: str) -> None:
    row = timer_row(timer())
    del row[missing]

    with pytest.raises(ValueError, match=f"^{missing} missing or wrong$"):
        timer_of(row)


def test_a_run_is_kept_under_its_target_and_its_occurrence() -> None:
    row = run_row(run(run_id="2026-11-20T12:00:00Z#m1"))

    assert (row["target_id"], row["scheduled_at"]) == ("homepage", "2026-11-20T12:00:00Z#m1")
    assert row["delete_at"] == int((NOON + KEEP).timestamp())
    assert "run_id" not in row


def test_only_a_failed_run_is_in_the_index_of_failures() -> None:
    failed = run_row(run().failed("why", now=NOON + seconds(1)))

    assert (failed["failed_on"], failed["failed_at"]) == ("2026-11-20", "2026-11-20T12:00:01Z")
    assert "failed_at" not in run_row(run().completed(None, now=NOON))
    assert "failed_at" not in run_row(run().retrying("why", now=NOON, retry_at=NOON))


def test_only_a_hidden_run_says_so() -> None:
    assert run_row(run().completed(None, now=NOON, hidden=True))["hidden"] is True
    assert "hidden" not in run_row(run().completed(None, now=NOON))


@pytest.mark.parametrize("status", list(RunStatus))
def test_a_run_reads_as_it_was_written(status: RunStatus) -> None:
    written = run(status=status, output={"a": [1, None]}, error="why", retry_at=NOON)

    assert run_of(run_row(written)) == written

"""Which runs of a target are open, from what they have entered and from their rows."""

import pytest

from schedule_model.open_runs import OpenRun, OpenRuns, Other, Standing, others_open
from schedule_model.run import Run, RunStatus
from tests.unit.examples import LEASE, NOON, run, seconds

OWN, ANOTHER = "2026-11-20T12:05:00Z", "2026-11-20T12:00:00Z"
RETRYING = run().retrying("failed", now=NOON, retry_at=NOON + seconds(10))


def entered(*entries: OpenRun) -> OpenRuns:
    return OpenRuns(target_id="homepage", token="t", runs=entries)


def entry(run_id: str = ANOTHER, attempt: int = 1) -> OpenRun:
    return OpenRun(run_id=run_id, attempt=attempt, until=NOON + LEASE)


def standing(row: Run | None, *entries: OpenRun, after: float = 0) -> Standing | None:
    rows = {ANOTHER: row} if row else {}
    found = others_open(OWN, entered(*entries), rows, now=NOON + seconds(after), lease=LEASE)
    assert set(found) <= {ANOTHER}
    return found[ANOTHER].standing if found else None


@pytest.mark.parametrize("entries", [[], [entry()]])
@pytest.mark.parametrize("status", [status for status in RunStatus if status.is_final])
def test_a_run_that_has_ended_is_not_open(status: RunStatus, entries: list[OpenRun]) -> None:
    assert standing(run(status=status, lease_expires_at=None), *entries) is None


@pytest.mark.parametrize("entries", [[], [entry()]])
def test_a_run_is_in_progress_until_its_lease_has_run_out(entries: list[OpenRun]) -> None:
    assert standing(run(), *entries, after=89) is Standing.IN_PROGRESS
    assert standing(run(), *entries, after=90) is None


def test_a_retry_that_has_not_come_a_lease_after_it_should_have_is_taken_for_lost() -> None:
    assert standing(RETRYING, after=99) is Standing.BETWEEN_ATTEMPTS
    assert standing(RETRYING, after=100) is None


def test_a_run_that_waits_for_its_first_attempt_is_told_from_one_that_waits_for_its_second() -> None:
    assert standing(run().waiting(NOON)) is Standing.WAITING
    assert standing(RETRYING) is Standing.BETWEEN_ATTEMPTS


@pytest.mark.parametrize("row", [None, RETRYING, run().waiting(NOON)])
def test_a_run_that_has_entered_an_attempt_is_in_progress_before_its_row_says_so(row: Run | None) -> None:
    attempt = 1 if row is None else row.attempt + 1

    assert standing(row, entry(attempt=attempt), after=89) is Standing.IN_PROGRESS


def test_a_run_that_has_entered_to_wait_waits_before_its_row_says_so() -> None:
    assert standing(None, entry(attempt=0)) is Standing.WAITING


def test_what_has_entered_and_not_written_its_row_within_a_lease_is_taken_for_what_its_row_says() -> None:
    assert standing(None, entry(), after=90) is None
    assert standing(RETRYING, entry(attempt=2), after=90) is Standing.BETWEEN_ATTEMPTS


def test_a_run_is_not_its_own_other() -> None:
    own = run(run_id=OWN)

    assert others_open(OWN, entered(entry(OWN)), {OWN: own}, now=NOON, lease=LEASE) == {}


def test_who_enters_keeps_the_others_that_are_open_and_forgets_those_that_are_not() -> None:
    before = entered(entry(ANOTHER), entry("2026-11-20T11:00:00Z"), entry(OWN, attempt=0))
    others = {ANOTHER: Other(ANOTHER, Standing.IN_PROGRESS)}

    after = before.entered(entry(OWN), others, token="new", delete_at=NOON)

    assert after == OpenRuns(target_id="homepage", token="new", runs=(entry(OWN), entry(ANOTHER)), delete_at=NOON)

"""The contract of the Runs port."""

from datetime import UTC, datetime, timedelta

import pytest

from functions.ports import Claimed, Runs, UnavailableError
from schedule_model.instants import to_text
from schedule_model.open_runs import OpenRun, OpenRuns
from schedule_model.run import Run, RunStatus
from schedule_model.run_request import DispatchedBy, RunRequest

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
LEASE = timedelta(seconds=90)


def request(target_id: str = "a", *, hours: int = 0, suffix: str = "") -> RunRequest:
    at = NOW + timedelta(hours=hours)
    return RunRequest(
        target_id=target_id,
        scheduled_at=at,
        due_at=at,
        revision="1",
        dispatched_by=DispatchedBy.TTL,
        suffix=suffix,
    )


def begun(target_id: str = "a", *, hours: int = 0, now: datetime = NOW, suffix: str = "") -> Run:
    asked = request(target_id, hours=hours, suffix=suffix)
    return Run.begun(asked, now=now, lease=LEASE, keep=timedelta(days=30))


def test_an_occurrence_is_claimed_once(runs: Runs) -> None:
    first, second = begun(), begun(now=NOW + timedelta(seconds=1))

    assert runs.claim([first]) == [Claimed()]
    assert runs.claim([second]) == [first]
    assert runs.read("a", first.run_id) == first


def test_each_claim_is_answered_in_order(runs: Runs) -> None:
    runs.claim([begun("b")])

    assert runs.claim([begun("a"), begun("b"), begun("c")]) == [Claimed(), begun("b"), Claimed()]
    assert runs.claim([]) == []


def test_a_manual_run_of_the_same_instant_has_a_row_of_its_own(runs: Runs) -> None:
    assert runs.claim([begun(), begun(suffix="manual.1")]) == [Claimed(), Claimed()]


def test_a_row_that_is_not_there_is_read_as_none(runs: Runs) -> None:
    assert runs.read("a", to_text(NOW)) is None


def test_its_holder_records_the_result(runs: Runs) -> None:
    row = begun()
    runs.claim([row])
    done = row.completed({"count": 3, "share": 0.25, "names": ["a", None]}, now=NOW + timedelta(seconds=2))

    assert runs.replace([(row, done)]) == [Claimed()]
    assert runs.read("a", row.run_id) == done


def test_rows_that_do_not_fit_into_one_page_are_all_read(runs: Runs) -> None:
    rows = [begun(hours=hours).completed({"text": "x" * 250_000}, now=NOW) for hours in range(6)]
    for row in rows:
        runs.claim([row])

    assert runs.latest("a", before="~", limit=6) == rows[::-1]
    assert runs.latest("a", before="~", limit=5) == rows[:0:-1]
    assert runs.latest_of(["a"], limit=6) == [rows[::-1]]


def test_a_missed_run_tells_what_comes_instead_of_it(runs: Runs) -> None:
    instead, waiting = NOW + timedelta(hours=9), begun(hours=1).waiting(NOW)
    runs.claim([begun().missed("could not start", instead, now=NOW), waiting])
    runs.replace([(waiting, waiting.missed("could not start", None, now=NOW))])

    assert [one.passed_until for one in runs.latest("a", before="~", limit=5)] == [NOW, instead]


def test_a_lease_that_somebody_took_over_is_lost(runs: Runs) -> None:
    row = begun()
    runs.claim([row])
    taken = row.taken_over(request(), now=NOW + LEASE, lease=LEASE)
    runs.replace([(row, taken)])

    assert runs.replace([(row, row.completed(None, now=NOW))]) == [taken]
    assert runs.read("a", row.run_id) == taken


def test_a_lease_is_taken_over_by_one(runs: Runs) -> None:
    row = begun()
    runs.claim([row])
    first = row.taken_over(request(), now=NOW + LEASE, lease=LEASE)
    second = row.taken_over(request(), now=NOW + LEASE + timedelta(seconds=1), lease=LEASE)

    assert runs.replace([(row, first), (row, second)][:1]) == [Claimed()]
    assert runs.replace([(row, second)]) == [first]


def test_leases_that_differ_by_a_millisecond_are_told_apart(runs: Runs) -> None:
    row = begun(now=NOW + timedelta(milliseconds=1))
    runs.claim([row])
    other = begun(now=NOW + timedelta(milliseconds=2))

    (answer,) = runs.replace([(other, other.completed(None, now=NOW))])
    assert isinstance(answer, Run)
    assert answer.lease_expires_at == row.lease_expires_at


@pytest.mark.parametrize("status", [RunStatus.RETRYING, RunStatus.COMPLETED, RunStatus.FAILED])
def test_a_row_of_another_status_is_left_alone(runs: Runs, status: RunStatus) -> None:
    row = begun()
    runs.claim([row])
    ended = {
        RunStatus.RETRYING: row.retrying("x", now=NOW, retry_at=NOW + LEASE),
        RunStatus.COMPLETED: row.completed(None, now=NOW, hidden=True),
        RunStatus.FAILED: row.failed("x", now=NOW),
    }[status]
    runs.replace([(row, ended)])

    assert runs.replace([(row, row.completed("again", now=NOW))]) == [ended]


def test_a_retrying_row_is_taken_over_with_its_lease_anew(runs: Runs) -> None:
    row = begun()
    runs.claim([row])
    retrying = row.retrying("x", now=NOW, retry_at=NOW + timedelta(microseconds=1_500_500))
    runs.replace([(row, retrying)])
    held = runs.read("a", row.run_id)
    assert held is not None

    assert runs.replace([(held, held.taken_over(request(), now=NOW + LEASE, lease=LEASE))]) == [Claimed()]


def test_a_row_keeps_instants_to_the_millisecond(runs: Runs) -> None:
    row = begun(now=NOW + timedelta(microseconds=123_456))
    runs.claim([row])

    found = runs.read("a", row.run_id)
    assert found is not None
    assert found.started_at == NOW + timedelta(milliseconds=123)
    assert found.delete_at == NOW + timedelta(days=30)
    assert runs.replace([(row, row.completed(None, now=NOW + LEASE))]) == [Claimed()]


def test_the_latest_rows_come_latest_first(runs: Runs) -> None:
    runs.claim([begun(hours=hour) for hour in range(5)] + [begun("b", hours=2)])

    latest = runs.latest("a", before=to_text(NOW + timedelta(hours=3)), limit=2)

    assert [row.run_id for row in latest] == [to_text(NOW + timedelta(hours=hour)) for hour in (2, 1)]
    assert runs.latest("a", before=to_text(NOW), limit=2) == []


def test_the_latest_rows_of_several_targets_come_in_their_order(runs: Runs) -> None:
    runs.claim([begun("a", hours=hour) for hour in range(3)] + [begun("b", hours=7, suffix="manual.1")])

    first, second, third = runs.latest_of(["b", "missing", "a"], limit=2)

    assert not isinstance(first, UnavailableError)
    assert not isinstance(third, UnavailableError)
    assert [row.run_id for row in first] == [begun("b", hours=7, suffix="manual.1").run_id]
    assert second == []
    assert [row.run_id for row in third] == [begun("a", hours=hour).run_id for hour in (2, 1)]


def test_several_results_are_recorded_together_and_each_is_answered_for(runs: Runs) -> None:
    rows = [begun("a"), begun("b"), begun("c")]
    runs.claim(rows)
    taken = rows[1].taken_over(request("b"), now=NOW + LEASE, lease=LEASE, holder="other")
    runs.replace([(rows[1], taken)])
    done = [row.completed({"of": row.target_id}, now=NOW + timedelta(seconds=2)) for row in rows]

    assert runs.replace(list(zip(rows, done, strict=True))) == [Claimed(), taken, Claimed()]
    assert [runs.read(name, rows[0].run_id) for name in "abc"] == [done[0], taken, done[2]]


def test_among_others_too_leases_that_differ_by_a_millisecond_are_told_apart(runs: Runs) -> None:
    rows = [begun("a"), begun("b")]
    runs.claim(rows)
    later = rows[1].model_copy(update={"lease_expires_at": NOW + LEASE + timedelta(milliseconds=1)})

    recorded, answer = runs.replace([(row, row.completed(None, now=NOW)) for row in (rows[0], later)])

    assert recorded == Claimed()
    assert answer == rows[1]


def test_a_row_recorded_together_with_others_loses_what_it_is_to_lose(runs: Runs) -> None:
    rows = [begun("a"), begun("b")]
    runs.claim(rows)
    ended = [rows[0].failed("why", now=NOW), rows[1].released(now=NOW)]

    runs.replace(list(zip(rows, ended, strict=True)))

    assert [runs.read(row.target_id, row.run_id) for row in rows] == ended


@pytest.mark.parametrize("ids", ["a", "abc"])
def test_what_was_measured_while_a_run_went_on_is_recorded_with_its_end(runs: Runs, ids: str) -> None:
    rows = [begun(one) for one in ids]
    runs.claim(rows)
    ended = [row.started(NOW + timedelta(seconds=2)).completed(None, now=NOW + timedelta(seconds=3)) for row in rows]

    assert runs.replace(list(zip(rows, ended, strict=True))) == [Claimed()] * len(ids)
    assert [runs.read(row.target_id, row.run_id) for row in rows] == ended


def test_rows_with_and_without_a_lease_are_replaced_together(runs: Runs) -> None:
    begun_rows = [begun("a"), begun("b")]
    runs.claim(begun_rows)
    retrying = begun_rows[0].retrying("x", now=NOW, retry_at=NOW + LEASE)
    runs.replace([(begun_rows[0], retrying)])
    taken = retrying.taken_over(request("a"), now=NOW + LEASE, lease=LEASE, holder="me")
    done = begun_rows[1].completed(None, now=NOW)

    assert runs.replace([(retrying, taken), (begun_rows[1], done)]) == [Claimed(), Claimed()]
    assert [runs.read("a", taken.run_id), runs.read("b", done.run_id)] == [taken, done]


def test_a_row_that_is_written_over_names_its_new_holder(runs: Runs) -> None:
    rows = [begun("a"), begun("b")]
    runs.claim(rows)
    mine = [row.model_copy(update={"holder": "me"}) for row in rows]
    failed = [row.failed("given up", now=NOW) for row in mine]

    runs.replace(list(zip(mine, failed, strict=True)))

    assert [runs.read(row.target_id, row.run_id) for row in rows] == failed


def test_an_occurrence_asked_for_twice_in_one_call_is_claimed_once(runs: Runs) -> None:
    first, second = begun(), begun().model_copy(update={"holder": "second"})

    assert runs.claim([first, second, begun("b")]) == [Claimed(), first, Claimed()]


def test_more_rows_than_one_call_takes_are_claimed_and_recorded(runs: Runs) -> None:
    rows = [begun(f"t{number}") for number in range(53)]
    runs.claim([rows[40]])

    assert runs.claim(rows) == [Claimed()] * 40 + [rows[40]] + [Claimed()] * 12
    assert runs.replace([(row, row.completed(None, now=NOW)) for row in rows]) == [Claimed()] * 53


def entered(token: str, *run_ids: str, target_id: str = "a") -> OpenRuns:
    entries = tuple(OpenRun(run_id=run_id, attempt=1, until=NOW + timedelta(seconds=1.5)) for run_id in run_ids)
    return OpenRuns(target_id=target_id, token=token, runs=entries, delete_at=NOW + timedelta(days=30))


def test_the_row_of_open_runs_has_no_token_until_one_is_written(runs: Runs) -> None:
    assert runs.open_runs("a") == OpenRuns(target_id="a")


def test_the_row_of_open_runs_is_read_as_it_was_written(runs: Runs) -> None:
    assert runs.save_open_runs(entered("t1", "x", "y"), seen="")

    assert runs.open_runs("a").model_copy(update={"delete_at": None}) == entered("t1", "x", "y").model_copy(
        update={"delete_at": None}
    )
    assert runs.open_runs("b") == OpenRuns(target_id="b")


@pytest.mark.parametrize("seen", ["", "t0"])
def test_of_two_that_have_seen_the_same_open_runs_one_writes(runs: Runs, seen: str) -> None:
    if seen:
        runs.save_open_runs(entered(seen), seen="")

    assert runs.save_open_runs(entered("t1", "x"), seen=seen)
    assert not runs.save_open_runs(entered("t2", "y"), seen=seen)
    assert runs.open_runs("a").names("x")


def test_a_write_of_open_runs_whose_answer_was_lost_is_known_again(runs: Runs) -> None:
    runs.save_open_runs(entered("t1", "x"), seen="")

    assert runs.save_open_runs(entered("t1", "x"), seen="")


def test_the_row_of_open_runs_is_no_run_of_its_target(runs: Runs) -> None:
    runs.claim([begun()])
    runs.save_open_runs(entered("t1", "x"), seen="")

    assert [row.run_id for row in runs.latest("a", before="~", limit=10)] == [begun().run_id]
    assert runs.latest_of(["a"], limit=10) == [runs.latest("a", before="~", limit=10)]

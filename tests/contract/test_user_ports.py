"""The contract of what users reach: targets as they write them, the history, the timers to come, idempotency keys."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from functions.aws.items import encode_item
from functions.ports import Runs, Timers
from functions.user_ports import ComingTimers, IdempotencyKeys, RunHistory, WrittenTargets
from schedule_model.filters import EVERY_RUN, RunFilter
from schedule_model.found import Found
from schedule_model.idempotency import KEPT, Asked
from schedule_model.occurrence import Occurrence
from schedule_model.run import RunStatus
from schedule_model.settings import LoopSettings
from schedule_model.timer import Timer, set_timer
from tests.contract.test_runs import NOW, begun
from tests.unit.examples import item

FIELDS = item(note="mine", params={"number": 1.5, "list": [1, None], "map": {"deep": True}})
SECOND = timedelta(seconds=1)


def created(written: WrittenTargets, **changes: object) -> Found:
    found = written.create(FIELDS | changes)
    assert found is not None
    return found


def test_a_target_is_found_as_it_was_created(written: WrittenTargets) -> None:
    made = created(written)

    assert written.find("homepage") == made
    assert (made.fields, made.plan) == (FIELDS, None)
    assert written.find("other") is None


def test_what_a_table_cannot_hold_is_told_as_it_is_stored(written: WrittenTargets) -> None:
    made = created(written, params={"half": "\ud800", "whole": 2.0, "long": 10**50})

    assert made == written.find("homepage")


def test_a_target_is_not_created_over_another(written: WrittenTargets) -> None:
    made = created(written)

    assert written.create(FIELDS | {"note": "other"}) is None
    assert written.find("homepage") == made


def test_several_are_created_at_once_and_each_has_its_answer(written: WrittenTargets) -> None:
    made = created(written, id="t1")

    answers = written.create_all([FIELDS | {"id": f"t{place}"} for place in range(3)])

    assert [isinstance(answer, Found) for answer in answers] == [True, False, True]
    assert written.find_all(["t0", "t1", "t2", "t3"]).keys() == {"t0", "t1", "t2"}
    assert written.find_all([]) == {}
    assert written.find("t1") == made


def test_a_target_is_replaced_as_a_whole(written: WrittenTargets) -> None:
    made = created(written)

    replaced = written.replace(made, item(tags={"team": "web"}))

    assert replaced == written.find("homepage")
    assert replaced is not None
    assert replaced.fields == item(tags={"team": "web"})


@pytest.mark.parametrize("theirs", [{"note": "theirs"}, {"tags": {"a": "b"}}, {"params": {}}])
def test_a_target_that_was_changed_meanwhile_is_neither_replaced_nor_removed(
    written: WrittenTargets, theirs: dict[str, object]
) -> None:
    seen = created(written)
    current = written.replace(seen, FIELDS | theirs)

    assert written.replace(seen, FIELDS | {"active": False}) is None
    assert not written.remove("homepage", found=seen)
    assert written.find("homepage") == current


SPELT = {
    "a set of texts": {"except": {"SS": ["2026-12-26", "2026-12-25"]}},
    "a set of numbers": {"params": {"M": {"deep": {"NS": ["2", "1"]}}}},
    "bytes": {"note": {"B": b"\x00mine"}},
    "a set of bytes": {"params": {"M": {"deep": {"BS": [b"b", b"a"]}}}},
    "more digits than a float has": {"params": {"M": {"number": {"N": "0.12345678901234567890123456789"}}}},
    "null": {"note": {"NULL": True}},
}


@pytest.mark.parametrize("spelt", SPELT.values(), ids=SPELT)
def test_a_target_is_edited_and_removed_however_the_table_spells_it(
    put_by_hand: tuple[Callable[[dict[str, Any]], object], WrittenTargets], spelt: dict[str, Any]
) -> None:
    put, written = put_by_hand
    put(encode_item(item()) | spelt)
    (seen,), _ = written.page(after=None, limit=1)

    paused = written.replace(seen, seen.fields | {"active": False})
    assert paused is not None
    resumed = written.replace(paused, {name: value for name, value in paused.fields.items() if name != "active"})

    assert (paused.fields, resumed) == (seen.fields | {"active": False}, seen)
    assert resumed is not None
    assert written.find("homepage") == written.find_all(["homepage"])["homepage"] == seen
    assert not written.remove("homepage", found=paused)
    assert written.remove("homepage", found=resumed)


def test_a_target_that_is_gone_is_neither_replaced_nor_removed(written: WrittenTargets) -> None:
    seen = created(written)

    assert written.remove("homepage", found=seen)
    assert not written.remove("homepage", found=seen)
    assert not written.remove("homepage")
    assert written.replace(seen, FIELDS | {"active": False}) is None
    assert written.find("homepage") is None


def test_all_targets_are_on_the_pages_once_wherever_one_begins(written: WrittenTargets) -> None:
    ids = {created(written, id=f"t{place}").target_id for place in range(7)}

    first, after = written.page(after=None, limit=3)
    rest, end = written.page(after=after, limit=10)
    again, _ = written.page(after=first[0].target_id, limit=10)

    assert len(first) == 3
    assert {one.target_id for one in [*first, *rest]} == ids
    assert end is None
    assert [one.target_id for one in again] == [one.target_id for one in [*first[1:], *rest]]


def test_the_history_is_read_by_pages_latest_first(history: tuple[Runs, RunHistory]) -> None:
    rows, runs = history
    made = [begun(hours=hours) for hours in range(5)]
    rows.claim(made)

    first, after = runs.page("a", EVERY_RUN, after=None, limit=2)
    rest, end = runs.page("a", EVERY_RUN, after=after, limit=10)

    assert [*first, *rest] == made[::-1]
    assert (len(first), end) == (2, None)
    assert runs.page("b", EVERY_RUN, after=None, limit=2) == ([], None)


def test_the_history_is_read_within_bounds_and_by_status(history: tuple[Runs, RunHistory]) -> None:
    rows, runs = history
    made = [begun(hours=hours) for hours in range(5)]
    rows.claim(made)

    keep = RunFilter(since=NOW + timedelta(hours=1), until=NOW + timedelta(hours=3))
    assert list(runs.page("a", keep, after=None, limit=10)[0]) == made[2:0:-1]
    assert list(runs.page("a", RunFilter(frozenset({RunStatus.FAILED})), after=None, limit=10)[0]) == []


def test_one_run_and_the_latest_are_found(history: tuple[Runs, RunHistory]) -> None:
    rows, runs = history
    first, last = begun(), begun(hours=1)
    rows.claim([last, first])

    assert runs.find("a", first.run_id) == first
    assert runs.latest("a") == last
    assert (runs.find("a", "2026"), runs.latest("b")) == (None, None)


def timer(target_id: str, *, minutes: int) -> Timer:
    at = NOW + timedelta(minutes=minutes)
    return set_timer(target_id, Occurrence(at, at), "1", now=NOW, settings=LoopSettings(shards=1))


def test_the_timers_of_some_minutes_are_read_near_or_not(coming: tuple[Timers, ComingTimers]) -> None:
    table, timers = coming
    near, far, other = timer("near", minutes=5), timer("far", minutes=60), timer("other", minutes=6)
    table.put([near, far, other])

    assert sorted(timers.in_slots([near.slot, far.slot]), key=lambda one: one.due_at) == [near, far]
    assert timers.in_slots([]) == []


def asked(content: str = "this", seed: str = "seed") -> Asked:
    return Asked.now_for(content, seed=seed, now=NOW)


def test_a_key_remembers_what_was_first_asked_under_it(keys: IdempotencyKeys) -> None:
    assert keys.begin("k", asked(), now=NOW) is None

    assert keys.begin("k", asked("that", "other"), now=NOW + SECOND) == asked()
    assert keys.begin("other", asked("that"), now=NOW) is None


def test_a_key_remembers_that_it_is_done(keys: IdempotencyKeys) -> None:
    keys.begin("k", asked(), now=NOW)
    keys.finish("k")

    assert keys.begin("k", asked(), now=NOW) == asked().done()


def test_a_key_is_free_again_once_it_is_forgotten_or_over(keys: IdempotencyKeys) -> None:
    for key in ("k", "old"):
        keys.begin(key, asked(), now=NOW)
    keys.forget("k")
    keys.forget("never")
    keys.finish("never")

    assert keys.begin("k", asked("that"), now=NOW) is None
    assert keys.begin("never", asked("that"), now=NOW) is None
    assert keys.begin("old", asked(), now=NOW + KEPT - SECOND) is not None
    assert keys.begin("old", asked("that"), now=NOW + KEPT) is None

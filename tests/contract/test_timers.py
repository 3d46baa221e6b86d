"""The contract of the Timers port."""

from datetime import UTC, datetime, timedelta

from functions.ports import Timers, UnreadableTimer
from schedule_model.occurrence import Occurrence
from schedule_model.reconcile_pass import ReconcilePass
from schedule_model.settings import LoopSettings
from schedule_model.timer import FORMAT, Timer, set_timer

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
SETTINGS = LoopSettings(shards=1)


def timer(target_id: str = "a", *, hours: float = 1, revision: str = "1", seconds: float = 0) -> Timer:
    due_at = NOW + timedelta(hours=hours, seconds=seconds)
    return set_timer(target_id, Occurrence(due_at, due_at), revision, now=NOW, settings=SETTINGS)


def there(timers: Timers, one: Timer) -> list[Timer]:
    (found,) = timers.in_slots([one.slot])
    assert not isinstance(found, Exception)
    return list(found)


def test_a_timer_comes_back_as_it_was_put(timers: Timers) -> None:
    assert timers.put([timer()]) == [None]

    assert there(timers, timer()) == [timer()]


def test_a_slot_is_read_by_due_instant(timers: Timers) -> None:
    ones = [timer(name, seconds=seconds) for name, seconds in [("c", 30), ("a", 10), ("b", 20)]]
    assert timers.put(ones) == [None] * 3

    assert [one.target_id for one in there(timers, ones[0])] == ["a", "b", "c"]


def test_each_slot_is_answered_in_order(timers: Timers) -> None:
    early, late = timer("a", hours=1), timer("b", hours=2)
    timers.put([late, early])

    assert timers.in_slots([late.slot, "2026-01-01T00:00Z#00", early.slot]) == [[late], [], [early]]
    assert timers.in_slots([]) == []


def test_a_near_timer_is_left_out(timers: Timers) -> None:
    near = timer(hours=0.1)
    assert near.near
    timers.put([near])

    assert there(timers, near) == []


def test_a_newer_revision_replaces_a_timer(timers: Timers) -> None:
    timers.put([timer(revision="1")])

    assert timers.put([timer(revision="2")]) == [None]
    assert [one.revision for one in there(timers, timer())] == ["2"]


def test_the_same_or_an_older_revision_changes_nothing(timers: Timers) -> None:
    standing = timer(revision="2")
    timers.put([standing])

    assert timers.put([timer(revision="1"), timer(revision="2").model_copy(update={"attempt": 7})]) == [None, None]
    assert there(timers, standing) == [standing]


def test_a_timer_is_removed(timers: Timers) -> None:
    timers.put([timer("a"), timer("b")])

    assert timers.remove([timer("a")]) == [None]
    assert [one.target_id for one in there(timers, timer())] == ["b"]


def test_a_missing_timer_is_removed_already(timers: Timers) -> None:
    assert timers.remove([timer(), timer("b")]) == [None, None]


def test_a_newer_revision_is_not_removed(timers: Timers) -> None:
    timers.put([timer(revision="2")])

    assert timers.remove([timer(revision="1")]) == [None]
    assert [one.revision for one in there(timers, timer())] == ["2"]


def test_two_occurrences_of_one_target_that_are_due_at_the_same_instant_have_a_timer_each(timers: Timers) -> None:
    due_at = NOW + timedelta(hours=2)
    ones = [
        set_timer("a", Occurrence(due_at - timedelta(minutes=window), due_at), "1", now=NOW, settings=SETTINGS)
        for window in (0, 5)
    ]
    timers.put(ones)

    assert sorted(one.scheduled_at for one in there(timers, ones[0])) == sorted(one.scheduled_at for one in ones)


def test_a_slot_of_more_than_a_page_is_read_whole(timers: Timers) -> None:
    big = [timer(f"{number:02d}" + "x" * 200, seconds=number % 60) for number in range(60)]
    timers.put(big)

    assert len(there(timers, big[0])) == 60


def test_a_new_stack_has_no_watermark(timers: Timers) -> None:
    assert timers.swept_until() is None


def test_the_watermark_moves_forward_only(timers: Timers) -> None:
    timers.save_swept_until(NOW)
    assert timers.swept_until() == NOW

    timers.save_swept_until(NOW - timedelta(minutes=1))
    assert timers.swept_until() == NOW

    timers.save_swept_until(NOW + timedelta(minutes=1))
    assert timers.swept_until() == NOW + timedelta(minutes=1)


def test_the_timers_that_are_not_there_are_told(timers: Timers) -> None:
    timers.put([timer("a"), timer("b", hours=0.1)])

    asked = [timer("a"), timer("b", hours=0.1), timer("c"), timer("a", hours=2)]
    assert list(timers.missing(asked)) == asked[2:]
    assert list(timers.missing([])) == []


def test_a_timer_of_an_older_revision_is_missing_and_of_a_newer_is_not(timers: Timers) -> None:
    timers.put([timer("a", revision="1"), timer("b", revision="3")])

    assert list(timers.missing([timer("a", revision="2"), timer("b", revision="2")])) == [timer("a", revision="2")]


def test_a_timer_of_a_newer_format_is_missing_and_is_written_over(timers: Timers) -> None:
    newer = timer().model_copy(update={"format": FORMAT + 1})
    timers.put([newer])
    assert isinstance(there(timers, newer)[0], UnreadableTimer)

    assert list(timers.missing([timer()])) == [timer()]
    assert timers.put([timer(), timer("b", hours=2)]) == [None, None]

    assert there(timers, newer) == [timer()]


def test_a_timer_of_a_newer_format_and_revision_stays(timers: Timers) -> None:
    timers.put([timer(revision="2").model_copy(update={"format": FORMAT + 1})])

    assert timers.put([timer(revision="1")]) == [None]

    assert isinstance(there(timers, timer())[0], UnreadableTimer)


def test_the_reconcile_pass_is_kept(timers: Timers) -> None:
    assert timers.reconcile_pass() is None

    later = NOW + timedelta(days=1)
    for progress in (ReconcilePass(NOW, "target"), ReconcilePass(NOW, None, 2, 16, later, ("a", "b"))):
        timers.save_reconcile_pass(progress)
        assert timers.reconcile_pass() == progress


def test_several_timers_are_put_together_and_each_gives_way_to_a_newer_one(timers: Timers) -> None:
    timers.put([timer("a", revision="1"), timer("b", revision="3")])

    wanted = [timer(name, revision="2") for name in ("a", "b", "c")]
    assert timers.put(wanted) == [None] * 3
    assert [(one.target_id, one.revision) for one in there(timers, timer())] == [("a", "2"), ("b", "3"), ("c", "2")]


def test_one_timer_put_twice_in_one_call_keeps_the_newer_revision(timers: Timers) -> None:
    assert timers.put([timer("a", revision="1"), timer("a", revision="2"), timer("b")]) == [None] * 3

    assert [one.revision for one in there(timers, timer())] == ["2", "1"]


def test_more_timers_than_one_call_takes_are_put(timers: Timers) -> None:
    many = [timer(f"t{number:02d}") for number in range(53)]

    assert timers.put(many) == [None] * 53
    assert len(there(timers, many[0])) == 53

"""Timers, slots and shards."""

import re

import pytest

from schedule_model.occurrence import Occurrence
from schedule_model.settings import LoopSettings
from schedule_model.timer import Timer, set_timer, shard_of, slot_of, slots_between
from tests.unit.examples import NOON, minutes, revision, seconds, timer

SETTINGS = LoopSettings()


def set_for(due_in: float, *, lead: float = 1320) -> Timer:
    due_at = NOON + seconds(due_in)
    settings = LoopSettings(lead=seconds(lead))
    return set_timer("homepage", Occurrence(due_at, due_at), revision(1), now=NOON, settings=settings)


def test_a_timer_expires_a_lead_before_its_run_is_due() -> None:
    far = set_for(1321)

    assert not far.near
    assert far.expires_at == far.due_at - SETTINGS.lead


@pytest.mark.parametrize("due_in", [0, 1, 900, 1319, 1320])
def test_a_run_due_within_the_lead_is_near_and_expires_when_it_is_due(due_in: int) -> None:
    near = set_for(due_in)

    assert near.near
    assert near.expires_at == near.due_at


def test_a_timer_for_a_run_that_is_late_already_is_near_and_expires_now() -> None:
    late = set_for(-3600)

    assert late.near
    assert late.expires_at == NOON


def test_with_a_lead_of_zero_no_future_run_is_near() -> None:
    assert not set_for(1, lead=0).near
    assert set_for(0, lead=0).near


def test_a_timer_carries_what_its_run_needs() -> None:
    occurrence = Occurrence(NOON + minutes(60), NOON + minutes(65))

    found = set_timer("homepage", occurrence, revision(4), now=NOON, settings=SETTINGS, attempt=3)

    assert (found.target_id, found.revision, found.attempt) == ("homepage", revision(4), 3)
    assert (found.scheduled_at, found.due_at) == (occurrence.scheduled_at, occurrence.due_at)


def test_the_slot_is_the_minute_in_which_the_run_is_due_and_the_targets_shard() -> None:
    found = set_for(3601)

    assert found.slot == slot_of(found.due_at, shard_of("homepage", 16))
    assert found.slot.startswith("2026-11-20T13:00Z#")


def test_slots_have_two_digits_for_the_shard() -> None:
    assert slot_of(NOON, 3) == "2026-11-20T12:00Z#03"


def test_timers_of_a_slot_sort_as_they_are_due() -> None:
    ids = [timer(due_at=NOON + seconds(number)).timer_id for number in (0, 5, 59)]

    assert ids == sorted(ids)
    assert ids[0] == "2026-11-20T12:00:00Z#homepage"


def test_shards_are_the_same_on_every_machine() -> None:
    assert [shard_of(name, 16) for name in ("homepage", "a", "b")] == [1, 10, 10]


def test_shards_spread_targets_evenly() -> None:
    counts = [0] * 16
    for number in range(3200):
        counts[shard_of(f"target-{number}", 16)] += 1

    assert min(counts) > 140
    assert max(counts) < 260


def test_slots_between_names_every_shard_of_every_minute_once() -> None:
    slots = slots_between(NOON + seconds(59), NOON + minutes(2), 2)

    assert slots == (
        "2026-11-20T12:00Z#00",
        "2026-11-20T12:00Z#01",
        "2026-11-20T12:01Z#00",
        "2026-11-20T12:01Z#01",
        "2026-11-20T12:02Z#00",
        "2026-11-20T12:02Z#01",
    )


def test_slot_names_sort_as_their_minutes() -> None:
    slots = slots_between(NOON - minutes(60 * 13), NOON + minutes(60 * 13), 1)

    assert list(slots) == sorted(slots)
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\dZ#\d\d", slot) for slot in slots)

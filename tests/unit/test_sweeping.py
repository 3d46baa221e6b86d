"""Which slots a sweep looks into."""

from schedule_model.settings import LoopSettings
from schedule_model.sweeping import sweeps
from tests.unit.examples import NOON, minutes, seconds


def test_a_new_stack_starts_with_the_minute_before() -> None:
    first = sweeps(None, now=NOON + seconds(7), settings=LoopSettings(), shards=2)[0]

    assert first.slots == ("2026-11-20T11:59Z#00", "2026-11-20T11:59Z#01")
    assert first.swept_until == NOON


def test_a_sweep_reaches_to_the_horizon() -> None:
    last = sweeps(NOON, now=NOON + seconds(7), settings=LoopSettings(), shards=2)[-1]

    assert last.slots[0] == "2026-11-20T12:03Z#00"
    assert last.swept_until is None


def test_the_watermark_never_passes_the_present_minute() -> None:
    marks = [
        sweep.swept_until
        for sweep in sweeps(NOON - minutes(2), now=NOON + seconds(59), settings=LoopSettings(), shards=2)
    ]

    assert marks == [NOON - minutes(1), NOON, None, None, None, None]


def test_minutes_that_no_sweep_has_finished_are_caught_up_earliest_first() -> None:
    planned = sweeps(NOON - minutes(90), now=NOON, settings=LoopSettings(), shards=2)

    assert planned[0].slots[0] == "2026-11-20T10:30Z#00"
    assert len(planned) == 90 + 4
    assert [sweep.slots for sweep in planned] == sorted(sweep.slots for sweep in planned)


def test_a_watermark_ahead_of_the_clock_does_not_hide_the_present() -> None:
    planned = sweeps(NOON + minutes(30), now=NOON, settings=LoopSettings(), shards=2)

    assert planned[0].slots[0] == "2026-11-20T12:00Z#00"


def test_successive_sweeps_leave_no_minute_out() -> None:
    seen: set[str] = set()
    mark = None
    for tick in range(30):
        for sweep in sweeps(mark, now=NOON + minutes(tick) + seconds(3), settings=LoopSettings(), shards=2):
            seen |= set(sweep.slots)
            mark = sweep.swept_until or mark

    assert len(seen) == (30 + 4) * 2

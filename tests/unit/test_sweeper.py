"""What a sweep leaves for the next one when a call fails."""

from collections.abc import Sequence
from random import Random

import pytest

from functions.ports import Ports, UnavailableError, UnreadableTimer
from functions.sweeper import app as sweeper
from schedule_model.dispatching import QueueRun
from schedule_model.settings import LoopSettings
from schedule_model.timer import Timer
from tests.simulation.memory import (
    InlineCrew,
    MemoryRunQueue,
    MemoryRuns,
    MemoryTargets,
    MemoryTimers,
    Recorder,
    ScriptedRunners,
    VirtualClock,
)
from tests.unit.examples import NOON, minutes, seconds, timer

REFUSED = UnavailableError("throttled")
OVERDUE = NOON - minutes(3)
SLOT = "2026-11-20T11:57Z#00"
HELD = timer(target_id="held", scheduled_at=OVERDUE, due_at=OVERDUE, slot=SLOT)
FREE = timer(target_id="free", scheduled_at=OVERDUE, due_at=OVERDUE, slot=SLOT)


class Refusals:
    """What is refused at the moment: messages and removals by target, the reading of a slot, and of a whole minute."""

    def __init__(self) -> None:
        self.sends: set[str] = set()
        self.removals: set[str] = set()
        self.slots: set[str] = set()
        self.minutes: set[str] = set()


class RefusingQueue(MemoryRunQueue):
    """A queue that takes some of a batch's messages only."""

    def __init__(self, clock: VirtualClock, refusals: Refusals) -> None:
        super().__init__(clock)
        self._refusals = refusals

    def send(self, messages: Sequence[QueueRun]) -> Sequence[UnavailableError | None]:
        refused = [message.request.target_id in self._refusals.sends for message in messages]
        super().send([message for message, no in zip(messages, refused, strict=True) if not no])
        return [REFUSED if no else None for no in refused]


class RefusingTimers(MemoryTimers):
    """A table that refuses some removals and the reading of some slots."""

    def __init__(self, refusals: Refusals) -> None:
        super().__init__()
        self._refusals = refusals

    def in_slots(self, slots: Sequence[str]) -> Sequence[Sequence[Timer | UnreadableTimer] | UnavailableError]:
        if self._refusals.minutes & set(slots):
            raise REFUSED
        found = super().in_slots(slots)
        return [REFUSED if slot in self._refusals.slots else rows for slot, rows in zip(slots, found, strict=True)]

    def remove(self, timers: Sequence[Timer]) -> Sequence[UnavailableError | None]:
        refused = [timer.target_id in self._refusals.removals for timer in timers]
        super().remove([timer for timer, no in zip(timers, refused, strict=True) if not no])
        return [REFUSED if no else None for no in refused]


class Stack:
    """Two overdue timers, a watermark ten minutes back, and what is refused."""

    def __init__(self) -> None:
        self.clock, self.refusals = VirtualClock(NOON + seconds(7)), Refusals()
        self.timers, self.queue = RefusingTimers(self.refusals), RefusingQueue(self.clock, self.refusals)
        self.timers.put([HELD, FREE])
        self.timers.save_swept_until(NOON - minutes(10))

    def sweep(self) -> sweeper.SweepReport:
        return sweeper.handle({}, self._ports())

    def waiting(self) -> set[str]:
        return {row["target_id"]["S"] for row in self.timers.table.items.values() if "target_id" in row}

    def _ports(self) -> Ports:
        return Ports(
            clock=self.clock,
            targets=MemoryTargets(),
            timers=self.timers,
            runs=MemoryRuns(),
            queue=self.queue,
            crew=InlineCrew(self.clock),
            runners=ScriptedRunners(),
            telemetry=Recorder(),
            random=Random(1),
            settings=LoopSettings(shards=1),
        )


def test_a_timer_stays_until_its_run_is_on_the_queue() -> None:
    stack = Stack()
    stack.refusals.sends = {"held"}

    report = stack.sweep()

    assert (report["dispatched"], report["failed"]) == (1, 1)
    assert stack.waiting() == {"held"}


def test_a_minute_in_which_a_message_was_refused_is_swept_again_however_late() -> None:
    stack = Stack()
    stack.refusals.sends = {"held"}
    stack.sweep()
    stack.refusals.sends = set()
    stack.clock.advance(minutes=20)

    stack.sweep()

    assert sorted('"held"' in held.body for held in stack.queue.messages.values()) == [False, True]
    assert stack.waiting() == set()


def test_the_watermark_stops_before_the_first_minute_in_which_something_failed() -> None:
    for kind, what in (("sends", "held"), ("removals", "held"), ("slots", SLOT)):
        stack = Stack()
        setattr(stack.refusals, kind, {what})

        stack.sweep()

        assert stack.timers.swept_until() == OVERDUE, kind


def test_the_watermark_passes_a_minute_in_which_nothing_failed() -> None:
    stack = Stack()

    stack.sweep()

    assert stack.timers.swept_until() == NOON


def test_a_minute_that_cannot_be_read_holds_up_none_after_it_nor_reconcile() -> None:
    stack = Stack()
    stack.refusals.minutes = {"2026-11-20T11:55Z#00"}

    with pytest.raises(UnavailableError, match="throttled"):
        stack.sweep()

    assert stack.waiting() == set()
    assert len(stack.queue.messages) == 2
    assert stack.timers.swept_until() == NOON - minutes(5)
    assert stack.timers.reconcile_pass() is not None

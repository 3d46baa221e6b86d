"""The contract of the Crew port, on threads; the simulation's crew passes it in virtual time."""

from collections.abc import Callable
from datetime import timedelta
from threading import Event
from typing import Protocol

import pytest

from functions.crew import ThreadCrew
from functions.work import Crew, TimedOut, Work
from schedule_model.clock import Clock, SystemClock
from tests.simulation.greencrew import GreenCrew
from tests.simulation.hub import Hub


class Gate(Protocol):
    """What pieces of work wait at until it is opened."""

    def wait(self) -> bool:
        """Wait until it is open; return whether it was opened before patience ran out."""
        ...

    def set(self) -> None:
        """Open it for good."""
        ...


class ThreadGate:
    """A gate whose waiters give up after ten seconds: a crew that breaks its promise fails and does not hang."""

    def __init__(self) -> None:
        self._event = Event()

    def wait(self) -> bool:
        return self._event.wait(timeout=10)

    def set(self) -> None:
        self._event.set()


class VirtualGate:
    """A gate whose waiters look again each second of virtual time."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._is_open = False

    def wait(self) -> bool:
        while not self._is_open:
            self._hub.pause(1000)
        return True

    def set(self) -> None:
        self._is_open = True


class Threads:
    """Threads, and gates between them; nothing here takes as long as a deadline, unless a promise is broken."""

    deadline = timedelta(seconds=600)

    def __init__(self) -> None:
        self.clock: Clock = SystemClock()
        self.crew: Crew = ThreadCrew(self.clock)

    def carry_out(self, trial: Callable[[], None]) -> None:
        """Try something."""
        trial()

    def gate(self) -> Gate:
        """Return a closed gate."""
        return ThreadGate()


class Greenlets:
    """Greenlets in virtual time."""

    deadline = timedelta(seconds=600)

    def __init__(self) -> None:
        self._hub = Hub()
        self.clock: Clock = self._hub.clock()
        self.crew: Crew = GreenCrew(self._hub, self.clock)

    def carry_out(self, trial: Callable[[], None]) -> None:
        """Try something, as a process in virtual time."""
        process = self._hub.start("trial", trial)
        self._hub.run()
        if process.error:
            raise process.error

    def gate(self) -> Gate:
        """Return a closed gate."""
        return VirtualGate(self._hub)


World = Threads | Greenlets


@pytest.fixture(params=[Threads, Greenlets])
def world(request: pytest.FixtureRequest) -> World:
    made: World = request.param()
    return made


def work(world: World, *pieces: Callable[[], str]) -> list[Work[str]]:
    return [Work(piece, world.clock.now() + world.deadline) for piece in pieces]


def test_no_work_yields_nothing(world: World) -> None:
    found: list[object] = []

    world.carry_out(lambda: found.extend(world.crew.carry_out([])))

    assert found == []


def test_each_piece_is_answered_once_under_its_position(world: World) -> None:
    found: list[tuple[int, object]] = []

    def trial() -> None:
        for news in world.crew.carry_out(work(world, lambda: "zero", lambda: "one", lambda: "two")):
            found.extend(news.items())

    world.carry_out(trial)

    assert sorted(found, key=lambda one: one[0]) == [(0, "zero"), (1, "one"), (2, "two")]


def test_answers_come_as_they_end(world: World) -> None:
    found: list[object] = []
    gate = world.gate()

    def slow() -> str:
        gate.wait()
        return "slow"

    def trial() -> None:
        for news in world.crew.carry_out(work(world, slow, lambda: "quick")):
            found.append(dict(news))
            gate.set()

    world.carry_out(trial)

    assert found == [{1: "quick"}, {0: "slow"}]


def test_ten_pieces_go_on_at_the_same_time(world: World) -> None:
    found: list[object] = []
    begun: list[int] = []
    gate = world.gate()

    def piece() -> str:
        begun.append(1)
        if len(begun) == 10:
            gate.set()
        return "met the others" if gate.wait() else "was alone"

    def trial() -> None:
        for news in world.crew.carry_out(work(world, *[piece] * 10)):
            found.extend(news.values())

    world.carry_out(trial)

    assert found == ["met the others"] * 10


def test_what_is_not_back_by_its_deadline_has_timed_out_and_holds_up_nothing(world: World) -> None:
    found: dict[int, object] = {}
    outlived: list[str] = []
    gate = world.gate()

    def hang() -> str:
        gate.wait()
        outlived.append("went on")
        return "too late"

    def trial() -> None:
        hanging = Work(hang, world.clock.now() + timedelta(milliseconds=50))
        for news in world.crew.carry_out([*work(world, lambda: "in time"), hanging]):
            found.update(news)
        assert outlived == []
        gate.set()

    world.carry_out(trial)

    assert found == {0: "in time", 1: TimedOut()}

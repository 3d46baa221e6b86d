"""The contract of the Crew port, on threads in real time; the simulation's crew passes it in virtual time."""

import time
from collections.abc import Callable
from datetime import timedelta

import pytest

from functions.crew import ThreadCrew
from functions.ports import Crew, TimedOut, Work
from schedule_model.clock import Clock, SystemClock
from tests.simulation.greencrew import GreenCrew
from tests.simulation.hub import Hub


class Threads:
    """Threads, and a second that lasts a fiftieth of one."""

    second = timedelta(milliseconds=20)

    def __init__(self) -> None:
        self.clock: Clock = SystemClock()
        self.crew: Crew = ThreadCrew(self.clock)

    def carry_out(self, trial: Callable[[], None]) -> None:
        """Try something."""
        trial()

    def wait(self, seconds: float) -> None:
        """Let time pass within a piece of work."""
        time.sleep(seconds * self.second.total_seconds())


class Greenlets:
    """Greenlets in virtual time."""

    second = timedelta(seconds=1)

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

    def wait(self, seconds: float) -> None:
        """Let virtual time pass within a piece of work."""
        self._hub.pause(int(seconds * 1000))


@pytest.fixture(params=[Threads, Greenlets])
def world(request: pytest.FixtureRequest) -> Threads | Greenlets:
    made: Threads | Greenlets = request.param()
    return made


def collect(world: Threads | Greenlets, *seconds: float, deadline: float = 60) -> list[dict[int, object]]:
    found: list[dict[int, object]] = []

    def piece(place: int, length: float) -> Work[str]:
        def do() -> str:
            world.wait(length)
            return f"answer {place}"

        return Work(do, world.clock.now() + deadline * world.second)

    def trial() -> None:
        work = [piece(place, length) for place, length in enumerate(seconds)]
        found.extend(dict(news) for news in world.crew.carry_out(work))

    world.carry_out(trial)
    return found


def test_no_work_yields_nothing(world: Threads | Greenlets) -> None:
    assert collect(world) == []


def test_each_piece_is_answered_once_under_its_position(world: Threads | Greenlets) -> None:
    found = collect(world, 1, 3, 2)

    answers = [entry for news in found for entry in news.items()]
    assert sorted(answers) == [(0, "answer 0"), (1, "answer 1"), (2, "answer 2")]


def test_answers_come_as_they_end(world: Threads | Greenlets) -> None:
    found = collect(world, 10, 1)

    assert found == [{1: "answer 1"}, {0: "answer 0"}]


def test_ten_pieces_take_as_long_as_one(world: Threads | Greenlets) -> None:
    ended: list[timedelta] = []

    def trial() -> None:
        start = world.clock.now()
        list(world.crew.carry_out([Work(lambda: world.wait(5), start + 60 * world.second)] * 10))
        ended.append(world.clock.now() - start)

    world.carry_out(trial)
    assert ended[0] < 12 * world.second


def test_what_is_not_back_by_its_deadline_has_timed_out(world: Threads | Greenlets) -> None:
    found = collect(world, 1, 600, deadline=3)

    assert found == [{0: "answer 0"}, {1: TimedOut()}]


def test_a_late_piece_does_not_hold_up_the_end(world: Threads | Greenlets) -> None:
    took: list[timedelta] = []
    start = world.clock.now()

    def trial() -> None:
        work: list[Work[object]] = [Work(lambda: world.wait(30), start + 3 * world.second)]
        list(world.crew.carry_out(work))
        took.append(world.clock.now() - start)

    world.carry_out(trial)
    assert took[0] < 20 * world.second

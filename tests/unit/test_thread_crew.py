"""The crew that does a batch's work at the same time."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest

from functions.crew import ThreadCrew
from functions.work import TimedOut, Work
from schedule_model.clock import SystemClock

CLOCK = SystemClock()


def work(do: Callable[[], str], seconds: float = 20) -> Work[str]:
    return Work(do, deadline=CLOCK.now() + timedelta(seconds=seconds))


def answers(pieces: list[Work[str]]) -> dict[int, str | TimedOut]:
    found: dict[int, str | TimedOut] = {}
    for news in ThreadCrew(CLOCK).carry_out(pieces):
        assert not found.keys() & news.keys()
        found |= news
    return found


def test_ten_pieces_of_work_go_on_at_the_same_time() -> None:
    all_there = threading.Barrier(10, timeout=15)

    def meet() -> str:
        all_there.wait()
        return "met"

    assert answers([work(meet)] * 10) == dict.fromkeys(range(10), "met")


def test_work_past_its_deadline_is_answered_for_while_the_others_are_waited_for() -> None:
    release = threading.Event()

    def slow() -> str:
        release.wait(15)
        return "late"

    found = answers([work(slow, seconds=0.02), work(lambda: "in time")])
    release.set()

    assert found == {0: TimedOut(), 1: "in time"}


def test_an_answer_is_handed_over_before_the_slowest_has_ended() -> None:
    release = threading.Event()

    def slow() -> str:
        release.wait(15)
        return "slow"

    crew = ThreadCrew(CLOCK).carry_out([work(slow), work(lambda: "quick")])
    first = next(crew)
    release.set()
    rest = {place: answer for news in crew for place, answer in news.items()}

    assert first == {1: "quick"}
    assert rest == {0: "slow"}


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_work_that_ends_its_thread_is_answered_for_at_its_deadline() -> None:
    def leave() -> str:
        raise SystemExit

    assert answers([work(leave, seconds=0.02)]) == {0: TimedOut()}


def test_the_next_batch_is_done_by_the_threads_of_the_one_before() -> None:
    crew = ThreadCrew(CLOCK)

    def batch() -> set[str]:
        all_there = threading.Barrier(3, timeout=15)

        def who() -> str:
            all_there.wait()
            return str(threading.get_ident())

        return {str(answer) for news in crew.carry_out([work(who)] * 3) for answer in news.values()}

    assert len(batch()) == 3
    assert batch() == batch()


def test_a_thread_that_hangs_gets_no_further_work() -> None:
    crew, release = ThreadCrew(CLOCK), threading.Event()

    def hang() -> str:
        release.wait(15)
        return "late"

    (overdue,) = crew.carry_out([work(hang, seconds=0.02)])
    (news,) = crew.carry_out([work(lambda: "in time")])
    release.set()

    assert (overdue, news) == ({0: TimedOut()}, {0: "in time"})


def test_no_work_has_no_answers() -> None:
    assert answers([]) == {}

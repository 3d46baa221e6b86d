"""Does the work of a batch at the same time, each piece in a thread of its own."""

import threading
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from queue import Empty, SimpleQueue

from functions.ports import Answer, TimedOut, Work
from schedule_model.clock import Clock


class ThreadCrew:
    """Starts one thread per piece of work; a batch has ten at most.

    A thread cannot be stopped from outside. One that outlives its deadline is answered for with TimedOut and left to
    itself; it is a daemon, so that it keeps no process alive.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def carry_out(self, work: Sequence[Work[Answer]]) -> Iterator[Mapping[int, Answer | TimedOut]]:
        """Start all, and yield the answers by position as they come."""
        answers: SimpleQueue[tuple[int, Answer]] = SimpleQueue()
        for place, piece in enumerate(work):
            threading.Thread(target=_do, args=(place, piece, answers), name=f"run-{place}", daemon=True).start()
        deadlines = {place: piece.deadline for place, piece in enumerate(work)}
        while deadlines:
            found = self._arrived(answers, min(deadlines.values()))
            now = self._clock.now()
            overdue = [] if found else [place for place, deadline in deadlines.items() if deadline <= now]
            news: dict[int, Answer | TimedOut] = {place: one for place, one in found.items() if place in deadlines}
            for place in overdue:
                news[place] = TimedOut()
            for place in news:
                del deadlines[place]
            yield news

    def _arrived(self, answers: "SimpleQueue[tuple[int, Answer]]", deadline: datetime) -> dict[int, Answer]:
        """Wait for the first answer until the deadline, and take along what else is there."""
        found: dict[int, Answer] = {}
        patience = max(0.0, (deadline - self._clock.now()).total_seconds())
        try:
            place, answer = answers.get(timeout=patience)
            found[place] = answer
            while True:
                place, answer = answers.get_nowait()
                found[place] = answer
        except Empty:
            return found


def _do(place: int, piece: Work[Answer], answers: "SimpleQueue[tuple[int, Answer]]") -> None:
    answers.put((place, piece.do()))

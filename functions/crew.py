"""Does the work of a batch at the same time, each piece in a thread of its own."""

import threading
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from queue import Empty, SimpleQueue

from functions.ports import Answer, TimedOut, Work
from schedule_model.clock import Clock

GATHERING_SECONDS = 0.005
"""How long an answer waits for the next one, so that one call records both: less than such a call takes."""

Answers = SimpleQueue[tuple[int, object]]
Inbox = SimpleQueue[tuple[int, Work[object], Answers]]


class ThreadCrew:
    """Gives each piece of work a thread to itself; a batch has ten at most.

    A thread that is done stays for the next batch, since starting one costs more than most runs do. A thread cannot be
    stopped from outside. One that outlives its deadline is answered for with TimedOut and left to itself; it is a
    daemon, so that it keeps no process alive.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._idle: deque[Inbox] = deque()

    def carry_out(self, work: Sequence[Work[Answer]]) -> Iterator[Mapping[int, Answer | TimedOut]]:
        """Start all, and yield the answers by position as they come."""
        answers: SimpleQueue[tuple[int, Answer]] = SimpleQueue()
        for place, piece in enumerate(work):
            self._thread().put((place, piece, answers))  # type: ignore[arg-type]  # what comes back is what it answers
        deadlines = {place: piece.deadline for place, piece in enumerate(work)}
        while deadlines:
            found = self._arrived(answers, min(deadlines.values()), len(deadlines))
            now = self._clock.now()
            overdue = [] if found else [place for place, deadline in deadlines.items() if deadline <= now]
            news: dict[int, Answer | TimedOut] = {place: one for place, one in found.items() if place in deadlines}
            for place in overdue:
                news[place] = TimedOut()
            for place in news:
                del deadlines[place]
            yield news

    def _thread(self) -> Inbox:
        """Return where a thread that has nothing to do waits for work."""
        try:
            return self._idle.pop()
        except IndexError:
            inbox: Inbox = SimpleQueue()
            threading.Thread(target=_work, args=(inbox, self._idle), name="run", daemon=True).start()
            return inbox

    def _arrived(
        self, answers: "SimpleQueue[tuple[int, Answer]]", deadline: datetime, awaited: int
    ) -> dict[int, Answer]:
        """Wait for the first answer until the deadline, and take along those that follow it closely."""
        found: dict[int, Answer] = {}
        patience = max(0.0, (deadline - self._clock.now()).total_seconds())
        with suppress(Empty):
            while len(found) < awaited:
                place, answer = answers.get(timeout=GATHERING_SECONDS if found else patience)
                found[place] = answer
        return found


def _work(inbox: Inbox, idle: "deque[Inbox]") -> None:
    while True:
        place, piece, answers = inbox.get()
        answer = piece.do()
        # Idle before anybody hears of the answer, so that the next batch finds it so.
        idle.append(inbox)
        answers.put((place, answer))
        del piece, answers, answer

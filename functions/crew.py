"""Does the work of a batch at the same time: what takes a while, each piece in a thread of its own."""

import threading
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from queue import Empty, SimpleQueue
from typing import Generic

from functions.work import Answer, TimedOut, Work
from schedule_model.clock import Clock

GATHERING_SECONDS = 0.005
"""How long an answer waits for the next one, so that one call records both: less than such a call takes."""

HEAD_START_SECONDS = 0.0005
"""How long one thread has for the pieces of a batch, before each that still waits gets a thread of its own."""


class _Batch(Generic[Answer]):
    """The pieces that nobody has begun, and the answers that nobody has taken."""

    def __init__(self, work: Sequence[Work[Answer]]) -> None:
        self.waiting = deque(enumerate(work))
        self.answers: SimpleQueue[tuple[int, Answer]] = SimpleQueue()

    def take(self) -> tuple[int, Work[Answer]] | None:
        """Return the next piece that nobody has begun, for whoever asks to do it; None if there is none."""
        with suppress(IndexError):
            return self.waiting.popleft()
        return None


Inbox = SimpleQueue[_Batch[object]]


class ThreadCrew:
    """Gives each piece of work that takes a while a thread to itself; a batch has ten at most.

    To hand a piece to a thread costs more than the quickest runs do, so one thread begins with all, and what it has not
    come to within the head start goes to others. A thread that is done stays for the next batch, since starting one
    costs still more. A thread cannot be stopped from outside. One that outlives its deadline is answered for with
    TimedOut and left to itself; it is a daemon, so that it keeps no process alive.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._idle: deque[Inbox] = deque()

    def carry_out(self, work: Sequence[Work[Answer]]) -> Iterator[Mapping[int, Answer | TimedOut]]:
        """Start all, and yield the answers by position as they come."""
        batch = _Batch(work)
        self._hand_out(batch, min(1, len(work)))
        deadlines = {place: piece.deadline for place, piece in enumerate(work)}
        while deadlines:
            found = self._arrived(batch, min(deadlines.values()), len(deadlines))
            now = self._clock.now()
            overdue = [] if found else [place for place, deadline in deadlines.items() if deadline <= now]
            news: dict[int, Answer | TimedOut] = {place: one for place, one in found.items() if place in deadlines}
            for place in overdue:
                news[place] = TimedOut()
            for place in news:
                del deadlines[place]
            yield news

    def _hand_out(self, batch: _Batch[Answer], threads: int) -> None:
        for _ in range(threads):
            self._thread().put(batch)  # type: ignore[arg-type]  # whatever its pieces answer

    def _thread(self) -> Inbox:
        """Return where a thread that has nothing to do waits for work."""
        try:
            return self._idle.pop()
        except IndexError:
            inbox: Inbox = SimpleQueue()
            threading.Thread(target=_work, args=(inbox, self._idle), name="run", daemon=True).start()
            return inbox

    def _arrived(self, batch: _Batch[Answer], deadline: datetime, awaited: int) -> dict[int, Answer]:
        """Wait for the first answer until the deadline, and take along those that follow it closely."""
        found: dict[int, Answer] = {}
        while batch.waiting and len(found) < awaited:
            try:
                place, answer = batch.answers.get(timeout=HEAD_START_SECONDS)
                found[place] = answer
            except Empty:
                self._hand_out(batch, len(batch.waiting))
                break
        patience = max(0.0, (deadline - self._clock.now()).total_seconds())
        with suppress(Empty):
            while len(found) < awaited:
                place, answer = batch.answers.get(timeout=GATHERING_SECONDS if found else patience)
                found[place] = answer
        return found


def _work(inbox: Inbox, idle: "deque[Inbox]") -> None:
    while True:
        batch = inbox.get()
        is_idle = False
        while not is_idle and (taken := batch.take()) is not None:
            place, piece = taken
            answer = piece.do()
            if is_idle := not batch.waiting:
                # Idle before anybody hears of the last answer, so that the next batch finds it so.
                idle.append(inbox)
            batch.answers.put((place, answer))
            del taken, piece, answer
        if not is_idle:
            idle.append(inbox)
        del batch

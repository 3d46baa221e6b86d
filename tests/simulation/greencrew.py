"""A crew of processes in virtual time."""

from collections.abc import Iterator, Mapping, Sequence

from functions.work import Answer, TimedOut, Work
from tests.simulation.hub import Hub, HubClock, Process


class GreenCrew:
    """Does every piece in a process of its own; one that outlives its deadline goes on unheard."""

    def __init__(self, hub: Hub, clock: HubClock) -> None:
        self._hub = hub
        self._clock = clock

    def carry_out(self, work: Sequence[Work[Answer]]) -> Iterator[Mapping[int, Answer | TimedOut]]:
        """Start all, and yield the answers by position as they come."""
        leader = self._hub.current()
        arrived: dict[int, Answer] = {}
        for place, piece in enumerate(work):
            leader.children.append(self._start(place, piece, leader, arrived))
        deadlines = {place: piece.deadline for place, piece in enumerate(work)}
        while deadlines:
            if not arrived:
                self._hub.wait(self._clock.true_ms(min(deadlines.values())))
            now = self._clock.now()
            news: dict[int, Answer | TimedOut] = {place: one for place, one in arrived.items() if place in deadlines}
            if not arrived:
                news = {place: TimedOut() for place, deadline in deadlines.items() if deadline <= now}
            arrived.clear()
            for place in news:
                del deadlines[place]
            if news:
                yield news

    def _start(self, place: int, piece: Work[Answer], leader: Process, arrived: dict[int, Answer]) -> Process:
        def ended(process: Process) -> None:
            if process.error is None:
                arrived[place] = process.result  # type: ignore[assignment]  # what the piece's `do` returned
                self._hub.wake(leader)

        return self._hub.start(f"{leader.name}/{place}", piece.do, ended)

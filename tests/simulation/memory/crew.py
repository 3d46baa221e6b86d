"""A crew without threads."""

from collections.abc import Iterator, Mapping, Sequence

from functions.work import Answer, TimedOut, Work
from schedule_model.clock import Clock


class InlineCrew:
    """Does one piece after the other; what moved a virtual clock past its deadline has timed out."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def carry_out(self, work: Sequence[Work[Answer]]) -> Iterator[Mapping[int, Answer | TimedOut]]:
        """Do each, and yield each answer as it comes."""
        for place, piece in enumerate(work):
            answer = piece.do()
            yield {place: TimedOut() if self._clock.now() > piece.deadline else answer}

"""One invocation of a function: its clock, its fate, and its calls, each of which may fail."""

from collections import Counter
from collections.abc import Callable, Sequence
from functools import cached_property
from random import Random
from typing import ParamSpec, TypeVar

from functions.ports import UnavailableError
from schedule_model.run import RunStatus
from tests.simulation.hub import Hub, HubClock, Process
from tests.simulation.knobs import Knobs
from tests.simulation.memory import Recorder

Given = TypeVar("Given")
Answer = TypeVar("Answer")
P = ParamSpec("P")


class Fate:
    """What may strike any call of a world at the moment."""

    def __init__(self, knobs: Knobs, random: Random) -> None:
        self.knobs = knobs
        self.random = random
        self.is_browned_out = False
        self.writer: Invocation | None = None

    def refuses(self) -> bool:
        """Return whether a call fails without effect."""
        refused = 0.5 if self.is_browned_out else self.knobs.refused
        return refused > 0 and self.random.random() < refused


class Invocation:
    """One invocation of a function.

    Attributes:
        targets: the ids that its event is about; it may write to no others.
        acknowledged: the rows that it knows to have written, by status.
        is_killed: whether it was ended from outside.
    """

    def __init__(self, number: int, function: str, hub: Hub, fate: Fate) -> None:
        knobs, random = fate.knobs, fate.random
        self.name = f"{function}-{number}"
        self.function = function
        self.hub = hub
        self.clock: HubClock = hub.clock(random.randint(-knobs.skew_ms, knobs.skew_ms) if knobs.skew_ms else 0)
        self.began_ms = hub.now_ms
        self.telemetry = Recorder(keeps_lines=False)
        self.targets: set[str] = set()
        self.acknowledged: Counter[RunStatus] = Counter()
        self.process: Process | None = None
        self.is_killed = False
        self._fate = fate
        self._number = number
        self._calls_left = random.randint(0, 10) if knobs.killed and random.random() < knobs.killed else -1
        self._dies_after_effect = self._calls_left >= 0 and random.random() < 0.5

    def call(self, effect: Callable[P, Answer], *given: P.args, **named: P.kwargs) -> Answer:
        """Make one call.

        Raises:
            UnavailableError: refused, or the answer was lost.
        """
        self._arrive()
        answer = self._one(effect, *given, **named)
        self._leave()
        if isinstance(answer, UnavailableError):
            raise answer
        return answer

    def calls(
        self, effect: Callable[[Sequence[Given]], Sequence[Answer]], given: Sequence[Given]
    ) -> list[Answer | UnavailableError]:
        """Make one call for all of those given: each may fail by itself, or all of them together.

        An invocation that ends after its call may have had it cut short: the first of those given took effect.
        """
        if not given:
            return []
        self._arrive()
        if len(given) == 1:
            answer = self._one(effect, given)
            self._leave()
            return [answer if isinstance(answer, UnavailableError) else answer[0]]
        fate = self._batches_fate
        if self._calls_left == 0:
            given = given[: fate.random.randint(0, len(given))]
        is_refused = fate.refuses()
        answers = [] if is_refused else [self._one(effect, (one,)) for one in given]
        is_lost = fate.random.random() < fate.knobs.answer_lost
        self._leave()
        if is_refused or is_lost:
            return [UnavailableError("ThrottlingException" if is_refused else "ReadTimeoutError")] * len(given)
        return [answer if isinstance(answer, UnavailableError) else answer[0] for answer in answers]

    @cached_property
    def _batches_fate(self) -> Fate:
        """Return the fate of batches as a whole, drawn apart so that all else in a seed stays what it was."""
        return Fate(self._fate.knobs, Random(self._number))

    def _one(self, effect: Callable[P, Answer], *given: P.args, **named: P.kwargs) -> Answer | UnavailableError:
        fate = self._fate
        if fate.refuses():
            return UnavailableError("ThrottlingException")
        fate.writer = self
        try:
            answer = effect(*given, **named)
            knobs = fate.knobs
            if knobs.repeated and fate.random.random() < knobs.repeated:
                answer = effect(*given, **named)
            if knobs.answer_lost and fate.random.random() < knobs.answer_lost:
                return UnavailableError("InternalServerError")
            return answer
        finally:
            fate.writer = None

    def is_struck(self) -> bool:
        """Return whether a part of a call fails."""
        return self._fate.refuses()

    def _arrive(self) -> None:
        fate = self._fate
        self.hub.pause(2 + int(fate.random.random() * 8))
        if fate.knobs.slow and fate.random.random() < fate.knobs.slow:
            self.hub.pause(fate.random.randint(1_000, 40_000))
        if self._calls_left == 0 and not self._dies_after_effect:
            self.die()

    def _leave(self) -> None:
        if self._calls_left == 0:
            self.die()
        self._calls_left -= 1

    def die(self) -> None:
        """End here; the process never gets to see it, as with a machine that is gone."""
        self.hub.after(0, self.kill)
        self.hub.stay_forever()

    def forget(self) -> None:
        """Let go of the process and of what it told, once both have been looked at."""
        self.process = None
        self.telemetry.exceptions.clear()

    def kill(self) -> None:
        """End the invocation from outside, if it is still going on."""
        if self.process is not None and not self.process.is_over:
            self.is_killed = True
            self.hub.kill(self.process)

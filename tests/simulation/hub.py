"""Virtual time: an agenda of events, and processes that yield to it while they wait."""

import heapq
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count

from greenlet import getcurrent, greenlet  # type: ignore[import-untyped]  # it has no types here

EPOCH = datetime(2026, 3, 2, tzinfo=UTC)
"""Midnight, and a Monday."""

_NEVER_MS = 1 << 62


class KilledError(BaseException):
    """A process ends at once, wherever it stands; no handler catches this."""


class Process:
    """Something that goes on in virtual time.

    Attributes:
        name: for the reader of a trace.
        error: what it raised, None if it returned.
        result: what it returned.
        children: processes that are killed with it.
        is_over: whether it has ended.
        turn: how often it has been resumed; a resumption that was entered for an earlier turn is void.
        carrier: what it runs on, None before it begins.
    """

    __slots__ = ("_on_end", "_work", "carrier", "children", "error", "is_over", "name", "result", "turn")

    def __init__(self, name: str, work: Callable[[], object], on_end: "Callable[[Process], None]") -> None:
        self.name = name
        self.error: BaseException | None = None
        self.result: object = None
        self.children: list[Process] = []
        self.is_over = False
        self.turn = 0
        self.carrier: Carrier | None = None
        self._work = work
        self._on_end = on_end

    def carry_out(self) -> None:
        """Do its work to the end."""
        try:
            self.result = self._work()
        except (Exception, KilledError) as error:  # noqa: BLE001  # whoever started it looks at its end
            self.error = error
        self.end()

    def end(self) -> None:
        """Tell whoever started it, and let go of what it worked on: memory is free again without a search."""
        self.is_over = True
        self._on_end(self)
        self.carrier = None
        del self._work, self._on_end
        self.children.clear()
        if self.error is not None:
            self.error.__traceback__ = None


class Carrier(greenlet):  # type: ignore[misc]  # it has no types here
    """A stack that processes run on, one after the other: a new one for each would cost more than most of them do."""

    def __init__(self, hub: "Hub") -> None:
        super().__init__(self._go, hub.main)
        self._hub = hub

    def _go(self, process: Process) -> None:
        hub = self._hub
        while True:
            process.carry_out()
            hub.idle.append(self)
            process = hub.main.switch()


def _ignore(_: Process) -> None:
    """Do nothing at a process's end."""


class Hub:
    """Runs events and processes in the order of virtual time, in milliseconds since `EPOCH`."""

    def __init__(self) -> None:
        self.main = getcurrent()
        self.now_ms = 0
        self.idle: list[Carrier] = []
        self._present: Process | None = None
        self._agenda: list[tuple[int, int, Callable[..., None], tuple[object, ...]]] = []
        self._numbers = count()
        self._until_ms = 0

    def at(self, instant_ms: int, event: Callable[..., None], *given: object) -> None:
        """Call `event` when the instant has come; events of one instant in the order in which they were entered."""
        heapq.heappush(self._agenda, (max(instant_ms, self.now_ms), next(self._numbers), event, given))

    def after(self, delay_ms: int, event: Callable[..., None], *given: object) -> None:
        """Call `event` after a while."""
        heapq.heappush(self._agenda, (self.now_ms + delay_ms, next(self._numbers), event, given))

    def run(self, until_ms: int | None = None) -> None:
        """Go on until the agenda is empty, or up to an instant."""
        agenda = self._agenda
        self._until_ms = _NEVER_MS if until_ms is None else until_ms
        while agenda and agenda[0][0] <= self._until_ms:
            self.now_ms, _, event, given = heapq.heappop(agenda)
            event(*given)
        if until_ms is not None:
            self.now_ms = max(self.now_ms, until_ms)

    def start(self, name: str, work: Callable[[], object], on_end: Callable[[Process], None] = _ignore) -> Process:
        """Start a process; it begins once the present event is over."""
        process = Process(name, work, on_end)
        self.after(0, self._resume, process, 0)
        return process

    def pause(self, length_ms: int) -> None:
        """Let the present process wait."""
        process, agenda, then_ms = self._present, self._agenda, self.now_ms + length_ms
        assert process is not None
        if then_ms <= self._until_ms and not (agenda and agenda[0][0] <= then_ms):
            # Nothing else happens in between: it would be the next to go on.
            process.turn += 1
            self.now_ms = then_ms
            return
        heapq.heappush(agenda, (then_ms, next(self._numbers), self._resume, (process, process.turn)))
        self.main.switch()

    def wait(self, until_ms: int) -> None:
        """Let the present process wait until it is woken, at most until an instant."""
        process = self.current()
        self.at(until_ms, self._resume, process, process.turn)
        self.main.switch()

    def wake(self, process: Process) -> None:
        """End a process's waiting."""
        self.after(0, self._resume, process, process.turn)

    def stay_forever(self) -> None:
        """Let the present process wait for its end."""
        self.current().turn += 1
        self.main.switch()

    def kill(self, process: Process) -> None:
        """End a process and its children at once; to be called from an event, not from a process."""
        for child in process.children:
            self.kill(child)
        if process.is_over:
            return
        if process.carrier is not None:
            self._present = process
            process.carrier.throw(KilledError())
            return
        process.turn, process.error = -1, KilledError()
        process.end()

    def clock(self, skew_ms: int = 0) -> "HubClock":
        """Return a clock that is ahead of virtual time by `skew_ms`."""
        return HubClock(self, skew_ms)

    def _resume(self, process: Process, turn: int) -> None:
        if process.turn != turn or process.is_over:
            return
        process.turn += 1
        self._present = process
        if process.carrier is not None:
            process.carrier.switch()
            return
        process.carrier = self.idle.pop() if self.idle else Carrier(self)
        process.carrier.switch(process)

    def current(self) -> Process:
        """Return the process that asks."""
        assert self._present is not None
        return self._present


class HubClock:
    """Virtual time as one machine shows it."""

    def __init__(self, hub: Hub, skew_ms: int) -> None:
        self._hub = hub
        self.skew_ms = skew_ms
        self._asked_ms = -1
        self._shown = EPOCH

    def now(self) -> datetime:
        """Return the instant it shows."""
        if self._asked_ms != self._hub.now_ms:
            self._asked_ms = self._hub.now_ms
            self._shown = EPOCH + timedelta(milliseconds=self._asked_ms + self.skew_ms)
        return self._shown

    def wait_until(self, instant: datetime) -> None:
        """Let the present process wait until this clock shows `instant`."""
        self._hub.pause(max(0, self.true_ms(instant) - self._hub.now_ms))

    def true_ms(self, instant: datetime) -> int:
        """Return when, in virtual time, this clock shows `instant` or later."""
        return -((EPOCH - instant) // timedelta(milliseconds=1)) - self.skew_ms


def instant_of(true_ms: int) -> datetime:
    """Return an instant of virtual time."""
    return EPOCH + timedelta(milliseconds=true_ms)


def ms_of(instant: datetime) -> int:
    """Return an instant as milliseconds of virtual time, cut."""
    return (instant - EPOCH) // timedelta(milliseconds=1)

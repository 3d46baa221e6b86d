"""Virtual time: an agenda of events, and processes that yield to it while they wait."""

import heapq
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count

from greenlet import getcurrent, greenlet  # type: ignore[import-untyped]  # it has no types here

EPOCH = datetime(2026, 3, 2, tzinfo=UTC)
"""Midnight, and a Monday."""


class KilledError(BaseException):
    """A process ends at once, wherever it stands; no handler catches this."""


class Process(greenlet):  # type: ignore[misc]  # it has no types here
    """Something that goes on in virtual time.

    Attributes:
        name: for the reader of a trace.
        error: what it raised, None if it returned.
        result: what it returned.
        children: processes that are killed with it.
    """

    def __init__(self, hub: "Hub", name: str, work: Callable[[], object], on_end: "Callable[[Process], None]") -> None:
        super().__init__(self._go, hub.main)
        self.name = name
        self.error: BaseException | None = None
        self.result: object = None
        self.children: list[Process] = []
        self.is_over = False
        self.turn = 0
        self._work = work
        self._on_end = on_end

    def _go(self) -> None:
        try:
            self.result = self._work()
        except (Exception, KilledError) as error:  # noqa: BLE001  # whoever started it looks at its end
            self.error = error
        self.is_over = True
        self._on_end(self)


def _ignore(_: Process) -> None:
    """Do nothing at a process's end."""


class Hub:
    """Runs events and processes in the order of virtual time, in milliseconds since `EPOCH`."""

    def __init__(self) -> None:
        self.main = getcurrent()
        self.now_ms = 0
        self._agenda: list[tuple[int, int, Callable[..., None], tuple[object, ...]]] = []
        self._numbers = count()

    def at(self, instant_ms: int, event: Callable[..., None], *given: object) -> None:
        """Call `event` when the instant has come; events of one instant in the order in which they were entered."""
        heapq.heappush(self._agenda, (max(instant_ms, self.now_ms), next(self._numbers), event, given))

    def after(self, delay_ms: int, event: Callable[..., None], *given: object) -> None:
        """Call `event` after a while."""
        heapq.heappush(self._agenda, (self.now_ms + delay_ms, next(self._numbers), event, given))

    def run(self, until_ms: int | None = None) -> None:
        """Go on until the agenda is empty, or up to an instant."""
        agenda = self._agenda
        while agenda and (until_ms is None or agenda[0][0] <= until_ms):
            self.now_ms, _, event, given = heapq.heappop(agenda)
            event(*given)
        if until_ms is not None:
            self.now_ms = max(self.now_ms, until_ms)

    def start(self, name: str, work: Callable[[], object], on_end: Callable[[Process], None] = _ignore) -> Process:
        """Start a process; it begins once the present event is over."""
        process = Process(self, name, work, on_end)
        self.after(0, self._resume, process, 0)
        return process

    def pause(self, length_ms: int) -> None:
        """Let the present process wait."""
        process = self._current()
        self.after(length_ms, self._resume, process, process.turn)
        self.main.switch()

    def wait(self, until_ms: int) -> None:
        """Let the present process wait until it is woken, at most until an instant."""
        process = self._current()
        self.at(until_ms, self._resume, process, process.turn)
        self.main.switch()

    def wake(self, process: Process) -> None:
        """End a process's waiting."""
        self.after(0, self._resume, process, process.turn)

    def stay_forever(self) -> None:
        """Let the present process wait for its end."""
        self._current().turn += 1
        self.main.switch()

    def kill(self, process: Process) -> None:
        """End a process and its children at once; to be called from an event, not from a process."""
        for child in process.children:
            self.kill(child)
        if process.is_over:
            return
        if process:
            process.throw(KilledError())
            return
        process.is_over, process.error, process.turn = True, KilledError(), -1
        process._on_end(process)

    def clock(self, skew_ms: int = 0) -> "HubClock":
        """Return a clock that is ahead of virtual time by `skew_ms`."""
        return HubClock(self, skew_ms)

    def _resume(self, process: Process, turn: int) -> None:
        if process.turn == turn and not process.is_over:
            process.turn += 1
            process.switch()

    def _current(self) -> Process:
        process = getcurrent()
        assert isinstance(process, Process)
        return process


class HubClock:
    """Virtual time as one machine shows it."""

    def __init__(self, hub: Hub, skew_ms: int) -> None:
        self._hub = hub
        self.skew_ms = skew_ms

    def now(self) -> datetime:
        """Return the instant it shows."""
        return EPOCH + timedelta(milliseconds=self._hub.now_ms + self.skew_ms)

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

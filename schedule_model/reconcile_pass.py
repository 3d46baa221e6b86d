"""How far reconcile has come with all targets, and where timers of another number of shards may lie."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from schedule_model.reconciling import PATIENCE
from schedule_model.settings import LoopSettings

SETTLING = timedelta(days=1)
"""How long a timer may wait that no pass sets anew, beside the lead: that of a retry, the longest wait for one."""


AGAIN_MAX = 100
"""How many targets are looked at again by the next sweep; a call reads as many."""


@dataclass(frozen=True, slots=True)
class ReconcilePass:
    """How far a pass over all targets has come, and where timers of another number of shards may lie.

    Attributes:
        started_at: when it began.
        after: where to go on; None once it is through.
        shards: into how many keys it spreads a minute's timers; 0 where a version wrote it that did not tell.
        shards_most: into how many a timer that is still waiting may have been spread.
        forgets_at: from when on no timer waits outside of `shards`; None before a pass with them is through.
        again: targets that could not be looked at, or set going again; the next sweep looks at them first.
    """

    started_at: datetime
    after: str | None
    shards: int = 0
    shards_most: int = 0
    forgets_at: datetime | None = None
    again: tuple[str, ...] = ()

    def went_on(
        self, after: str | None, *, again: Sequence[str], now: datetime, settings: LoopSettings
    ) -> "ReconcilePass":
        """Return the pass after one more part of it; None says that it is through.

        Of the targets to look at again it keeps `AGAIN_MAX`: the next pass comes to the others.
        """
        kept = tuple(dict.fromkeys(again))[:AGAIN_MAX]
        if after is None and self.forgets_at is None:
            return replace(self, after=after, again=kept, forgets_at=now + SETTLING + settings.lead + PATIENCE)
        return replace(self, after=after, again=kept)


def next_slice(last: ReconcilePass | None, *, now: datetime, settings: LoopSettings) -> ReconcilePass | None:
    """Return the pass that this sweep goes on with, None while the next one is not due.

    With another number of shards it begins anew at once, since all timers have to be set where that puts them.
    """
    most = shards_to_sweep(last, now=now, settings=settings)
    if last is None or last.shards != settings.shards:
        return ReconcilePass(started_at=now, after=None, shards=settings.shards, shards_most=most)
    if last.after is not None:
        return last
    if now - last.started_at >= settings.reconcile_period:
        return replace(last, started_at=now, after=None, shards_most=most)
    return None


def shards_to_sweep(last: ReconcilePass | None, *, now: datetime, settings: LoopSettings) -> int:
    """Return into how many shards a timer that is still waiting may have been spread: the stack's, or once more."""
    if last is None:
        return settings.shards
    if last.forgets_at is not None and last.forgets_at <= now:
        return max(last.shards, settings.shards)
    return max(last.shards_most, last.shards, settings.shards)

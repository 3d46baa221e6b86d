"""Which slots a sweep looks into."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from schedule_model.settings import LoopSettings
from schedule_model.timer import slots_between

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Sweep:
    """One minute's slots, and the watermark once they have been swept.

    Attributes:
        slots: every shard of the minute.
        swept_until: the minute after it, if no further timer can come into it; else None.
    """

    slots: tuple[str, ...]
    swept_until: datetime | None


def sweeps(swept_until: datetime | None, *, now: datetime, settings: LoopSettings, shards: int) -> list[Sweep]:
    """Return the minutes to sweep, earliest first: from the watermark to the horizon.

    A minute that no sweep has finished is looked into again, however long ago it was. The watermark stops at the
    present minute, since what lies ahead is looked into again by the next sweep.

    Args:
        swept_until: the watermark, None on a new stack.
        now: aware UTC.
        settings: `horizon`.
        shards: into how many a timer may have been spread, which is more than the stack's after those were lowered.
    """
    this_minute = now.replace(second=0, microsecond=0)
    minute = min(swept_until or this_minute - MINUTE, this_minute)
    planned = []
    while minute <= now + settings.horizon:
        slots = slots_between(minute, minute, shards)
        planned.append(Sweep(slots, minute + MINUTE if minute < this_minute else None))
        minute += MINUTE
    return planned

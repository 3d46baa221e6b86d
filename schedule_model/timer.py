"""Timers: the items that wake the loop before one occurrence."""

import hashlib
from datetime import datetime, timedelta
from functools import lru_cache

from pydantic import BaseModel, ConfigDict, Field

from schedule_model.instants import Instant, to_text
from schedule_model.occurrence import Occurrence
from schedule_model.settings import LoopSettings

FORMAT = 1
"""The version of what timers and messages carry; code reads its own and every older one."""


class Timer(BaseModel):
    """What wakes the loop before one occurrence; one row of the Timers table.

    Attributes:
        target_id: whose occurrence it is.
        scheduled_at: the occurrence.
        due_at: when its run, or the next attempt at it, may start.
        revision: of the plan that wrote it.
        near: due within the lead when it was written, hence dispatched at once and not by its expiry.
        expires_at: when TTL may remove it; whole epoch seconds when stored.
        slot: the key that the sweeper asks for: UTC minute of `due_at` and shard.
        attempt: which attempt it wakes; over 1 for a retry that is too far away for the queue.
        number: the how-manieth run of its schedule it is; counts towards `max_runs`.
        precise: whether its run is sent so that it arrives before it is due; never for a retry.
    """

    model_config = ConfigDict(defer_build=True, frozen=True, extra="ignore")

    target_id: str = Field(min_length=1, max_length=256)
    scheduled_at: Instant
    due_at: Instant
    revision: str = Field(max_length=64)
    near: bool
    expires_at: datetime
    slot: str
    attempt: int = Field(default=1, ge=1)
    number: int = Field(default=1, ge=1)
    precise: bool = False
    format: int = Field(default=FORMAT, le=FORMAT)

    @property
    def timer_id(self) -> str:
        """Return the second half of the key: due instant and target, so that a slot reads in the order it is due.

        One that is due at another instant than its occurrence names that too: a flexible window or a retry may bring
        two occurrences of a target to the same due instant, and neither may take the other's place.
        """
        occurrence = "" if self.due_at == self.scheduled_at else f"#{to_text(self.scheduled_at)}"
        return f"{to_text(self.due_at)}#{self.target_id}{occurrence}"


def set_timer(
    target_id: str,
    occurrence: Occurrence,
    revision: str,
    *,
    now: datetime,
    settings: LoopSettings,
    attempt: int = 1,
    number: int = 1,
) -> Timer:
    """Return the timer that wakes the loop for an occurrence.

    It expires `lead` before the run is due. A run due sooner than that is near: its timer expires when it is due,
    by when it has long been dispatched, so that TTL clears it away at no cost.
    """
    near = occurrence.due_at - now <= settings.lead
    return Timer(
        target_id=target_id,
        scheduled_at=occurrence.scheduled_at,
        due_at=occurrence.due_at,
        revision=revision,
        near=near,
        expires_at=max(occurrence.due_at, now) if near else occurrence.due_at - settings.lead,
        slot=slot_of(occurrence.due_at, shard_of(target_id, settings.shards)),
        attempt=attempt,
        number=number,
        precise=occurrence.precise,
    )


# The same few targets set a timer at each of their runs.
@lru_cache(maxsize=4096)
def shard_of(target_id: str, shards: int) -> int:
    """Return the shard of a target's timers, from 0 to below `shards`: the same on every machine."""
    return int.from_bytes(hashlib.sha256(target_id.encode()).digest()[:8]) % shards


def slot_of(due_at: datetime, shard: int) -> str:
    """Return the key of a minute's timers in one shard, such as `2026-11-20T12:05Z#03`."""
    return f"{_minute(due_at)}#{shard:02d}"


def _minute(instant: datetime) -> str:
    return f"{to_text(instant)[:16]}Z"


# Each sweep asks for the minutes of the one before it, but for one.
@lru_cache(maxsize=16)
def slots_between(start: datetime, end: datetime, shards: int) -> tuple[str, ...]:
    """Return the slots of every minute from that of `start` to that of `end`, both included, earliest first."""
    minute = start.replace(second=0, microsecond=0)
    slots: list[str] = []
    while minute <= end:
        text = _minute(minute)
        slots.extend(f"{text}#{shard:02d}" for shard in range(shards))
        minute += timedelta(minutes=1)
    return tuple(slots)

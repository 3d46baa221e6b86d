"""What a target's rows should be, worked out naively: no timers, messages, leases or hops, and no code of the loop's.

Time is whole seconds from the start. Occurrences are listed one by one, and what happens is played through in order.
"""

import hashlib
import heapq
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from functools import cache
from math import ceil
from typing import Any

START = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
DAY = 86_400
LEASE = 90
_DEFAULTS: Mapping[str, Any] = {
    "active": True,
    "overlap": "allow",
    "misfire_grace_seconds": 60,
    "flexible_window_seconds": 0,
    "timeout_seconds": 30,
    "on_complete": "keep",
}
_RETRY = {"max_attempts": 3, "backoff_seconds": 5, "max_backoff_seconds": 300, "max_age_seconds": 3600}
_LAYS_GRID = {"schedule", "starts_at"}
_MAKES_REVISION = _LAYS_GRID | {"active", "ends_at", "flexible_window_seconds", "max_runs"}

Seconds = int | Fraction
Behaviour = Callable[[str, int], tuple[int, bool]]
"""How long an attempt of a run takes, and whether it succeeds."""


@cache
def text(seconds: int) -> str:
    return f"{START + timedelta(seconds=seconds):%Y-%m-%dT%H:%M:%SZ}"


def seconds_of(instant: str) -> int:
    return int((datetime.fromisoformat(instant) - START).total_seconds())


@dataclass
class Row:
    at: int
    trigger: str
    edition: int
    number: int
    due: int
    status: str = ""
    attempt: int = 0
    until: Seconds = 0
    started: int | None = None
    came_after_end: bool = False

    @property
    def is_open(self) -> bool:
        return self.status in {"IN_PROGRESS", "RETRYING", "WAITING"}

    @property
    def key(self) -> str:
        return text(self.at) + ("#" if self.trigger == "manual" else "")

    def seen(self) -> tuple[str, str, int, int | None]:
        """Return what is compared: the run, its status, its attempts, and when the latest of them started."""
        return self.key, "RETRYING" if self.status == "WAITING" else self.status, self.attempt, self.started


@dataclass
class Edition:
    """The schedule between two edits of it."""

    number: int
    status: str
    grid: list[int] = field(default_factory=list)
    occurrences: list[int] = field(default_factory=list)
    paused_at: int | None = None
    anchor: int = 0
    asked: set[int] = field(default_factory=set)


@dataclass(order=True)
class Event:
    when: int
    order: int
    turn: int
    at: int
    trigger: str = field(compare=False)
    edition: int = field(compare=False)
    number: int = field(compare=False, default=1)
    looks_since: Seconds | None = field(compare=False, default=None)


END, USER, RUN = range(3)


class NaiveModel:
    def __init__(self, target_id: str, behaviour: Behaviour, outages: Sequence[tuple[int, int]], horizon: int) -> None:
        self.id, self.behaviour, self.outages, self.horizon = target_id, behaviour, outages, horizon
        self.fields: dict[str, Any] | None = None
        self.edition = Edition(0, "NONE")
        self.rows: dict[str, Row] = {}
        self.events: list[Event] = []
        self.users: list[tuple[int, Mapping[str, Any] | None]] = []
        self.attempts: dict[str, tuple[dict[str, Any], bool]] = {}
        self.turn = 0

    def user(self, when: int, change: Mapping[str, Any] | None) -> None:
        """Have a user change fields; None for a run by hand."""
        self.users.append((when, change))
        self.push(when, USER, len(self.users) - 1, "user", 0)

    def push(self, when: Seconds, order: int, at: int, trigger: str, edition: int, **more: Any) -> None:
        now = ceil(when)
        if order == RUN:
            for start, end in self.outages:
                now = end if start <= now < end else now
        heapq.heappush(self.events, Event(now, order, self.turn, at, trigger, edition, **more))

    def play(self) -> list[Row]:
        while self.events and self.events[0].when <= self.horizon:
            event = heapq.heappop(self.events)
            batch = [event]
            while (
                event.order == RUN
                and self.events
                and self.events[0].when == event.when
                and (self.events[0].order == RUN)
            ):
                batch.append(heapq.heappop(self.events))
            self.turn += 1
            for one in sorted(batch, key=lambda one: (one.at, one.trigger)):
                self.happen(one)
        return [self.rows[key] for key in sorted(self.rows)]

    def happen(self, event: Event) -> None:
        if event.order == USER:
            change = self.users[event.at][1]
            if change is None:
                self.push(event.when, RUN, event.when, "manual", 0)
            else:
                self.edit(event.when, change)
        elif event.order == END:
            self.attempt_ends(event.when, self.rows[self.key(event)])
        else:
            self.wanted(event.when, event)

    def key(self, event: Event) -> str:
        return text(event.at) + ("#" if event.trigger == "manual" else "")

    def get(self, name: str, fields: Mapping[str, Any] | None = None) -> Any:
        return (self.fields if fields is None else fields or {}).get(name, _DEFAULTS.get(name))  # type: ignore[union-attr]

    def retry(self, fields: Mapping[str, Any]) -> dict[str, int]:
        return _RETRY | (fields.get("retry") or {})

    # --- Edits -------------------------------------------------------------------------------------------------------

    def edit(self, now: int, change: Mapping[str, Any]) -> None:
        if self.fields is None and self.edition.number > 0:
            return
        before, old = self.fields or {}, self.edition
        self.fields = {name: value for name, value in (before | dict(change)).items() if value is not None}
        changed = {name for name in _MAKES_REVISION if before.get(name) != self.fields.get(name)}
        if not changed and before:
            return
        same_grid = bool(before) and not changed & _LAYS_GRID
        anchor = old.anchor if same_grid else now
        if starts_at := self.get("starts_at"):
            anchor = seconds_of(starts_at)
        new = Edition(old.number + 1, "SCHEDULED", anchor=anchor)
        self.edition = new
        paused_at = old.paused_at if same_grid else None
        if not self.get("active"):
            new.status, new.paused_at = "PAUSED", now if paused_at is None else paused_at
            return
        new.grid = self.list_grid(anchor)
        low = seconds_of(self.get("starts_at") or text(-DAY))
        high = seconds_of(self.get("ends_at") or text(self.horizon + 2 * DAY))
        new.occurrences = [one for one in new.grid if low <= one <= high]
        self.begin(now, new, paused_at)

    def begin(self, now: int, new: Edition, paused_at: int | None) -> None:
        coming = [one for one in new.occurrences if one > now]
        owed = [] if paused_at is None else [one for one in new.occurrences if one > paused_at]
        first = coming[0] if coming else None
        if owed and self.get("catch_up") == "all":
            first = owed[0]
        if self.get("catch_up") == "latest" and (due := [one for one in owed if self.due(one) <= now]):
            first = due[-1]
        if first is None:
            self.end_schedule()
            return
        scheduled = [row for row in self.rows.values() if row.trigger == "schedule"]
        done = max((row.number - (row.attempt == 0) for row in scheduled), default=0)
        limit = self.get("max_runs")
        if limit is not None and done >= limit:
            new.status = "COMPLETED"
            return
        self.ask(now, first, done + 1 if limit is not None else 1)

    def list_grid(self, anchor: int) -> list[int]:
        last = self.horizon + 2 * DAY
        found: set[int] = set()
        expressions = self.get("schedule")
        for expression in [expressions] if isinstance(expressions, str) else expressions:
            inner = expression[expression.index("(") + 1 : -1]
            if expression.startswith("rate"):
                amount, unit = inner.split()
                period = int(amount) * {"second": 1, "minute": 60, "hour": 3600}[unit.rstrip("s")]
                starts = {anchor} if self.get("starts_at") else set()
                found |= starts | set(range(anchor + period, last, period))
            elif expression.startswith("at"):
                found.add(seconds_of(inner + "Z"))
            else:
                found |= self.cron_minutes(inner, last)
        return sorted(found)

    def cron_minutes(self, inner: str, last: int) -> set[int]:
        """Return every minute, one after the other, that `minute/step hour-hour * * ? *` names."""
        minute_field, hour_field = inner.split()[:2]
        offset, step = (int(part) for part in minute_field.split("/"))
        first, final = (int(part) for part in hour_field.split("-"))
        found = set()
        for when in range(-DAY // 2, last, 60):
            clock = START + timedelta(seconds=when)
            if first <= clock.hour <= final and clock.minute >= offset and (clock.minute - offset) % step == 0:
                found.add(when)
        return found

    def due(self, at: int) -> int:
        """Return the occurrence's share of the flexible window, which ends where the next occurrence begins."""
        window: int = self.get("flexible_window_seconds")
        if not window:
            return at
        share = int.from_bytes(hashlib.sha256(f"{self.id}/{text(at)}".encode()).digest()[:8], "big") % window
        following = [one for one in self.edition.grid if one > at]
        return at + (share % (following[0] - at) if following else share)

    # --- Runs --------------------------------------------------------------------------------------------------------

    def ask(self, now: int, at: int, number: int) -> None:
        if at not in self.edition.asked:
            self.edition.asked.add(at)
            self.push(max(now, self.due(at)), RUN, at, "schedule", self.edition.number, number=number)

    def wanted(self, now: int, event: Event) -> None:
        """A run is due, or its retry, or it looks again whether it may start."""
        row = self.rows.get(self.key(event))
        if self.refused(event, row):
            return
        assert self.fields is not None
        if row is not None:
            row.came_after_end = self.edition.status == "COMPLETED"
        if row is not None and row.attempt > 0:
            self.try_again(now, row)
            return
        number = event.number
        if event.trigger == "manual":
            fresh = Row(event.at, "manual", 0, 1, event.at)
        else:
            fresh = Row(event.at, "schedule", event.edition, number, self.due(event.at))
        row = row or fresh
        if row.status and not row.is_open:
            # An older edition has had this occurrence; the chain goes on.
            if row.edition != event.edition:
                self.follow(now, event.at, number + 1)
            return
        if event.trigger == "schedule" and not row.came_after_end and self.misfired(now, event, row):
            return
        self.begin_or_not(now, event, row)

    def refused(self, event: Event, row: Row | None) -> bool:
        if self.fields is None:
            is_refused = True
        elif event.trigger == "manual":
            return False
        else:
            is_old = event.edition != self.edition.number
            is_over = self.edition.status == "COMPLETED" and (row is None or not row.is_open)
            is_refused = is_old or is_over
        if is_refused and row is not None and row.is_open and row.edition <= event.edition:
            row.status = "SKIPPED"
        return is_refused

    def misfired(self, now: int, event: Event, row: Row) -> bool:
        wanted_at = row.due if event.looks_since is None else event.looks_since
        grace = self.get("misfire_grace_seconds")
        catch_up = self.get("catch_up") or "latest"
        if now <= wanted_at + grace or catch_up == "all":
            return False
        later = [one for one in self.edition.occurrences if one > event.at]
        following = [one for one in later if self.due(one) + grace >= now][:1]
        if catch_up == "latest":
            due = [one for one in later if self.due(one) <= now]
            if not due:
                return False
            following = [min([*following, due[-1]])]
        row.status = "MISSED"
        self.rows[row.key] = row
        number = event.number
        if following:
            self.ask(now, following[0], number)
        else:
            self.end_schedule()
        return True

    def begin_or_not(self, now: int, event: Event, row: Row) -> None:
        is_open = [one for one in self.others_open(row, now) if self.stands_in_the_way(one, row)]
        policy, number = self.get("overlap"), event.number
        self.rows[row.key] = row
        limit = self.get("max_runs")
        is_limited = limit is not None and number >= limit
        if not is_open or policy == "allow":
            if event.trigger == "schedule" and not is_limited:
                self.follow(now, event.at, number + 1)
            self.start(now, row)
        elif policy == "skip" or any(one.status == "WAITING" for one in is_open):
            row.status = "SKIPPED"
            if event.trigger == "schedule":
                self.follow(now, event.at, number)
                if self.is_last(row, is_limited=False):
                    self.end_schedule()
        else:
            look = self.until_next_look(now, event.at)
            row.status, row.until = "WAITING", now + look
            self.push(
                now + ceil(look), RUN, event.at, event.trigger, event.edition, number=number, looks_since=now + look
            )
            if event.trigger == "schedule" and not is_limited:
                self.follow(now, event.at, number + 1)

    def until_next_look(self, now: int, at: int) -> Fraction:
        return min(max(Fraction(now - at, 4), Fraction(1)), Fraction(60))

    def others_open(self, row: Row, now: int) -> list[Row]:
        others = [other for other in self.rows.values() if other is not row and other.is_open]
        return [other for other in others if other.status == "IN_PROGRESS" or other.until + LEASE > now]

    def stands_in_the_way(self, other: Row, row: Row) -> bool:
        """Say whether a run may not begin: of two that wait, the one that came first, then the earlier, goes first."""
        return other.status != "WAITING" or row.status != "WAITING" or other.key < row.key

    def follow(self, now: int, at: int, number: int) -> None:
        later = [one for one in self.edition.occurrences if one > at]
        if later:
            self.ask(now, later[0], number)

    def start(self, now: int, row: Row) -> None:
        assert self.fields is not None
        row.attempt, row.status, row.started = row.attempt + 1, "IN_PROGRESS", now
        took, succeeds = self.behaviour(row.key, row.attempt)
        allowed = self.get("timeout_seconds")
        self.attempts[row.key] = (dict(self.fields), succeeds and took < allowed)
        self.push(now + min(took, allowed), END, row.at, row.trigger, row.edition)

    def try_again(self, now: int, row: Row) -> None:
        assert self.fields is not None
        if not row.is_open:
            return
        retry = self.retry(self.fields)
        if row.attempt >= retry["max_attempts"] or now > row.due + retry["max_age_seconds"]:
            self.fail(now, row, self.fields)
        elif self.get("overlap") != "allow" and any(one.status == "IN_PROGRESS" for one in self.others_open(row, now)):
            look = self.until_next_look(now, row.at)
            row.status, row.until = "RETRYING", now + look
            self.push(now + ceil(look), RUN, row.at, row.trigger, row.edition, number=row.number)
        else:
            self.start(now, row)

    def attempt_ends(self, now: int, row: Row) -> None:
        fields, succeeds = self.attempts[row.key]
        retry = self.retry(fields)
        if succeeds:
            row.status = "COMPLETED"
            self.end_if_last(row, fields)
            return
        wait = min(retry["max_backoff_seconds"], retry["backoff_seconds"] * 2 ** (row.attempt - 1))
        if row.attempt >= retry["max_attempts"] or now + wait > row.due + retry["max_age_seconds"]:
            self.fail(now, row, fields)
            return
        row.status, row.until = "RETRYING", now + wait
        self.push(now + wait, RUN, row.at, row.trigger, row.edition, number=row.number)

    def fail(self, now: int, row: Row, fields: Mapping[str, Any]) -> None:
        row.status = "FAILED"
        if self.end_if_last(row, fields) or row.trigger == "manual" or row.edition != self.edition.number:
            return
        limit = fields.get("pause_after_failures")
        if limit is None:
            return
        in_a_row = 0
        for other in sorted(self.rows.values(), key=lambda one: one.at, reverse=True):
            if other.trigger != "schedule" or other.key > row.key:
                continue
            if other.edition != row.edition or other.status == "COMPLETED":
                break
            in_a_row += other.status == "FAILED"
        if in_a_row >= limit:
            self.edit(now, {"active": False})

    def end_if_last(self, row: Row, fields: Mapping[str, Any]) -> bool:
        limit = fields.get("max_runs")
        is_limited = limit is not None and row.number >= limit
        if not self.is_last(row, is_limited=is_limited or row.came_after_end):
            return False
        if row.edition == self.edition.number:
            self.end_schedule(row)
        return True

    def is_last(self, row: Row, *, is_limited: bool) -> bool:
        if row.trigger != "schedule":
            return False
        own = self.edition.occurrences if row.edition == self.edition.number else None
        return is_limited or (own is not None and not [one for one in own if one > row.at])

    def end_schedule(self, last: Row | None = None) -> None:
        others = [row for row in self.rows.values() if row is not last and row.is_open]
        if self.get("on_complete") == "delete" and not others:
            self.fields = None
            self.edition = replace(self.edition, number=self.edition.number + 1, status="NONE", asked=set())
        else:
            self.edition.status = "COMPLETED"

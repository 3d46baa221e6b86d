"""The Timers table in memory."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from functions.aws.items import decode_item, encode_item
from functions.aws.rows import SWEEPER_SLOT, reconcile_pass_of, reconcile_row, timer_of, timer_row
from functions.aws.typed_rows import is_of_newer_format
from functions.ports import UnavailableError, UnreadableTimer
from schedule_model.instants import from_text, to_text
from schedule_model.reconcile_pass import ReconcilePass
from schedule_model.timer import Timer
from tests.simulation.memory.table import Change, Table, Typed

_WATERMARK = (SWEEPER_SLOT, "watermark")


class MemoryTimers:
    """Writes, finds and removes timers."""

    def __init__(self, table: Table | None = None) -> None:
        self.table = table or Table("slot", "timer_id")
        self._ids_by_slot: dict[str, set[str]] = defaultdict(set)
        self.table.listeners.insert(0, self._keep_slots)

    def put(self, timers: Sequence[Timer]) -> Sequence[UnavailableError | None]:
        """Write each timer unless one of the same or a newer revision is there."""
        for timer in timers:
            present = self.table.get(timer.slot, timer.timer_id)
            known = "" if present is None else present["revision"]["S"]
            is_unreadable = present is not None and is_of_newer_format(present) and known == timer.revision
            if known < timer.revision or is_unreadable:
                self.table.put(encode_item(timer_row(timer)))
        return [None] * len(timers)

    def in_slots(self, slots: Sequence[str]) -> Sequence[Sequence[Timer | UnreadableTimer] | UnavailableError]:
        """Return each slot's timers that wait for their expiry, by due instant."""
        return [self._in_slot(slot) if slot in self._ids_by_slot else [] for slot in slots]

    def _in_slot(self, slot: str) -> list[Timer | UnreadableTimer]:
        rows = [self.table.items[slot, timer_id] for timer_id in sorted(self._ids_by_slot[slot])]
        return [_timer_in(row) for row in rows if row.get("near") == {"BOOL": False}]

    def remove(self, timers: Sequence[Timer]) -> Sequence[UnavailableError | None]:
        """Remove each timer, unless a newer revision has replaced it."""
        for timer in timers:
            present = self.table.get(timer.slot, timer.timer_id)
            if present is not None and present["revision"]["S"] == timer.revision:
                self.table.delete(timer.slot, timer.timer_id)
        return [None] * len(timers)

    def swept_until(self) -> datetime | None:
        """Return the watermark, None on a new stack."""
        row = self.table.get(*_WATERMARK)
        return None if row is None else from_text(row["swept_until"]["S"])

    def save_swept_until(self, instant: datetime) -> None:
        """Move the watermark forward, never back."""
        row, text = self.table.get(*_WATERMARK), to_text(instant)
        if row is None or row["swept_until"]["S"] < text:
            slot, timer_id = _WATERMARK
            self.table.put({"slot": {"S": slot}, "timer_id": {"S": timer_id}, "swept_until": {"S": text}})

    def missing(self, timers: Sequence[Timer]) -> Sequence[Timer]:
        """Return those of the timers that are not there, or of an older revision."""
        rows = [self.table.get(timer.slot, timer.timer_id) for timer in timers]
        found = ["" if row is None or is_of_newer_format(row) else row["revision"]["S"] for row in rows]
        return [timer for timer, revision in zip(timers, found, strict=True) if revision < timer.revision]

    def reconcile_pass(self) -> ReconcilePass | None:
        """Return how far reconcile has come, None on a new stack."""
        row = self.table.get(SWEEPER_SLOT, "reconcile")
        if row is None:
            return None
        return reconcile_pass_of(decode_item(row))

    def save_reconcile_pass(self, progress: ReconcilePass) -> None:
        """Keep how far reconcile has come."""
        self.table.put(encode_item({"slot": SWEEPER_SLOT, "timer_id": "reconcile"} | reconcile_row(progress)))

    def _keep_slots(self, change: Change) -> None:
        slot, timer_id = change.key
        if change.old is None:
            self._ids_by_slot[slot].add(timer_id)
        elif change.new is None:
            self._ids_by_slot[slot].discard(timer_id)
            if not self._ids_by_slot[slot]:
                del self._ids_by_slot[slot]


def _timer_in(row: Typed) -> Timer | UnreadableTimer:
    try:
        return timer_of(decode_item(row))
    except ValueError as error:
        return UnreadableTimer(row["slot"]["S"], row["timer_id"]["S"], str(error))

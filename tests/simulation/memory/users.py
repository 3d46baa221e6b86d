"""What users reach, in memory: the other side of the tables that the loop works on."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from functions.aws.items import decode_item, encode_item
from functions.aws.rows import timer_of
from schedule_model.filters import RunFilter
from schedule_model.found import Fields, Found, differing
from schedule_model.idempotency import Asked
from schedule_model.run import Run
from schedule_model.timer import Timer
from tests.simulation.memory.runs import MemoryRuns
from tests.simulation.memory.table import Table, Typed
from tests.simulation.memory.timers import MemoryTimers


class MemoryWrittenTargets:
    """Reads and writes targets; the plan on an item is left alone by every write."""

    def __init__(self, table: Table | None = None) -> None:
        self.table = table or Table("id")

    def find(self, target_id: str) -> Found | None:
        """Return a target."""
        typed = self.table.get(target_id)
        return None if typed is None else _found(typed)

    def find_all(self, target_ids: Sequence[str]) -> Mapping[str, Found]:
        """Return those that exist, by id."""
        return {target_id: found for target_id in target_ids if (found := self.find(target_id))}

    def create(self, fields: Fields) -> Found | None:
        """Write a new target; None when its id is taken."""
        if self.table.get(str(fields["id"])) is not None:
            return None
        self.table.put(encode_item(fields))
        return self.find(str(fields["id"]))

    def create_all(self, many: Sequence[Fields]) -> Sequence[Found | None]:
        """Write new targets."""
        return [self.create(fields) for fields in many]

    def replace(self, found: Found, fields: Fields) -> Found | None:
        """Write the fields that differ, if every field is still as it was found."""
        if not self._is_still(found):
            return None
        changed = differing(found.fields, fields)
        present = self.table.get(found.target_id) or {}
        kept = {name: value for name, value in present.items() if name not in changed}
        self.table.put(kept | encode_item({name: fields.get(name) for name in changed}))
        return replace(_found(self.table.get(found.target_id) or {}), plan=found.plan)

    def remove(self, target_id: str, *, found: Found | None = None) -> bool:
        """Delete a target, if its fields are still as they were found where that is given."""
        if self.table.get(target_id) is None or (found is not None and not self._is_still(found)):
            return False
        self.table.delete(target_id)
        return True

    def page(self, *, after: str | None, limit: int) -> tuple[Sequence[Found], str | None]:
        """Return up to `limit` targets and where to go on, None at the end."""
        ids = sorted(target_id for (target_id,) in self.table.items if after is None or target_id > after)
        found = [_found(self.table.items[target_id,]) for target_id in ids[:limit]]
        return found, ids[limit - 1] if len(ids) > limit else None

    def _is_still(self, found: Found) -> bool:
        present = self.find(found.target_id)
        return present is not None and present.stored == found.stored


def _found(typed: Typed) -> Found:
    return Found.of(decode_item(typed), stored=typed)


class MemoryRunHistory:
    """Reads runs."""

    def __init__(self, runs: MemoryRuns) -> None:
        self._runs = runs

    def find(self, target_id: str, run_id: str) -> Run | None:
        """Return one run."""
        return self._runs.read(target_id, run_id)

    def latest(self, target_id: str) -> Run | None:
        """Return a target's latest run."""
        return next(iter(self._runs.latest(target_id, before="~", limit=1)), None)

    def page(
        self, target_id: str, keep: RunFilter, *, after: str | None, limit: int
    ) -> tuple[Sequence[Run], str | None]:
        """Look at up to `limit` rows before run id `after`, latest first; return those kept, and where to go on."""
        first, last = keep.first_key, keep.last_key
        rows = self._runs.by_target[target_id]
        ids = sorted((one for one in rows if first <= one <= last and (after is None or one < after)), reverse=True)
        kept = [rows[run_id] for run_id in ids[:limit] if keep.keeps(rows[run_id])]
        return kept, ids[limit - 1] if len(ids) > limit else None


class MemoryComingTimers:
    """Reads timers, near ones included."""

    def __init__(self, timers: MemoryTimers) -> None:
        self._timers = timers

    def in_slots(self, slots: Sequence[str]) -> Sequence[Timer]:
        """Return all timers of these slots."""
        rows = self._timers.table.items.items()
        return [timer_of(decode_item(row)) for (slot, _), row in sorted(rows, key=lambda one: one[0]) if slot in slots]


class MemoryIdempotencyKeys:
    """Remembers what was asked under which key."""

    def __init__(self) -> None:
        self._asked: dict[str, Asked] = {}

    def begin(self, key: str, asked: Asked, *, now: datetime) -> Asked | None:
        """Remember what was asked under a key; return None, or what was asked under it before."""
        before = self._asked.get(key)
        if before is not None and before.until > now:
            return before
        self._asked[key] = replace(asked, until=asked.until.replace(microsecond=0))
        return None

    def finish(self, key: str) -> None:
        """Remember that what was asked under a key is done."""
        if key in self._asked:
            self._asked[key] = self._asked[key].done()

    def forget(self, key: str) -> None:
        """Forget a key under which nothing was done."""
        self._asked.pop(key, None)

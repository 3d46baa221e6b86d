"""The Targets table in memory."""

from collections.abc import Mapping, Sequence

from functions.aws.items import decode_item, encode, encode_item
from functions.ports import TooLargeError
from schedule_model.plan import ENDING_FIELDS, Plan, revision_on
from schedule_model.target import Item
from tests.simulation.memory.table import ITEM_SIZE_MAX, Table, Typed, size_of


class MemoryTargets:
    """Reads and plans targets, one atomic write at a time."""

    def __init__(self, table: Table | None = None) -> None:
        self.table = table or Table("id")
        self._decoded: dict[str, tuple[Typed, Item]] = {}

    def read(self, target_ids: Sequence[str], *, consistent: bool = False) -> Mapping[str, Item]:
        """Return the items that exist, by id."""
        found = {target_id: self.table.get(target_id) for target_id in target_ids}
        return {target_id: self._item(target_id, typed) for target_id, typed in found.items() if typed is not None}

    def save_plan(self, target_id: str, plan: Plan, *, seen_revision: str) -> bool:
        """Write a plan over the one that was seen, or over one that is older than both, or an older guess."""
        typed = self.table.get(target_id)
        if typed is None:
            return False
        present = _revision_of(typed)
        if present is not None and present != seen_revision:
            guessed_by = typed["plan"]["M"].get("guessed_by", {}).get("S", "")
            gives_way = present < seen_revision or ("~" in present and guessed_by <= plan.revision)
            if present >= plan.revision or not gives_way:
                return False
        return self._write(typed, {"plan": encode(plan.item())})

    def amend_plan(self, target_id: str, plan: Plan) -> bool:
        """Write a plan over the one of the same revision, while that is SCHEDULED."""
        typed = self.table.get(target_id)
        if typed is None or _revision_of(typed) != plan.revision:
            return False
        if typed["plan"]["M"]["status"] != {"S": "SCHEDULED"}:
            return False
        return self._write(typed, {"plan": encode(plan.item())})

    def restore_plan(self, target_id: str, plan: Plan, *, over: Sequence[object] = ()) -> bool:
        """Write a plan back unless the target is gone or has one that is not older."""
        typed = self.table.get(target_id)
        if typed is None:
            return False
        if (_revision_of(typed) or "") >= plan.revision and typed.get("plan") not in map(encode, over):
            return False
        return self._write(typed, {"plan": encode(plan.item())})

    def update_params(self, target_id: str, params: Mapping[str, object], *, revision: str) -> bool:
        """Merge params over the target's, if its plan is still of this revision."""
        typed = self.table.get(target_id)
        if typed is None or _revision_of(typed) != revision:
            return False
        merged = typed.get("params", {}).get("M", {}) | {name: encode(value) for name, value in params.items()}
        return self._write(typed, {"params": {"M": merged}})

    def deactivate(self, target_id: str, note: str, *, seen: Item) -> bool:
        """Set `active` to false, with a note, if the target is as it was seen."""
        typed = self.table.get(target_id)
        if typed is None or not _is_as_seen(typed, seen):
            return False
        return self._write(typed, {"active": {"BOOL": False}, "note": {"S": note}})

    def create(self, item: Item) -> bool:
        """Write a new target; False when its id is taken."""
        if self.table.get(str(item["id"])) is not None:
            return False
        return self._write({}, encode_item(item))

    def page(self, *, after: str | None, limit: int) -> tuple[Sequence[Item], str | None]:
        """Return up to `limit` items and where to go on, None at the end."""
        ids = sorted(target_id for (target_id,) in self.table.items if after is None or target_id > after)
        items = [self._item(target_id, self.table.items[target_id,]) for target_id in ids[:limit]]
        return items, ids[limit - 1] if len(ids) > limit else None

    def delete(self, target_id: str, *, seen: Item) -> bool:
        """Delete a target if it is as it was seen."""
        typed = self.table.get(target_id)
        if typed is None or not _is_as_seen(typed, seen):
            return False
        self.table.delete(target_id)
        return True

    def _item(self, target_id: str, typed: Typed) -> Item:
        """Return an item in plain values, decoded once for all who read it as it is."""
        known = self._decoded.get(target_id)
        if known is None or known[0] is not typed:
            known = self._decoded[target_id] = typed, decode_item(typed)
        return dict(known[1])

    def _write(self, typed: Typed, changes: Typed) -> bool:
        new = typed | changes
        if size_of(new) > ITEM_SIZE_MAX:
            raise TooLargeError("the item would be larger than DynamoDB's 400 KB")
        self.table.put(new)
        return True


def _is_as_seen(typed: Typed, seen: Item) -> bool:
    item = decode_item(typed)
    return revision_on(item) == revision_on(seen) and all(item.get(name) == seen.get(name) for name in ENDING_FIELDS)


def _revision_of(typed: Typed) -> str | None:
    plan = typed.get("plan", {}).get("M", {})
    revision = plan.get("revision", {}).get("S")
    return revision if isinstance(revision, str) else None

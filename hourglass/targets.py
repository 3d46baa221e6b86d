"""The Targets table as its users see it: they write fields, the planner answers with a plan."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import JsonValue

from functions.aws.items import decode_item, encode, encode_item
from functions.aws.keys import batches
from hourglass.errors import ConditionFailedError, ConflictError, NotFoundError, answered
from hourglass.filters import TargetFilter
from hourglass.items import Change, Fields, Found, Written, as_fields, differing, etag_of
from schedule_model.plan import plan_of
from schedule_model.target import Item, Target

_NOTHING: Mapping[str, Any] = {}
ATTEMPTS_MAX = 5
KNOWN_FIELDS = tuple(field.alias or name for name, field in Target.model_fields.items())


class TargetTable:
    """Reads and writes targets; the plan on an item is left alone by every write.

    Args:
        client: boto3's DynamoDB client.
        table: the table's name.
    """

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def find(self, target_id: str) -> Found | None:
        """Return a target, read consistently: 1 RRU for each 4 KB."""
        with answered():
            answer = self._client.get_item(TableName=self._table, Key=_key(target_id), ConsistentRead=True)
        return _found(decode_item(answer["Item"])) if "Item" in answer else None

    def find_all(self, target_ids: Sequence[str]) -> dict[str, Found]:
        """Return those that exist, by id: 0.5 RRU each for items up to 4 KB, in batches of 100."""
        keys = [_key(target_id) for target_id in dict.fromkeys(target_ids)]
        with answered():
            items = [decode_item(typed) for page in batches(self._client, self._table, keys) for typed in page]
        return {str(item["id"]): _found(item) for item in items}

    def pages(self, keep: TargetFilter) -> Iterator[Found]:
        """Yield every target that the filter keeps; reads the whole table, 0.5 RRU for each 4 KB of it."""
        start: dict[str, Any] = {}
        while True:
            with answered():
                page = self._client.scan(TableName=self._table, **start)
            items = (decode_item(typed) for typed in page["Items"])
            yield from (_found(item) for item in items if keep.keeps(item))
            if not page.get("LastEvaluatedKey"):
                return
            start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}

    def put(self, fields: Fields, *, if_match: str | None = None, only_new: bool = False) -> Written:
        """Make a target what the fields say, whatever it was; its plan stays, so a write of equal fields is none.

        Args:
            fields: all of the target's fields; those left out are removed from it.
            if_match: the etag that it must have.
            only_new: whether to refuse a target that exists.

        Raises:
            ConflictError: the target is not as it was expected.
        """
        target_id = str(fields["id"])
        for _ in range(ATTEMPTS_MAX):
            found = self.find(target_id)
            _refuse_unexpected(target_id, found, if_match, only_new=only_new)
            if found is None:
                if self._create(fields):
                    return Written(target_id, Change.CREATED, tuple(sorted(fields)))
                continue
            changed = differing(found.fields, fields)
            if not changed:
                return Written(target_id, Change.UNCHANGED)
            if self._replace(found, fields, changed):
                return Written(target_id, Change.CHANGED, changed)
        raise ConflictError(f"{target_id}: is being changed by somebody else at this very moment; try again")

    def set_fields(self, target_id: str, fields: Mapping[str, JsonValue]) -> None:
        """Set some fields of a target, and remove those given as None: 1 WRU for each KB.

        Raises:
            NotFoundError: there is no such target.
        """
        if not self._update(target_id, fields, condition="attribute_exists(id)"):
            raise not_found(target_id)

    def delete(self, target_id: str) -> None:
        """Delete a target: 1 WRU for each KB. What was queued for it is dropped.

        Raises:
            NotFoundError: there is no such target.
        """
        try:
            with answered():
                self._client.delete_item(
                    TableName=self._table, Key=_key(target_id), ConditionExpression="attribute_exists(id)"
                )
        except ConditionFailedError:
            raise not_found(target_id) from None

    def _create(self, fields: Fields) -> bool:
        try:
            with answered():
                self._client.put_item(
                    TableName=self._table, Item=encode_item(fields), ConditionExpression="attribute_not_exists(id)"
                )
        except ConditionFailedError:
            return False
        return True

    def _replace(self, found: Found, fields: Fields, changed: Sequence[str]) -> bool:
        """Write the fields that differ, if every field is still as it was found."""
        names: dict[str, str] = {}
        values: dict[str, Any] = {}
        claims = []
        for place, name in enumerate(dict.fromkeys((*KNOWN_FIELDS, *found.fields))):
            names[f"#o{place}"] = name
            if name in found.fields:
                values[f":o{place}"] = encode(found.fields[name])
                claims.append(f"#o{place} = :o{place}")
            else:
                claims.append(f"attribute_not_exists(#o{place})")
        changes = {name: fields.get(name) for name in changed}
        return self._update(found.target_id, changes, condition=" AND ".join(claims), names=names, values=values)

    def _update(
        self,
        target_id: str,
        fields: Mapping[str, JsonValue],
        *,
        condition: str,
        names: Mapping[str, str] = _NOTHING,
        values: Mapping[str, Any] = _NOTHING,
    ) -> bool:
        aliases = {f"#n{place}": name for place, name in enumerate(fields)}
        set_to = {alias: encode(fields[name]) for alias, name in aliases.items() if fields[name] is not None}
        removed = [alias for alias in aliases if alias not in set_to]
        clauses = ["SET " + ", ".join(f"{alias} = :{alias[1:]}" for alias in set_to)] if set_to else []
        clauses += ["REMOVE " + ", ".join(removed)] if removed else []
        new_values = {f":{alias[1:]}": value for alias, value in set_to.items()} | dict(values)
        request = {"ExpressionAttributeValues": new_values} if new_values else {}
        try:
            with answered():
                self._client.update_item(
                    TableName=self._table,
                    Key=_key(target_id),
                    UpdateExpression=" ".join(clauses),
                    ConditionExpression=condition,
                    ExpressionAttributeNames=aliases | dict(names),
                    **request,
                )
        except ConditionFailedError:
            return False
        return True


def not_found(target_id: str) -> NotFoundError:
    """Return the error for a target that is not there."""
    return NotFoundError(f"there is no target {target_id!r}; `hourglass list` shows those that are there")


def _refuse_unexpected(target_id: str, found: Found | None, if_match: str | None, *, only_new: bool) -> None:
    if only_new and found is not None:
        raise ConflictError(f"{target_id}: exists already; leave out the wish for a new one to change it")
    if if_match is not None and (found is None or found.etag != if_match):
        now = "is gone" if found is None else f"has etag {found.etag} by now"
        raise ConflictError(f"{target_id}: was changed meanwhile and {now}; read it again")


def _found(item: Item) -> Found:
    fields = as_fields(item)
    return Found(fields, plan_of(item), etag_of(fields))


def _key(target_id: str) -> dict[str, Any]:
    return {"id": {"S": target_id}}

"""The Targets table in DynamoDB, as users see it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

from botocore.exceptions import ClientError

from functions.aws.concurrently import concurrently
from functions.aws.failures import is_refused, named_failures, was_repeated
from functions.aws.items import TypedItem, decode_item, encode, encode_item
from functions.aws.keys import batches
from functions.ports import UnavailableError
from schedule_model.found import Fields, Found, differing
from schedule_model.target import Target

_KNOWN_FIELDS = tuple(field.alias or name for name, field in Target.model_fields.items())
_COMPARED_MAX = 120
"""How many fields a condition compares: DynamoDB takes 300 operators and 4 KB, and each field is two operators."""


class DynamoWrittenTargets:
    """Reads and writes targets; the plan on an item is left alone by every write.

    Args:
        client: boto3's DynamoDB client.
        table: the table's name.
    """

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def find(self, target_id: str) -> Found | None:
        """Return a target, read consistently."""
        with named_failures():
            answer = self._client.get_item(TableName=self._table, Key=_key(target_id), ConsistentRead=True)
        return _found(answer["Item"]) if "Item" in answer else None

    def find_all(self, target_ids: Sequence[str]) -> Mapping[str, Found]:
        """Return those that exist, by id, in batches of 100."""
        keys = [_key(target_id) for target_id in dict.fromkeys(target_ids)]
        pages = batches(self._client, self._table, keys)
        found = [_found(typed) for page in pages for typed in page]
        return {one.target_id: one for one in found}

    def create(self, fields: Fields) -> Found | None:
        """Write a new target and return it as it is stored; None when its id is taken."""
        typed = encode_item(fields)
        refusal = self._write(self._client.put_item, Item=typed, ConditionExpression="attribute_not_exists(id)")
        return self._made(_found(typed), refusal)

    def create_all(self, many: Sequence[Fields]) -> Sequence[Found | UnavailableError | None]:
        """Write new targets, several at once."""
        return concurrently(self._create_or_tell, many)

    def _create_or_tell(self, fields: Fields) -> Found | UnavailableError | None:
        try:
            return self.create(fields)
        except UnavailableError as error:
            return error

    def replace(self, found: Found, fields: Fields) -> Found | None:
        """Write the fields that differ, if every field is still as it was found."""
        if not (changed := differing(found.fields, fields)):
            return found
        changes = {name: fields.get(name) for name in changed}
        refusal = self._update(found.target_id, changes, _is_still(found))
        kept = {name: value for name, value in found.stored.items() if name not in changed}
        return self._made(replace(_found(kept | encode_item(changes)), plan=found.plan), refusal)

    def set_fields(self, target_id: str, fields: Mapping[str, Any]) -> bool:
        """Set some fields of a target, and remove those that are None; return whether there is one."""
        return self._update(target_id, fields, _is_there()) is None

    def remove(self, target_id: str, *, found: Found | None = None) -> bool:
        """Delete a target, if its fields are still as they were found where that is given."""
        condition = _is_still(found) if found else _is_there()
        refusal = self._write(self._client.delete_item, Key=_key(target_id), **condition)
        is_gone = refusal is not None and found is not None and was_repeated(refusal) and self.find(target_id) is None
        return refusal is None or is_gone

    def page(self, *, after: str | None, limit: int) -> tuple[Sequence[Found], str | None]:
        """Return up to `limit` targets and where to go on, None at the end."""
        start = {"ExclusiveStartKey": _key(after)} if after is not None else {}
        with named_failures():
            page = self._client.scan(TableName=self._table, Limit=limit, **start)
        last = page.get("LastEvaluatedKey")
        return [_found(typed) for typed in page["Items"]], last["id"]["S"] if last else None

    def _update(self, target_id: str, fields: Mapping[str, Any], condition: dict[str, Any]) -> ClientError | None:
        names = {f"#n{place}": name for place, name in enumerate(fields)}
        set_to = {alias: encode(fields[name]) for alias, name in names.items() if fields[name] is not None}
        removed = [alias for alias in names if alias not in set_to]
        clauses = ["SET " + ", ".join(f"{alias} = :{alias[1:]}" for alias in set_to)] if set_to else []
        clauses += ["REMOVE " + ", ".join(removed)] if removed else []
        values = {f":{alias[1:]}": value for alias, value in set_to.items()}
        values |= condition.pop("ExpressionAttributeValues", {})
        names |= condition.pop("ExpressionAttributeNames", {})
        return self._write(
            self._client.update_item,
            Key=_key(target_id),
            UpdateExpression=" ".join(clauses),
            ExpressionAttributeNames=names,
            **({"ExpressionAttributeValues": values} if values else {}),
            **condition,
        )

    def _write(self, write: Callable[..., Any], **request: Any) -> ClientError | None:
        """Write, and return the refusal if the condition did not hold."""
        try:
            with named_failures():
                write(TableName=self._table, **request)
        except ClientError as error:
            if is_refused(error):
                return error
            raise
        return None

    def _made(self, made: Found, refusal: ClientError | None) -> Found | None:
        """Return what a write has made; None if it was refused.

        One that took effect, lost its answer and was sent again is refused because of what it has made itself.
        """
        if refusal is None:
            return made
        found = self.find(made.target_id) if was_repeated(refusal) else None
        return found if found is not None and found.fields == made.fields else None


def _found(typed: TypedItem) -> Found:
    return Found.of(decode_item(typed), stored=typed)


def _is_still(found: Found) -> dict[str, Any]:
    """Return the condition that every field is as it was found; the plan, which is the system's, may have changed.

    It compares what the table holds, not what was read from it: a set is read as a list, and equals none. Of an item of
    very many fields, which no target has, only some of those that Hourglass does not know are compared.

    Source: DynamoDB developer guide, "Quotas" (expression parameters).
    """
    names: dict[str, str] = {}
    values: dict[str, Any] = {}
    claims = []
    compared = islice(dict.fromkeys((*_KNOWN_FIELDS, *found.stored)), _COMPARED_MAX)
    for place, name in enumerate(compared):
        names[f"#o{place}"] = name
        if name in found.stored:
            values[f":o{place}"] = found.stored[name]
            claims.append(f"#o{place} = :o{place}")
        else:
            claims.append(f"attribute_not_exists(#o{place})")
    return {
        "ConditionExpression": " AND ".join(claims),
        "ExpressionAttributeNames": names,
        "ExpressionAttributeValues": values,
    }


def _is_there() -> dict[str, Any]:
    return {"ConditionExpression": "attribute_exists(id)"}


def _key(target_id: str) -> dict[str, Any]:
    return {"id": {"S": target_id}}

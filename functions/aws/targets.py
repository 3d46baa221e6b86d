"""The Targets table in DynamoDB."""

from collections.abc import Mapping, Sequence
from typing import Any

from botocore.exceptions import ClientError

from functions.aws.failures import is_refused, named_failures
from functions.aws.items import decode_item, encode, encode_item
from functions.aws.keys import batches
from schedule_model.plan import ENDING_FIELDS, Plan, PlanStatus, revision_on
from schedule_model.target import Item


class DynamoTargets:
    """Reads and plans targets.

    Args:
        client: boto3's DynamoDB client.
        table: the table's name.
    """

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def read(self, target_ids: Sequence[str], *, consistent: bool = False) -> Mapping[str, Item]:
        """Return the items that exist, by id."""
        keys = [{"id": {"S": target_id}} for target_id in dict.fromkeys(target_ids)]
        found: dict[str, Item] = {}
        for page in batches(self._client, self._table, keys, consistent=consistent):
            found |= {typed["id"]["S"]: decode_item(typed) for typed in page}
        return found

    def save_plan(self, target_id: str, plan: Plan, *, seen_revision: str) -> bool:
        """Write a plan over the one that was seen, or over one that is older than both, or an older guess."""
        is_there = "attribute_exists(id)"
        is_unplanned = "NOT attribute_type(#plan.revision, :text)"
        is_as_seen = "#plan.revision = :seen"
        is_of_later = "attribute_exists(#plan.guessed_by) AND #plan.guessed_by > :revision"
        is_guess = f"contains(#plan.revision, :guess) AND NOT ({is_of_later})"
        gives_way = f"#plan.revision < :revision AND (#plan.revision < :seen OR {is_guess})"
        return self._update(
            target_id,
            UpdateExpression="SET #plan = :plan",
            ConditionExpression=f"{is_there} AND ({is_unplanned} OR {is_as_seen} OR {gives_way})",
            ExpressionAttributeNames={"#plan": "plan"},
            ExpressionAttributeValues=_values(
                plan=plan.item(), revision=plan.revision, seen=seen_revision, guess="~", text="S"
            ),
        )

    def amend_plan(self, target_id: str, plan: Plan) -> bool:
        """Write a plan over the one of the same revision, while that is SCHEDULED."""
        is_same = "#plan.revision = :revision"
        is_scheduled = "#plan.#status = :scheduled"
        return self._update(
            target_id,
            UpdateExpression="SET #plan = :plan",
            ConditionExpression=f"{is_same} AND {is_scheduled}",
            ExpressionAttributeNames={"#plan": "plan", "#status": "status"},
            ExpressionAttributeValues=_values(
                plan=plan.item(), revision=plan.revision, scheduled=str(PlanStatus.SCHEDULED)
            ),
        )

    def restore_plan(self, target_id: str, plan: Plan, *, over: Sequence[object] = ()) -> bool:
        """Write a plan back unless the target is gone or has one that is not older, as reconcile's guess is."""
        is_unplanned = "NOT attribute_type(#plan.revision, :text)"
        is_older = "#plan.revision < :revision"
        users = {f"user{position}": one for position, one in enumerate(over)}
        gives_way = " OR ".join([is_unplanned, is_older, *(f"#plan = :{name}" for name in users)])
        return self._update(
            target_id,
            UpdateExpression="SET #plan = :plan",
            ConditionExpression=f"attribute_exists(id) AND ({gives_way})",
            ExpressionAttributeNames={"#plan": "plan"},
            ExpressionAttributeValues=_values(plan=plan.item(), revision=plan.revision, text="S", **users),
        )

    def update_params(self, target_id: str, params: Mapping[str, object], *, revision: str) -> bool:
        """Merge params over the target's, if its plan is still of this revision; a target without any gets them."""
        return self._merge_params(target_id, params, revision) or self._update(
            target_id,
            UpdateExpression="SET params = :params",
            ConditionExpression="attribute_not_exists(params) AND #plan.revision = :revision",
            ExpressionAttributeNames={"#plan": "plan"},
            ExpressionAttributeValues=_values(params=params, revision=revision),
        )

    def _merge_params(self, target_id: str, params: Mapping[str, object], revision: str) -> bool:
        names = {f"#p{position}": name for position, name in enumerate(params)}
        sets = ", ".join(f"params.{alias} = :v{position}" for position, alias in enumerate(names))
        values = {f"v{position}": value for position, value in enumerate(params.values())}
        return self._update(
            target_id,
            UpdateExpression=f"SET {sets}",
            ConditionExpression="attribute_exists(params) AND #plan.revision = :revision",
            ExpressionAttributeNames={"#plan": "plan"} | names,
            ExpressionAttributeValues=_values(revision=revision, **values),
        )

    def deactivate(self, target_id: str, note: str, *, seen: Item) -> bool:
        """Set `active` to false, with a note, if the target is as it was seen."""
        is_as_seen, names, values = _as_seen(seen)
        return self._update(
            target_id,
            UpdateExpression="SET active = :active, note = :note",
            ConditionExpression=is_as_seen,
            ExpressionAttributeNames=names,
            ExpressionAttributeValues=values | _values(active=False, note=note),
        )

    def create(self, item: Item) -> bool:
        """Write a new target; False when its id is taken."""
        try:
            with named_failures():
                self._client.put_item(
                    TableName=self._table, Item=encode_item(item), ConditionExpression="attribute_not_exists(id)"
                )
        except ClientError as error:
            return _refused_or_raise(error)
        return True

    def page(self, *, after: str | None, limit: int) -> tuple[Sequence[Item], str | None]:
        """Return up to `limit` items and where to go on, None at the end."""
        start = {"ExclusiveStartKey": {"id": {"S": after}}} if after is not None else {}
        with named_failures():
            page = self._client.scan(TableName=self._table, Limit=limit, **start)
        last = page.get("LastEvaluatedKey")
        return [decode_item(typed) for typed in page["Items"]], last["id"]["S"] if last else None

    def delete(self, target_id: str, *, seen: Item) -> bool:
        """Delete a target if it is as it was seen."""
        is_as_seen, names, values = _as_seen(seen)
        try:
            with named_failures():
                self._client.delete_item(
                    TableName=self._table,
                    Key={"id": {"S": target_id}},
                    ConditionExpression=is_as_seen,
                    ExpressionAttributeNames=names,
                    ExpressionAttributeValues=values,
                )
        except ClientError as error:
            return _refused_or_raise(error)
        return True

    def _update(self, target_id: str, **request: Any) -> bool:
        try:
            with named_failures():
                self._client.update_item(TableName=self._table, Key={"id": {"S": target_id}}, **request)
        except ClientError as error:
            return _refused_or_raise(error)
        return True


def _as_seen(seen: Item) -> tuple[str, dict[str, str], dict[str, Any]]:
    """Return the condition that an item's revision and what ends it are as they were seen, its names and values."""
    parts, names, values = ["attribute_exists(id)"], {"#plan": "plan"}, _values(text="S")
    if revision := revision_on(seen):
        parts.append("#plan.revision = :seen AND attribute_type(#plan.revision, :text)")
        values |= _values(seen=revision)
    else:
        parts.append("NOT attribute_type(#plan.revision, :text)")
    for place, name in enumerate(ENDING_FIELDS):
        names[f"#f{place}"] = name
        forms = [encode(seen[name]), *_set_forms(seen[name])] if name in seen else []
        values |= {f":f{place}x{number}": form for number, form in enumerate(forms)}
        alternatives = ", ".join(f":f{place}x{number}" for number in range(len(forms)))
        parts.append(f"#f{place} IN ({alternatives})" if forms else f"attribute_not_exists(#f{place})")
    return " AND ".join(parts), names, values


def _set_forms(value: object) -> list[dict[str, Any]]:
    """Return the set that a list of texts may have been in the table: both are read as a list."""
    is_texts = isinstance(value, list) and value and all(isinstance(one, str) for one in value)
    return [{"SS": list(dict.fromkeys(value))}] if isinstance(value, list) and is_texts else []


def _values(**values: object) -> dict[str, Any]:
    return {f":{name}": encode(value) for name, value in values.items()}


def _refused_or_raise(error: ClientError) -> bool:
    if not is_refused(error):
        raise error
    return False

"""Idempotency keys in DynamoDB; TTL clears them away, and correctness never waits for it."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from functions.aws.failures import is_refused, named_failures, was_repeated
from functions.aws.items import decode_item, encode, encode_item
from functions.ports import UnavailableError
from schedule_model.idempotency import Asked


class DynamoIdempotencyKeys:
    """Remembers what was asked under which key.

    Args:
        client: boto3's DynamoDB client.
        table: the table's name.
    """

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def begin(self, key: str, asked: Asked, *, now: datetime) -> Asked | None:
        """Remember what was asked under a key; return None, or what was asked under it before."""
        is_new = "attribute_not_exists(id)"
        is_over = "delete_at <= :now"
        try:
            with named_failures():
                self._client.put_item(
                    TableName=self._table,
                    Item=encode_item(_row(key, asked)),
                    ConditionExpression=f"{is_new} OR {is_over}",
                    ExpressionAttributeValues={":now": encode(int(now.timestamp()))},
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                )
        except ClientError as error:
            if not is_refused(error):
                raise
            found: Any = error.response.get("Item")
            if not found:
                raise UnavailableError("the idempotency key was gone when it was asked for") from error
            before = _asked(decode_item(found))
            # Sent again because its answer was lost, it meets itself.
            return None if was_repeated(error) and before == asked else before
        return None

    def finish(self, key: str) -> None:
        """Remember that what was asked under a key is done; a forgotten one stays forgotten."""
        try:
            with named_failures():
                self._client.update_item(
                    TableName=self._table,
                    Key=_key(key),
                    UpdateExpression="SET is_done = :done",
                    ConditionExpression="attribute_exists(id)",
                    ExpressionAttributeValues={":done": encode(True)},
                )
        except ClientError as error:
            if not is_refused(error):
                raise

    def forget(self, key: str) -> None:
        """Forget a key under which nothing was done."""
        with named_failures():
            self._client.delete_item(TableName=self._table, Key=_key(key))


def _key(key: str) -> dict[str, Any]:
    return {"id": {"S": key}}


def _row(key: str, asked: Asked) -> dict[str, object]:
    facts = {"fingerprint": asked.fingerprint, "seed": asked.seed, "is_done": asked.is_done}
    return {"id": key} | facts | {"delete_at": int(asked.until.timestamp())}


def _asked(row: Mapping[str, Any]) -> Asked:
    until = datetime.fromtimestamp(row["delete_at"], UTC)
    return Asked(str(row["fingerprint"]), str(row["seed"]), is_done=bool(row["is_done"]), until=until)

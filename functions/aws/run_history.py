"""The Runs table in DynamoDB, as users see it."""

from collections.abc import Sequence
from typing import Any

from functions.aws.failures import named_failures
from functions.aws.items import decode_item, encode
from functions.aws.rows import run_of
from schedule_model.filters import EVERY_RUN, RunFilter
from schedule_model.run import Run


class DynamoRunHistory:
    """Reads runs.

    Args:
        client: boto3's DynamoDB client.
        table: the table's name.
    """

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def find(self, target_id: str, run_id: str) -> Run | None:
        """Return one run, read consistently."""
        key = {"target_id": {"S": target_id}, "scheduled_at": {"S": run_id}}
        with named_failures():
            answer = self._client.get_item(TableName=self._table, Key=key, ConsistentRead=True)
        return run_of(decode_item(answer["Item"])) if "Item" in answer else None

    def latest(self, target_id: str) -> Run | None:
        """Return a target's latest run, read consistently."""
        runs, _ = self._query(target_id, EVERY_RUN.first_key, EVERY_RUN.last_key, Limit=1, ConsistentRead=True)
        return runs[0] if runs else None

    def page(
        self, target_id: str, keep: RunFilter, *, after: str | None, limit: int, latest_first: bool = True
    ) -> tuple[Sequence[Run], str | None]:
        """Look at up to `limit` rows beyond run id `after`; return those kept, and where to go on."""
        start = {"target_id": encode(target_id), "scheduled_at": encode(after)}
        runs, last = self._query(
            target_id,
            keep.first_key,
            keep.last_key,
            ScanIndexForward=not latest_first,
            Limit=limit,
            **({} if after is None else {"ExclusiveStartKey": start}),
        )
        return [run for run in runs if keep.keeps(run)], last

    def _query(self, target_id: str, first: str, last: str, **request: Any) -> tuple[Sequence[Run], str | None]:
        with named_failures():
            page = self._client.query(
                TableName=self._table,
                KeyConditionExpression="target_id = :target_id AND scheduled_at BETWEEN :first AND :last",
                ExpressionAttributeValues={
                    ":target_id": encode(target_id),
                    ":first": encode(first),
                    ":last": encode(last),
                },
                **({"ScanIndexForward": False} | request),
            )
        key = page.get("LastEvaluatedKey")
        return [run_of(decode_item(typed)) for typed in page["Items"]], key["scheduled_at"]["S"] if key else None

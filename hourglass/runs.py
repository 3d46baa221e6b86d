"""The Runs table as its users see it."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from functions.aws.items import decode_item, encode
from functions.aws.rows import run_of
from hourglass.errors import NotFoundError, answered
from hourglass.filters import RunFilter
from schedule_model.instants import to_text
from schedule_model.run import Run


class RunTable:
    """Reads runs.

    Args:
        client: boto3's DynamoDB client.
        table: the table's name.
    """

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def find(self, target_id: str, run_id: str) -> Run | None:
        """Return one run, read consistently: 1 RRU for each 4 KB."""
        key = {"target_id": {"S": target_id}, "scheduled_at": {"S": run_id}}
        with answered():
            answer = self._client.get_item(TableName=self._table, Key=key, ConsistentRead=True)
        return run_of(decode_item(answer["Item"])) if "Item" in answer else None

    def history(self, target_id: str, keep: RunFilter, *, page: int = 100, latest_first: bool = True) -> Iterator[Run]:
        """Yield a target's runs by occurrence; 0.5 RRU for each 4 KB of those between the filter's instants.

        Args:
            target_id: whose.
            keep: which of them.
            page: how many rows one query reads; as many as are wanted read no more than those.
            latest_first: False for the earliest first.
        """
        request: dict[str, Any] = {
            "TableName": self._table,
            "KeyConditionExpression": "target_id = :target_id AND scheduled_at BETWEEN :first AND :last",
            "ExpressionAttributeValues": {
                ":target_id": encode(target_id),
                ":first": encode(keep.first_key),
                ":last": encode(keep.last_key),
            },
            "ScanIndexForward": not latest_first,
            "Limit": page,
        }
        for typed in self._pages(self._client.query, request):
            if keep.keeps(run := run_of(typed)):
                yield run

    def all_since(self, since: datetime) -> Iterator[Run]:
        """Yield every run that was due since then, without its output; reads the whole table, 0.5 RRU for each 4 KB."""
        request: dict[str, Any] = {
            "TableName": self._table,
            "FilterExpression": "due_at >= :since",
            "ExpressionAttributeValues": {":since": encode(to_text(since))},
            "ProjectionExpression": ", ".join(f"#f{place}" for place in range(len(_COUNTED))),
            "ExpressionAttributeNames": {f"#f{place}": name for place, name in enumerate(_COUNTED)},
        }
        yield from map(run_of, self._pages(self._client.scan, request))

    def _pages(self, read: Any, request: dict[str, Any]) -> Iterator[dict[str, object]]:
        start: dict[str, Any] = {}
        while True:
            with answered():
                page = read(**request, **start)
            yield from (dict(decode_item(typed)) for typed in page["Items"])
            if not page.get("LastEvaluatedKey"):
                return
            start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}


_COUNTED = (
    "target_id",
    "scheduled_at",
    "status",
    "attempt",
    "trigger",
    "dispatched_by",
    "revision",
    "due_at",
    "delete_at",
    "lateness_ms",
    "duration_ms",
)
"""What the counts are made of, and what a row cannot be read without."""


def run_not_found(target_id: str, run_id: str) -> NotFoundError:
    """Return the error for a run that is not there."""
    return NotFoundError(
        f"there is no run {target_id}/{run_id}; `hourglass runs {target_id}` shows those that are there"
    )

"""The Runs table as its users see it."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from functions.aws.items import decode_item, encode
from functions.aws.rows import run_of
from functions.aws.run_history import DynamoRunHistory
from hourglass.errors import NotFoundError, answered
from schedule_model.filters import RunFilter
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
        self._history = DynamoRunHistory(client, table)

    def find(self, target_id: str, run_id: str) -> Run | None:
        """Return one run, read consistently: 1 RRU for each 4 KB."""
        with answered():
            return self._history.find(target_id, run_id)

    def history(self, target_id: str, keep: RunFilter, *, page: int = 100, latest_first: bool = True) -> Iterator[Run]:
        """Yield a target's runs by occurrence; 0.5 RRU for each 4 KB of those between the filter's instants.

        Args:
            target_id: whose.
            keep: which of them.
            page: how many rows one query reads; as many as are wanted read no more than those.
            latest_first: False for the earliest first.
        """
        after: str | None = None
        while True:
            with answered():
                runs, after = self._history.page(target_id, keep, after=after, limit=page, latest_first=latest_first)
            yield from runs
            if after is None:
                return

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

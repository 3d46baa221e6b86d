"""The Runs table in DynamoDB."""

from collections.abc import Sequence
from typing import Any

from botocore.exceptions import ClientError

from functions.aws.concurrently import concurrently
from functions.aws.failures import is_refused, named_failures
from functions.aws.items import decode_item, encode, encode_item
from functions.aws.rows import run_of, run_row
from functions.ports import ClaimAnswer, Claimed, UnavailableError
from schedule_model.instants import to_text
from schedule_model.run import Run


class DynamoRuns:
    """Keeps leases and results.

    Args:
        client: boto3's DynamoDB client.
        table: the table's name.
    """

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def claim(self, runs: Sequence[Run]) -> Sequence[ClaimAnswer]:
        """Write each row unless its occurrence has one."""
        return concurrently(lambda run: self._write(run, ConditionExpression="attribute_not_exists(target_id)"), runs)

    def replace(self, pairs: Sequence[tuple[Run, Run]]) -> Sequence[ClaimAnswer]:
        """Write each second row over its first, if that is still there as given."""
        return concurrently(lambda pair: self._write(pair[1], **_is_still(pair[0])), pairs)

    def _write(self, run: Run, **condition: Any) -> ClaimAnswer:
        try:
            with named_failures():
                self._client.put_item(
                    TableName=self._table,
                    Item=encode_item(run_row(run)),
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                    **condition,
                )
        except UnavailableError as error:
            return error
        except ClientError as error:
            if not is_refused(error):
                raise
            return self._found_instead(run, error)
        return Claimed()

    def _found_instead(self, run: Run, error: ClientError) -> ClaimAnswer:
        typed: Any = error.response.get("Item")
        found = run_of(decode_item(typed)) if typed else self.read(run.target_id, run.run_id)
        return found or UnavailableError("the row was gone when it was asked for")

    def read(self, target_id: str, run_id: str) -> Run | None:
        """Return one row, read consistently."""
        key = {"target_id": {"S": target_id}, "scheduled_at": {"S": run_id}}
        with named_failures():
            answer = self._client.get_item(TableName=self._table, Key=key, ConsistentRead=True)
        return run_of(decode_item(answer["Item"])) if "Item" in answer else None

    def latest(self, target_id: str, *, before: str, limit: int) -> Sequence[Run]:
        """Return up to `limit` rows whose run id sorts before `before`, latest first."""
        return self._query(
            KeyConditionExpression="target_id = :target_id AND scheduled_at < :before",
            ExpressionAttributeValues={":target_id": {"S": target_id}, ":before": {"S": before}},
            ConsistentRead=True,
            Limit=limit,
        )

    def latest_of(self, target_ids: Sequence[str], *, limit: int) -> Sequence[Sequence[Run] | UnavailableError]:
        """Return up to `limit` rows of each target, latest first."""
        return concurrently(lambda target_id: self._latest_of(target_id, limit), target_ids)

    def _latest_of(self, target_id: str, limit: int) -> Sequence[Run] | UnavailableError:
        try:
            return self._query(
                KeyConditionExpression="target_id = :target_id",
                ExpressionAttributeValues={":target_id": {"S": target_id}},
                Limit=limit,
            )
        except UnavailableError as error:
            return error
        except ValueError as error:
            # A row of somebody else's making must not hide the other targets from reconcile.
            return UnavailableError(f"a row of {target_id} cannot be read: {error}")

    def _query(self, **request: Any) -> Sequence[Run]:
        with named_failures():
            page = self._client.query(TableName=self._table, ScanIndexForward=False, **request)
        return [run_of(decode_item(typed)) for typed in page["Items"]]


def _is_still(held: Run) -> dict[str, Any]:
    has_same_status = "#status = :status"
    has_same_attempt = "attempt = :attempt"
    has_same_lease = "lease_expires_at = :lease" if held.lease_expires_at else "attribute_not_exists(lease_expires_at)"
    values = {":status": encode(str(held.status)), ":attempt": encode(held.attempt)}
    if held.lease_expires_at:
        values[":lease"] = encode(to_text(held.lease_expires_at))
    return {
        "ConditionExpression": f"{has_same_status} AND {has_same_attempt} AND {has_same_lease}",
        "ExpressionAttributeNames": {"#status": "status"},
        "ExpressionAttributeValues": values,
    }

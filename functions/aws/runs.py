"""The Runs table in DynamoDB."""

from collections.abc import Sequence
from typing import Any

from botocore.exceptions import ClientError

from functions.aws.concurrently import concurrently
from functions.aws.failures import is_refused, named_failures
from functions.aws.items import TypedItem, decode_item, encode, encode_item
from functions.aws.rows import open_runs_key, open_runs_of, open_runs_row, run_of
from functions.aws.statements import (
    Outcome,
    Refused,
    Statement,
    StatementAnswer,
    insert,
    settle,
    update,
    write_together,
)
from functions.aws.typed_rows import typed_changes, typed_run
from functions.ports import ClaimAnswer, Claimed, UnavailableError
from schedule_model.instants import to_text
from schedule_model.open_runs import OpenRuns
from schedule_model.run import Run

_KEY = ("target_id", "scheduled_at")


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
        if len(runs) < 2:
            return [self._claim(run) for run in runs]
        answers = write_together(self._client, [insert(self._table, _KEY, typed_run(run)) for run in runs])
        return settle(runs, answers, done=Claimed(), otherwise=self._claimed)

    def _claimed(self, run: Run, answer: StatementAnswer) -> ClaimAnswer:
        match answer:
            case Outcome.TAKEN:
                return self._there_instead(run)
            case UnavailableError():
                return answer
        return self._claim(run)

    def _claim(self, run: Run) -> ClaimAnswer:
        return self._write(run, ConditionExpression="attribute_not_exists(target_id)")

    def replace(self, pairs: Sequence[tuple[Run, Run]]) -> Sequence[ClaimAnswer]:
        """Write each second row over its first, if that is still there as given."""
        if len(pairs) < 2 or not all(held.lease_expires_at for held, _ in pairs):
            return concurrently(lambda pair: self._replace(*pair), pairs)
        answers = write_together(self._client, [self._update(held, new) for held, new in pairs])
        return settle(pairs, answers, done=Claimed(), otherwise=self._replaced)

    def _update(self, held: Run, new: Run) -> Statement:
        key = {"target_id": encode(new.target_id), "scheduled_at": encode(new.run_id)}
        changed, removed = typed_changes(held, new)
        return update(self._table, key, changed, removed, same=_unchanged(held))

    def _replaced(self, pair: tuple[Run, Run], answer: StatementAnswer) -> ClaimAnswer:
        match answer:
            case Refused(item=item):
                return run_of(decode_item(item))
            case UnavailableError():
                return answer
        return self._replace(*pair)

    def _replace(self, held: Run, new: Run) -> ClaimAnswer:
        return self._write(new, **_is_still(held))

    def _write(self, run: Run, **condition: Any) -> ClaimAnswer:
        try:
            with named_failures():
                self._client.put_item(
                    TableName=self._table,
                    Item=typed_run(run),
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
        return run_of(decode_item(typed)) if typed else self._there_instead(run)

    def _there_instead(self, run: Run) -> ClaimAnswer:
        try:
            found = self.read(run.target_id, run.run_id)
        except UnavailableError as error:
            return error
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
            limit,
            KeyConditionExpression="target_id = :target_id AND scheduled_at < :before",
            ExpressionAttributeValues={":target_id": {"S": target_id}, ":before": {"S": before}},
            ConsistentRead=True,
        )

    def open_runs(self, target_id: str) -> OpenRuns:
        """Return the row that keeps a target's runs apart, read consistently."""
        with named_failures():
            answer = self._client.get_item(
                TableName=self._table, Key=encode_item(open_runs_key(target_id)), ConsistentRead=True
            )
        return open_runs_of(target_id, decode_item(answer.get("Item", {})))

    def save_open_runs(self, open_runs: OpenRuns, *, seen: str) -> bool:
        """Write that row if its token is still `seen`, or ours: a write told to have failed had taken effect."""
        is_as_seen = "#token = :seen" if seen else "attribute_not_exists(target_id)"
        values = {":own": encode(open_runs.token)} | ({":seen": encode(seen)} if seen else {})
        try:
            with named_failures():
                self._client.put_item(
                    TableName=self._table,
                    Item=encode_item(open_runs_row(open_runs)),
                    ConditionExpression=f"{is_as_seen} OR #token = :own",
                    ExpressionAttributeNames={"#token": "token"},
                    ExpressionAttributeValues=values,
                )
        except ClientError as error:
            if not is_refused(error):
                raise
            return False
        return True

    def latest_of(self, target_ids: Sequence[str], *, limit: int) -> Sequence[Sequence[Run] | UnavailableError]:
        """Return up to `limit` rows of each target, latest first."""
        return concurrently(lambda target_id: self._latest_of(target_id, limit), target_ids)

    def _latest_of(self, target_id: str, limit: int) -> Sequence[Run] | UnavailableError:
        try:
            return self._query(
                limit,
                KeyConditionExpression="target_id = :target_id",
                ExpressionAttributeValues={":target_id": {"S": target_id}},
            )
        except UnavailableError as error:
            return error
        except ValueError as error:
            # A row of somebody else's making must not hide the other targets from reconcile.
            return UnavailableError(f"a row of {target_id} cannot be read: {error}")

    def _query(self, limit: int, **request: Any) -> Sequence[Run]:
        """Return up to `limit` rows, in as many pages as that takes: one ends at 1 MB, which four long answers fill."""
        found: list[Run] = []
        start: dict[str, Any] = {}
        while len(found) < limit:
            with named_failures():
                page = self._client.query(
                    TableName=self._table, ScanIndexForward=False, Limit=limit - len(found), **request, **start
                )
            found += [run_of(decode_item(typed)) for typed in page["Items"]]
            if "LastEvaluatedKey" not in page:
                break
            start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}
        return found


def _unchanged(held: Run) -> dict[str, TypedItem]:
    assert held.lease_expires_at is not None
    return {
        "status": {"S": held.status.value},
        "attempt": {"N": str(held.attempt)},
        "lease_expires_at": {"S": to_text(held.lease_expires_at)},
    }


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

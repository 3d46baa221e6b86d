"""The Timers table in DynamoDB."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from functions.aws.concurrently import concurrently
from functions.aws.failures import is_refused, named_failures
from functions.aws.items import decode_item, encode, encode_item
from functions.aws.keys import batches
from functions.aws.rows import SWEEPER_SLOT, reconcile_pass_of, reconcile_row
from functions.aws.statements import StatementAnswer, insert, settle, write_together
from functions.aws.typed_rows import is_of_newer_format, timer_of_typed, typed_timer
from functions.ports import UnavailableError, UnreadableTimer
from schedule_model.instants import from_text, to_text
from schedule_model.reconcile_pass import ReconcilePass
from schedule_model.timer import FORMAT, Timer

_KEY = ("slot", "timer_id")
_WATERMARK = {"slot": {"S": SWEEPER_SLOT}, "timer_id": {"S": "watermark"}}
_RECONCILE_PASS = {"slot": {"S": SWEEPER_SLOT}, "timer_id": {"S": "reconcile"}}


class DynamoTimers:
    """Writes, finds and removes timers.

    Args:
        client: boto3's DynamoDB client.
        table: the table's name.
    """

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def put(self, timers: Sequence[Timer]) -> Sequence[UnavailableError | None]:
        """Write each timer unless one of the same or a newer revision is there that this version can read."""
        if len(timers) < 2:
            return [self._put(timer) for timer in timers]
        statements = [insert(self._table, _KEY, typed_timer(timer)) for timer in timers]
        return settle(timers, write_together(self._client, statements), done=None, otherwise=self._written)

    def _written(self, timer: Timer, answer: StatementAnswer) -> UnavailableError | None:
        if isinstance(answer, UnavailableError):
            return answer
        # One that is there already may be of an older revision.
        return self._put(timer)

    def _put(self, timer: Timer) -> UnavailableError | None:
        is_new = "attribute_not_exists(timer_id)"
        is_of_older_revision = "revision < :revision"
        is_unreadable = "(revision = :revision AND #format > :format)"
        try:
            with named_failures():
                self._client.put_item(
                    TableName=self._table,
                    Item=typed_timer(timer),
                    ConditionExpression=f"{is_new} OR {is_of_older_revision} OR {is_unreadable}",
                    ExpressionAttributeNames={"#format": "format"},
                    ExpressionAttributeValues={":revision": {"S": timer.revision}, ":format": {"N": str(FORMAT)}},
                )
        except UnavailableError as error:
            return error
        except ClientError as error:
            if not is_refused(error):
                raise
        return None

    def in_slots(self, slots: Sequence[str]) -> Sequence[Sequence[Timer | UnreadableTimer] | UnavailableError]:
        """Return each slot's timers that wait for their expiry, by due instant."""
        return concurrently(self._in_slot, slots)

    def _in_slot(self, slot: str) -> Sequence[Timer | UnreadableTimer] | UnavailableError:
        try:
            return list(self._pages(slot))
        except UnavailableError as error:
            return error

    def _pages(self, slot: str) -> Iterator[Timer | UnreadableTimer]:
        start: dict[str, Any] = {}
        while True:
            with named_failures():
                page = self._client.query(
                    TableName=self._table,
                    KeyConditionExpression="slot = :slot",
                    FilterExpression="near = :near",
                    ExpressionAttributeValues={":slot": {"S": slot}, ":near": {"BOOL": False}},
                    ConsistentRead=True,
                    **start,
                )
            yield from map(_timer_in, page["Items"])
            if not page.get("LastEvaluatedKey"):
                return
            start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}

    def remove(self, timers: Sequence[Timer]) -> Sequence[UnavailableError | None]:
        """Remove each timer, unless a newer revision has replaced it."""
        return concurrently(self._remove, timers)

    def _remove(self, timer: Timer) -> UnavailableError | None:
        try:
            with named_failures():
                self._client.delete_item(
                    TableName=self._table,
                    Key={"slot": {"S": timer.slot}, "timer_id": {"S": timer.timer_id}},
                    ConditionExpression="revision = :revision",
                    ExpressionAttributeValues={":revision": {"S": timer.revision}},
                )
        except UnavailableError as error:
            return error
        except ClientError as error:
            if not is_refused(error):
                raise
        return None

    def missing(self, timers: Sequence[Timer]) -> Sequence[Timer]:
        """Return those of the timers that are not there, or of an older revision."""
        found: dict[tuple[str, str], str] = {}
        keys = [{"slot": {"S": timer.slot}, "timer_id": {"S": timer.timer_id}} for timer in timers]
        for page in batches(self._client, self._table, keys):
            readable = [typed for typed in page if not is_of_newer_format(typed)]
            found |= {(typed["slot"]["S"], typed["timer_id"]["S"]): typed["revision"]["S"] for typed in readable}
        return [timer for timer in timers if found.get((timer.slot, timer.timer_id), "") < timer.revision]

    def swept_until(self) -> datetime | None:
        """Return the watermark, None on a new stack."""
        with named_failures():
            answer = self._client.get_item(TableName=self._table, Key=_WATERMARK, ConsistentRead=True)
        if "Item" not in answer:
            return None
        return from_text(str(decode_item(answer["Item"])["swept_until"]))

    def save_swept_until(self, instant: datetime) -> None:
        """Move the watermark forward, never back."""
        try:
            with named_failures():
                self._client.put_item(
                    TableName=self._table,
                    Item=_WATERMARK | {"swept_until": {"S": to_text(instant)}},
                    ConditionExpression="attribute_not_exists(slot) OR swept_until < :instant",
                    ExpressionAttributeValues={":instant": encode(to_text(instant))},
                )
        except ClientError as error:
            if not is_refused(error):
                raise

    def reconcile_pass(self) -> ReconcilePass | None:
        """Return how far reconcile has come, None on a new stack."""
        with named_failures():
            answer = self._client.get_item(TableName=self._table, Key=_RECONCILE_PASS)
        if "Item" not in answer:
            return None
        return reconcile_pass_of(decode_item(answer["Item"]))

    def save_reconcile_pass(self, progress: ReconcilePass) -> None:
        """Keep how far reconcile has come."""
        row = _RECONCILE_PASS | encode_item(reconcile_row(progress))
        with named_failures():
            self._client.put_item(TableName=self._table, Item=row)


def _timer_in(row: Mapping[str, Any]) -> Timer | UnreadableTimer:
    try:
        return timer_of_typed(row)
    except ValueError as error:
        # What is no timer never becomes one by waiting, and must not stop the sweep of its slot for ever.
        return UnreadableTimer(row["slot"]["S"], row["timer_id"]["S"], str(error))

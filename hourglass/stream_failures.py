"""Putting back stream records that a function could not get rid of: they are handed to it again, in their order."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from hourglass.errors import answered
from hourglass.redriving import Redriven

_PREFIX = "aws/lambda/"
_PAYLOAD_MAX = 6 * 1024 * 1024
"""Source: Lambda developer guide, "Quotas" (invocation payload, synchronous)."""


@dataclass(frozen=True, slots=True)
class RecordTools:
    """What redriving records needs.

    Attributes:
        s3: boto3's S3 client.
        lambda_: boto3's Lambda client.
        bucket: where Lambda puts what it gave up.
        functions: the names of the functions that read this stack's streams.
    """

    s3: Any
    lambda_: Any
    bucket: str
    functions: frozenset[str]


@dataclass(frozen=True, slots=True)
class Batch:
    """One failed batch: the event, and the function that it is for."""

    function: str
    event: dict[str, Any]


def redrive_records(tools: RecordTools, *, limit: int, dry_run: bool) -> Iterator[Redriven]:
    """Hand up to `limit` batches to their functions again, and yield what became of each.

    An object is deleted only once its function has taken every record. Doing it twice is safe: a plan is never replaced
    by an older one, and a run that is queued twice is carried out once. Costs an S3 list of 1,000 objects, and per
    object an S3 get, an invocation and an S3 delete.

    Source: Lambda, "Retaining discarded records ... in Amazon S3" (key `aws/lambda/<mapping>/<shard>/...`, `payload`).
    """
    for count, key in enumerate(_keys(tools)):
        if count == limit:
            return
        batch = _batch(tools, key)
        if isinstance(batch, str):
            yield Redriven(key, "", "kept", batch)
            continue
        what = f"{len(batch.event['Records'])} records for {batch.function}"
        problem = "" if dry_run else _hand_over(tools, batch)
        if not (problem or dry_run):
            with answered():
                tools.s3.delete_object(Bucket=tools.bucket, Key=key)
        yield Redriven(key, what, "kept" if problem else "resent", problem)


def _keys(tools: RecordTools) -> Iterator[str]:
    """Yield the objects' keys; the time is in them, so that each shard's come in order."""
    start: dict[str, str] = {}
    while True:
        with answered():
            page = tools.s3.list_objects_v2(Bucket=tools.bucket, Prefix=_PREFIX, **start)
        yield from (entry["Key"] for entry in page.get("Contents", ()))
        if not page.get("NextContinuationToken"):
            return
        start = {"ContinuationToken": page["NextContinuationToken"]}


def _batch(tools: RecordTools, key: str) -> Batch | str:
    """Return the batch in an object, or why there is none."""
    with answered():
        text = tools.s3.get_object(Bucket=tools.bucket, Key=key)["Body"].read()
    try:
        content = json.loads(text)
        function = content["requestContext"]["functionArn"].split(":function:")[1].split(":")[0]
        payload = content["payload"]
        event = json.loads(payload) if isinstance(payload, str) else payload
        records = event["Records"]
    except (ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
        return f"is no failed batch with its records ({type(error).__name__}: {error})"
    if function not in tools.functions:
        return f"is for {function}, which reads no stream of this stack"
    return Batch(function, event) if isinstance(records, list) else "has no records"


def _hand_over(tools: RecordTools, batch: Batch) -> str:
    """Return why the function did not take all the records; empty when it did."""
    # As compact as Lambda sent it, or a batch that it once took would be too large for it.
    event = json.dumps(batch.event, ensure_ascii=False, separators=(",", ":")).encode()
    if len(event) > _PAYLOAD_MAX:
        return f"has {len(event)} bytes, and Lambda takes {_PAYLOAD_MAX}; reconcile finds what it told of"
    with answered():
        answer = tools.lambda_.invoke(FunctionName=batch.function, Payload=event)
        said = answer["Payload"].read()
    if "FunctionError" in answer:
        return f"the function failed: {said[:300].decode(errors='replace')}"
    failed = json.loads(said).get("batchItemFailures", ())
    return f"the function could not take {len(failed)} of the records; its log says why" if failed else ""

"""Where stream records go that were given up: the on-failure destination, in the form that AWS documents.

Source: AWS Lambda developer guide, "Retain discarded records for a DynamoDB event source in Lambda": SQS gets
where the records were, S3 gets the records too.
"""

import json
import os
import uuid
from datetime import UTC, datetime
from typing import Any

import botocore.session

from local.engine.retrying import Outcome

SHARD = "shardId-00000000000000000000-00000000"


def send_away(mapping: dict[str, Any], outcome: Outcome) -> None:
    """Deliver the records that `outcome` gave up to the mapping's destination; without one they are dropped."""
    destination = mapping.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination", "")
    invocation = _invocation(mapping, outcome)
    if destination.startswith("arn:aws:s3:"):
        payload = json.dumps({"Records": list(outcome.given_up)})
        body = json.dumps({**invocation, "payload": payload}).encode()
        _client("s3").put_object(Bucket=destination.rpartition(":")[2], Key=_key(mapping), Body=body)
    elif destination.startswith("arn:aws:sqs:"):
        sqs = _client("sqs")
        queue_url = sqs.get_queue_url(QueueName=destination.rpartition(":")[2])["QueueUrl"]
        sqs.send_message(QueueUrl=queue_url, MessageBody=json.dumps(invocation))


def _invocation(mapping: dict[str, Any], outcome: Outcome) -> dict[str, Any]:
    first, last = (outcome.given_up[index]["dynamodb"] for index in (0, -1))
    return {
        "requestContext": {
            "requestId": str(uuid.uuid4()),
            "functionArn": mapping["FunctionArn"],
            "condition": outcome.condition,
        },
        "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
        "version": "1.0",
        "timestamp": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "DDBStreamBatchInfo": {
            "shardId": SHARD,
            "startSequenceNumber": first["SequenceNumber"],
            "endSequenceNumber": last["SequenceNumber"],
            "approximateArrivalOfFirstRecord": _instant(first),
            "approximateArrivalOfLastRecord": _instant(last),
            "batchSize": len(outcome.given_up),
            "streamArn": mapping["EventSourceArn"],
        },
    }


def _key(mapping: dict[str, Any]) -> str:
    now = datetime.now(UTC)
    return f"aws/lambda/{mapping['UUID']}/{SHARD}/{now:%Y/%m/%d/%Y-%m-%dT%H.%M.%S}-{uuid.uuid4()}"


def _instant(change: dict[str, Any]) -> str:
    return datetime.fromtimestamp(change["ApproximateCreationDateTime"], UTC).isoformat().replace("+00:00", "Z")


def _client(service: str) -> Any:
    endpoint = f"http://127.0.0.1:{os.environ['GATEWAY_PORT']}"
    session = botocore.session.get_session()
    keys: dict[str, Any] = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
    return session.create_client(service, region_name=os.environ["MINISTACK_REGION"], endpoint_url=endpoint, **keys)

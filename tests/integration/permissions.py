"""What each function may call, read from the template, and what a call needs."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from local.template_check import transformed

STEPS = ("planner", "dispatcher", "sweeper", "executor", "api")
# Names on moto, and what stands for them in the template.
LOGICAL_IDS = {
    "targets": "TargetsTable",
    "timers": "TimersTable",
    "runs": "RunsTable",
    "keys": "IdempotencyTable",
    "runs-queue": "RunQueue",
    "runs-dead-queue": "RunDeadLetterQueue",
}
# Operations whose permission has another name than their own. Source: Service Authorization Reference, Amazon SQS
# ("SendMessageBatch ... requires permissions for SendMessage") and Amazon DynamoDB (PartiQL).
OTHER_NAMES = {
    "SendMessageBatch": "SendMessage",
    "DeleteMessageBatch": "DeleteMessage",
    "ChangeMessageVisibilityBatch": "ChangeMessageVisibility",
}
PARTIQL = {"SELECT": "PartiQLSelect", "INSERT": "PartiQLInsert", "UPDATE": "PartiQLUpdate", "DELETE": "PartiQLDelete"}
TRANSACT = {"Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem", "ConditionCheck": "ConditionCheckItem"}


@dataclass(frozen=True, order=True)
class Permission:
    """An action on a resource of the stack, such as `dynamodb:PutItem` on `TimersTable`."""

    action: str
    resource: str


@cache
def granted(step: str) -> frozenset[Permission]:
    """Return what the role of a function allows."""
    role = transformed()["Resources"][f"{step.title()}Role"]["Properties"]
    return frozenset(
        Permission(action, _resource_named(resource))
        for policy in role["Policies"]
        for statement in policy["PolicyDocument"]["Statement"]
        for action in _listed(statement["Action"])
        for resource in _listed(statement["Resource"])
    )


def needed_by_lambda(step: str) -> set[Permission]:
    """Return what Lambda does as the function's role, for its log, its event source and what that gives up.

    Source: Lambda developer guide, "Permissions" of DynamoDB streams, SQS and S3 destinations as event sources.
    """
    name = step.title()
    resources = transformed()["Resources"]
    log = resources[f"{name}Function"]["Properties"]["LoggingConfig"]["LogGroup"]["Ref"]
    needed = {Permission(f"logs:{action}", log) for action in ("CreateLogStream", "PutLogEvents")}
    source = resources.get(f"{name}Source", {}).get("Properties")
    if source is None:
        return needed
    origin = source["EventSourceArn"]["Fn::GetAtt"]
    if origin[1] == "Arn":
        actions = ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes")
        return needed | {Permission(f"sqs:{action}", origin[0]) for action in actions}
    stream = f"{origin[0]}/stream"
    needed |= {
        Permission(f"dynamodb:{action}", stream) for action in ("DescribeStream", "GetRecords", "GetShardIterator")
    }
    bucket = source["DestinationConfig"]["OnFailure"]["Destination"]["Fn::GetAtt"][0]
    kept = {
        Permission(f"s3:{action}", part) for action in ("PutObject", "ListBucket") for part in (bucket, f"{bucket}/*")
    }
    return needed | kept | {Permission("dynamodb:ListStreams", f"{stream}/*")}


def needed_by_call(service: str, operation: str, parameters: Mapping[str, Any]) -> set[Permission]:
    """Return what IAM asks of a caller; a resource that is not of the stack keeps its own name."""
    if service == "sqs":
        name = parameters["QueueUrl"].rpartition("/")[2]
        resource = LOGICAL_IDS.get(f"{name}-queue", name)
        return {Permission(f"sqs:{OTHER_NAMES.get(operation, operation)}", resource)}
    if service == "dynamodb":
        return set(_of_dynamodb(operation, parameters))
    raise AssertionError(f"say in {__name__} what {service}:{operation} needs")


def _of_dynamodb(operation: str, parameters: Mapping[str, Any]) -> Iterator[Permission]:
    match parameters:
        case {"Statements": statements} | {"TransactStatements": statements}:
            yield from (_of_partiql(one["Statement"]) for one in statements)
        case {"Statement": statement}:
            yield _of_partiql(statement)
        case {"TransactItems": items}:
            for item in items:
                for kind, request in item.items():
                    yield _on_table(TRANSACT[kind], request["TableName"])
        case {"RequestItems": requests}:
            yield from (_on_table(operation, table) for table in requests)
        case {"TableName": table, "IndexName": index}:
            yield Permission(f"dynamodb:{operation}", f"{LOGICAL_IDS[table]}/index/{index}")
        case {"TableName": table}:
            yield _on_table(operation, table)
        case _:
            raise AssertionError(f"say in {__name__} what dynamodb:{operation} needs")


def _of_partiql(statement: str) -> Permission:
    verb = statement.split(maxsplit=1)[0].upper()
    found = re.search(r'\b(?:FROM|INTO|UPDATE)\s+"([^"]+)"', statement, re.IGNORECASE)
    assert found, f"no table is named in {statement!r}"
    return _on_table(PARTIQL[verb], found[1])


def _on_table(operation: str, table: str) -> Permission:
    return Permission(f"dynamodb:{operation}", LOGICAL_IDS.get(table, table))


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _resource_named(resource: Any) -> str:
    """Return `Table`, `Table/stream`, `Bucket/*` and so on for what the template says of a resource's ARN."""
    match resource:
        case {"Fn::GetAtt": [name, "Arn"]}:
            return str(name)
        case {"Fn::GetAtt": [name, "StreamArn"]}:
            return f"{name}/stream"
        case {"Fn::Sub": str(text)}:
            return text.replace("${", "").replace(".Arn}", "")
    return str(resource)

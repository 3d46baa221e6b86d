"""The tables and queues of template.yaml, as requests that make them on an endpoint."""

from typing import Any

import yaml  # type: ignore[import-untyped]  # it has no types here

from bench.local_stack import DEAD_LETTERS, QUEUE
from local.paths import TEMPLATE

TABLES = {"TargetsTable": "targets", "TimersTable": "timers", "RunsTable": "runs"}


def makings() -> list[tuple[str, dict[str, Any]]]:
    """Return each request's operation and content."""
    resources = yaml.load(TEMPLATE.read_text(), _loader())["Resources"]
    made = []
    for logical_id, name in TABLES.items():
        properties = resources[logical_id]["Properties"]
        kept = {part: properties[part] for part in ("KeySchema", "GlobalSecondaryIndexes") if part in properties}
        made.append(("DynamoDB_20120810.CreateTable", {"TableName": name} | kept))
    return made + [("AmazonSQS.CreateQueue", {"QueueName": name}) for name in (QUEUE, DEAD_LETTERS)]


def _loader() -> type[yaml.SafeLoader]:
    class Loader(yaml.SafeLoader):  # type: ignore[misc]
        """Reads CloudFormation's short tags as nothing."""

    Loader.add_multi_constructor("!", lambda *_: None)
    return Loader

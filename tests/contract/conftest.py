"""What each contract is tried on: memory, and the adapters on moto and on the benches' own endpoint."""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import boto3
import pytest
from moto import mock_aws

from bench.endpoint.server import Endpoint, served
from functions.aws.coming_timers import DynamoComingTimers
from functions.aws.idempotency_keys import DynamoIdempotencyKeys
from functions.aws.queue import SqsRunQueue
from functions.aws.run_history import DynamoRunHistory
from functions.aws.runs import DynamoRuns
from functions.aws.targets import DynamoTargets
from functions.aws.timers import DynamoTimers
from functions.aws.written_targets import DynamoWrittenTargets
from functions.ports import Runs, Targets, Timers
from functions.user_ports import ComingTimers, IdempotencyKeys, RunHistory, WrittenTargets
from tests.contract import partiql
from tests.contract.queues import AwsQueue, EndpointQueue, InMemoryQueue, QueueUnderTest
from tests.contract.template import create_table
from tests.simulation.memory import (
    MemoryComingTimers,
    MemoryIdempotencyKeys,
    MemoryRunHistory,
    MemoryRuns,
    MemoryTargets,
    MemoryTimers,
    MemoryWrittenTargets,
)

_numbers = itertools.count()
IMPLEMENTATIONS = ["memory", "aws", "endpoint"]


@dataclass(frozen=True)
class Aws:
    """Clients of the mock."""

    dynamodb: Any
    sqs: Any


@pytest.fixture(scope="package")
def aws() -> Iterator[Aws]:
    partiql.install()
    with pytest.MonkeyPatch.context() as patch, mock_aws():
        patch.setenv("AWS_ACCESS_KEY_ID", "testing")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
        yield Aws(boto3.client("dynamodb", region_name="eu-central-1"), boto3.client("sqs", region_name="eu-central-1"))


@dataclass(frozen=True)
class Served(Aws):
    """Clients of the benches' own endpoint, and the endpoint itself."""

    endpoint: Endpoint


@pytest.fixture(scope="package")
def endpoint() -> Iterator[Served]:
    endpoint = Endpoint()
    with served(endpoint) as url:
        made = {"endpoint_url": url, "region_name": "eu-central-1"}
        keys = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing"}
        yield Served(boto3.client("dynamodb", **made, **keys), boto3.client("sqs", **made, **keys), endpoint)


@pytest.fixture(params=IMPLEMENTATIONS)
def targets(request: pytest.FixtureRequest) -> Targets:
    if request.param == "memory":
        return MemoryTargets()
    client = request.getfixturevalue(request.param).dynamodb
    return DynamoTargets(client, create_table(client, "TargetsTable", f"targets{next(_numbers)}"))


@pytest.fixture(params=IMPLEMENTATIONS)
def timers(request: pytest.FixtureRequest) -> Timers:
    if request.param == "memory":
        return MemoryTimers()
    client = request.getfixturevalue(request.param).dynamodb
    return DynamoTimers(client, create_table(client, "TimersTable", f"timers{next(_numbers)}"))


@pytest.fixture(params=IMPLEMENTATIONS)
def runs(request: pytest.FixtureRequest) -> Runs:
    if request.param == "memory":
        return MemoryRuns()
    client = request.getfixturevalue(request.param).dynamodb
    return DynamoRuns(client, create_table(client, "RunsTable", f"runs{next(_numbers)}"))


@pytest.fixture(params=IMPLEMENTATIONS)
def written(request: pytest.FixtureRequest) -> WrittenTargets:
    if request.param == "memory":
        return MemoryWrittenTargets()
    client = request.getfixturevalue("aws").dynamodb
    return DynamoWrittenTargets(client, create_table(client, "TargetsTable", f"written{next(_numbers)}"))


@pytest.fixture(params=IMPLEMENTATIONS)
def put_by_hand(request: pytest.FixtureRequest) -> tuple[Callable[[dict[str, Any]], object], WrittenTargets]:
    """What writes a typed item into a Targets table, and the table as users see it."""
    if request.param == "memory":
        memory = MemoryWrittenTargets()
        return memory.table.put, memory
    client = request.getfixturevalue("aws").dynamodb
    table = create_table(client, "TargetsTable", f"spelt{next(_numbers)}")
    return lambda typed: client.put_item(TableName=table, Item=typed), DynamoWrittenTargets(client, table)


@pytest.fixture(params=IMPLEMENTATIONS)
def history(request: pytest.FixtureRequest) -> tuple[Runs, RunHistory]:
    """The two sides of one Runs table."""
    if request.param == "memory":
        rows = MemoryRuns()
        return rows, MemoryRunHistory(rows)
    client = request.getfixturevalue("aws").dynamodb
    table = create_table(client, "RunsTable", f"history{next(_numbers)}")
    return DynamoRuns(client, table), DynamoRunHistory(client, table)


@pytest.fixture(params=IMPLEMENTATIONS)
def coming(request: pytest.FixtureRequest) -> tuple[Timers, ComingTimers]:
    """The two sides of one Timers table."""
    if request.param == "memory":
        table = MemoryTimers()
        return table, MemoryComingTimers(table)
    client = request.getfixturevalue("aws").dynamodb
    name = create_table(client, "TimersTable", f"coming{next(_numbers)}")
    return DynamoTimers(client, name), DynamoComingTimers(client, name)


@pytest.fixture(params=IMPLEMENTATIONS)
def keys(request: pytest.FixtureRequest) -> IdempotencyKeys:
    if request.param == "memory":
        return MemoryIdempotencyKeys()
    client = request.getfixturevalue("aws").dynamodb
    return DynamoIdempotencyKeys(client, create_table(client, "IdempotencyTable", f"keys{next(_numbers)}"))


@pytest.fixture(params=IMPLEMENTATIONS)
def queue(request: pytest.FixtureRequest) -> QueueUnderTest:
    if request.param == "memory":
        return InMemoryQueue()
    found, number = request.getfixturevalue(request.param), next(_numbers)
    urls = [found.sqs.create_queue(QueueName=f"{name}{number}")["QueueUrl"] for name in ("runs", "dead", "own")]
    port = SqsRunQueue(found.sqs, urls[0], urls[1])
    if request.param == "endpoint":
        return EndpointQueue(found.sqs, port, *urls, queues=found.endpoint.queues)
    return AwsQueue(found.sqs, port, *urls)

"""The implementations that each contract is tried on: in memory, and the adapters on an in-process moto."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import boto3
import pytest
from moto import mock_aws

from functions.aws.queue import SqsRunQueue
from functions.aws.runs import DynamoRuns
from functions.aws.targets import DynamoTargets
from functions.aws.timers import DynamoTimers
from functions.ports import Runs, Targets, Timers
from tests.contract import partiql
from tests.contract.queues import AwsQueue, InMemoryQueue, QueueUnderTest
from tests.contract.template import create_table
from tests.simulation.memory import MemoryRuns, MemoryTargets, MemoryTimers

_numbers = itertools.count()
IMPLEMENTATIONS = ["memory", "aws"]


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


@pytest.fixture(params=IMPLEMENTATIONS)
def targets(request: pytest.FixtureRequest) -> Targets:
    if request.param == "memory":
        return MemoryTargets()
    client = request.getfixturevalue("aws").dynamodb
    return DynamoTargets(client, create_table(client, "TargetsTable", f"targets{next(_numbers)}"))


@pytest.fixture(params=IMPLEMENTATIONS)
def timers(request: pytest.FixtureRequest) -> Timers:
    if request.param == "memory":
        return MemoryTimers()
    client = request.getfixturevalue("aws").dynamodb
    return DynamoTimers(client, create_table(client, "TimersTable", f"timers{next(_numbers)}"))


@pytest.fixture(params=IMPLEMENTATIONS)
def runs(request: pytest.FixtureRequest) -> Runs:
    if request.param == "memory":
        return MemoryRuns()
    client = request.getfixturevalue("aws").dynamodb
    return DynamoRuns(client, create_table(client, "RunsTable", f"runs{next(_numbers)}"))


@pytest.fixture(params=IMPLEMENTATIONS)
def queue(request: pytest.FixtureRequest) -> QueueUnderTest:
    if request.param == "memory":
        return InMemoryQueue()
    client, number = request.getfixturevalue("aws").sqs, next(_numbers)
    urls = [client.create_queue(QueueName=f"{name}{number}")["QueueUrl"] for name in ("runs", "dead", "own")]
    return AwsQueue(client, SqsRunQueue(client, urls[0], urls[1]), *urls)

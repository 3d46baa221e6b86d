"""An AWS account on moto's server, for the tests of runners that call AWS."""

from typing import Any

import boto3
import pytest

from functions.aws import clients
from functions.runners.execute import execute
from functions.runners.secrets import Secrets
from schedule_model.clock import SystemClock
from schedule_model.errors import RunnerError
from tests.unit.runners.circumstances import context

ACCOUNT = "123456789012"
REGION = "eu-central-1"
KEY = "homepage/2026-11-20T12:00:00Z"
OCCURRENCE = {"target_id": "homepage", "scheduled_at": "2026-11-20T12:00:00Z", "idempotency_key": KEY}


def clear_clients() -> None:
    clients._make.cache_clear()
    clients._session.cache_clear()


def run(type_name: str, *, attempt: int = 1, **params: object) -> Any:
    circumstances = context(clock=SystemClock(), attempt=attempt)
    result = execute(type_name, params, circumstances, secrets=Secrets())
    assert result is not None
    return result.output


def failure(type_name: str, *, seconds: float = 60, **params: object) -> RunnerError:
    circumstances = context(clock=SystemClock(), seconds=seconds)
    with pytest.raises(RunnerError) as caught:
        execute(type_name, params, circumstances, secrets=Secrets())
    return caught.value


def make_queue(name: str, **attributes: str) -> str:
    return str(boto3.client("sqs").create_queue(QueueName=name, Attributes=attributes)["QueueUrl"])


def received(queue_url: str) -> list[dict[str, Any]]:
    answer = boto3.client("sqs").receive_message(
        QueueUrl=queue_url, MaxNumberOfMessages=10, MessageAttributeNames=["All"], MessageSystemAttributeNames=["All"]
    )
    return list(answer.get("Messages", []))

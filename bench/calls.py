"""The calls that a handler makes, and how long it would take to make them on Lambda."""

import math
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from botocore.client import BaseClient

from bench.prices import BILLED_STEP_S, CPU_PER_ITEM_S, CPU_PER_REQUEST_S, LATENCY_S, THREADS, VCPU_SHARE


@dataclass(frozen=True, slots=True)
class Call:
    """One boto3 call.

    Attributes:
        is_aside: made by a thread beside the handler's own, so that others of its kind go on at the same time.
        items: how many items, statements or messages it is about.
    """

    service: str
    operation: str
    resource: str
    is_aside: bool
    items: int

    @property
    def latency_s(self) -> float:
        """Return how long its answer is taken to need."""
        return LATENCY_S["SQS" if self.service == "sqs" else "DynamoDB"]


def busy_s(call: Call) -> float:
    """Return how much longer one more call makes an invocation; one made aside waits together with others."""
    cpu = (CPU_PER_REQUEST_S + CPU_PER_ITEM_S * call.items) / VCPU_SHARE
    return cpu + call.latency_s / (THREADS if call.is_aside else 1)


@contextmanager
def recorded_calls(enter: Callable[[Call], None]) -> Iterator[None]:
    """Hand every boto3 call of this process to `enter` before it is made."""
    original = BaseClient._make_api_call  # noqa: SLF001  botocore's one place where all calls pass

    def record(client: Any, operation: str, parameters: dict[str, Any]) -> Any:
        aside = threading.current_thread() is not threading.main_thread()
        service = client.meta.service_model.service_name
        enter(Call(service, operation, _resource(parameters), aside, _items(parameters)))
        return original(client, operation, parameters)

    BaseClient._make_api_call = record  # noqa: SLF001
    try:
        yield
    finally:
        BaseClient._make_api_call = original  # noqa: SLF001


def duration_s(calls: Sequence[Call], *, overlapped: bool) -> float:
    """Return how long an invocation that makes these calls lasts, rounded up as Lambda bills it.

    That is the CPU of all calls, on the share of a vCPU that the function has, and the waiting: of one call after the
    other, or, overlapped, of calls of one kind made by several threads at once.
    """
    cpu = sum(CPU_PER_REQUEST_S + CPU_PER_ITEM_S * call.items for call in calls) / VCPU_SHARE
    waiting = 0.0
    for (is_aside, _, _), group in groupby(calls, key=lambda call: (call.is_aside, call.operation, call.resource)):
        made = list(group)
        at_once = THREADS if is_aside and overlapped else 1
        waiting += math.ceil(len(made) / at_once) * made[0].latency_s
    return math.ceil((cpu + waiting) / BILLED_STEP_S) * BILLED_STEP_S


def _resource(parameters: dict[str, Any]) -> str:
    if "TableName" in parameters:
        return str(parameters["TableName"])
    if statements := parameters.get("Statements"):
        return str(statements[0]["Statement"]).split('"')[1]
    return str(parameters.get("QueueUrl") or next(iter(parameters.get("RequestItems", {})), ""))


def _items(parameters: dict[str, Any]) -> int:
    for request in parameters.get("RequestItems", {}).values():
        return len(request["Keys"]) if isinstance(request, dict) else len(request)
    return len(parameters.get("Entries") or parameters.get("Statements") or [None])

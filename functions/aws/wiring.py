"""Makes the ports of a running function, once per process, and wraps a handler for Lambda."""

import gc
import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from random import SystemRandom
from typing import TypeVar

from functions.aws.own_clients import LazyClient, client
from functions.aws.queue import SqsRunQueue
from functions.aws.runs import DynamoRuns
from functions.aws.targets import DynamoTargets
from functions.aws.telemetry import JsonTelemetry
from functions.aws.timers import DynamoTimers
from functions.crew import ThreadCrew
from functions.ports import Ports
from functions.registered_runners import RegisteredRunners
from functions.settings import loop_settings, names
from schedule_model.clock import SystemClock

Response = TypeVar("Response")


@cache
def ports() -> Ports:
    """Return this process's ports; nothing connects before it is first called."""
    clock, stack = SystemClock(), names(os.environ)
    dynamodb, sqs = LazyClient(lambda: client("dynamodb")), LazyClient(lambda: client("sqs"))
    return Ports(
        clock=clock,
        targets=DynamoTargets(dynamodb, stack.targets),
        timers=DynamoTimers(dynamodb, stack.timers),
        runs=DynamoRuns(dynamodb, stack.runs),
        queue=SqsRunQueue(
            sqs, stack.queue_url, stack.dead_letter_queue_url, client_in=lambda region: client("sqs", region)
        ),
        crew=ThreadCrew(clock),
        runners=RegisteredRunners(),
        telemetry=JsonTelemetry(clock, os.environ.get("LOG_LEVEL", "INFO")),
        random=SystemRandom(),
        settings=loop_settings(os.environ),
    )


def serve(
    handle: Callable[[Mapping[str, object], Ports], Response],
) -> Callable[[Mapping[str, object], object], Response]:
    """Return the entry point that Lambda calls: the handler with this process's ports, its metrics handed over."""

    def lambda_handler(event: Mapping[str, object], context: object) -> Response:
        try:
            return handle(event, replace(ports(), ends_at=_ends_at(context)))
        finally:
            ports().telemetry.flush()
            collect_garbage()

    return lambda_handler


def collect_garbage() -> None:
    """Look for garbage from the first invocation's end on, among what is made after it: see functions/__init__.py."""
    if not gc.isenabled():
        gc.freeze()
        gc.enable()


def _ends_at(context: object) -> datetime | None:
    """Return when Lambda cuts this invocation off; None where its context does not tell, as nothing does locally."""
    left_ms = getattr(context, "get_remaining_time_in_millis", None)
    return ports().clock.now() + timedelta(milliseconds=left_ms()) if left_ms is not None else None

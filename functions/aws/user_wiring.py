"""Makes the ports of the HTTP API, once per process, out of those that every function has."""

import os
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from functions.aws.clients import CallSettings, client
from functions.aws.coming_timers import DynamoComingTimers, SqsQueueDepth
from functions.aws.idempotency_keys import DynamoIdempotencyKeys
from functions.aws.run_history import DynamoRunHistory
from functions.aws.wiring import collect_garbage, ports
from functions.aws.written_targets import DynamoWrittenTargets
from functions.settings import names
from functions.user_ports import UserPorts

_CALLS = CallSettings(read_timeout_seconds=3)
"""Three attempts end within the API's 29 s, so that its caller is told."""


@cache
def user_ports() -> UserPorts:
    """Return this process's ports; nothing connects before it is first called."""
    stack, shared, dynamodb = names(os.environ), ports(), client("dynamodb", _CALLS)
    return UserPorts(
        clock=shared.clock,
        targets=DynamoWrittenTargets(dynamodb, stack.targets),
        runs=DynamoRunHistory(dynamodb, stack.runs),
        timers=DynamoComingTimers(dynamodb, stack.timers),
        queue=shared.queue,
        depth=SqsQueueDepth(client("sqs", _CALLS), stack.queue_url),
        keys=DynamoIdempotencyKeys(dynamodb, os.environ.get("IDEMPOTENCY_TABLE", "")),
        runners=shared.runners,
        telemetry=shared.telemetry,
        random=shared.random,
        settings=shared.settings,
    )


def serve_users(
    handle: Callable[[Mapping[str, Any], UserPorts], dict[str, Any]],
) -> Callable[[Mapping[str, Any], object], dict[str, Any]]:
    """Return the entry point that Lambda calls: the handler with this process's ports."""

    def lambda_handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
        try:
            return handle(event, user_ports())
        finally:
            collect_garbage()

    return lambda_handler

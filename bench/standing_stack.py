"""Sets the real stack up on the counting endpoint."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from bench.calls import recorded_calls
from bench.endpoint.server import Endpoint, served
from bench.local_stack import DEAD_LETTERS, QUEUE, Handler, LocalStack, VirtualClock
from bench.template_resources import makings


@contextmanager
def local_stack(**settings: str) -> Iterator[LocalStack]:
    """Make the template's tables and queues on an endpoint, and point this process's handlers to it, once.

    Args:
        settings: environment variables of the functions, such as `SHARDS`.
    """
    clock = VirtualClock()
    endpoint = Endpoint(clock.seconds)
    made = LocalStack(endpoint, clock)
    for target, asked in makings():
        endpoint.answer(target, asked)
    endpoint.database.table("timers").listeners.append(made.heard(made.timer_records, ("slot", "timer_id")))
    endpoint.database.table("targets").listeners.append(made.heard(made.target_records, ("id",)))
    with served(endpoint) as url, recorded_calls(made.enter):
        os.environ.update(_environment(url) | settings)
        made.handlers.update(_handlers(clock))
        yield made


def _environment(url: str) -> dict[str, str]:
    return {
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_REGION": "us-east-1",
        "TARGETS_TABLE": "targets",
        "TIMERS_TABLE": "timers",
        "RUNS_TABLE": "runs",
        "RUN_QUEUE_URL": f"{url}/{QUEUE}",
        "RUN_DEAD_LETTER_QUEUE_URL": f"{url}/{DEAD_LETTERS}",
        "LOG_LEVEL": "INFO",
        "POWERTOOLS_SERVICE_NAME": "hourglass",
        "POWERTOOLS_METRICS_NAMESPACE": "Hourglass",
    }


def _handlers(clock: VirtualClock) -> dict[str, Handler]:
    """Import the entry points now that the environment stands, and give them the clock."""
    from functions.aws import wiring  # noqa: PLC0415

    wiring.SystemClock = lambda: clock  # type: ignore[assignment,misc]  # the one seam of time
    from functions.dispatcher.app import lambda_handler as dispatcher  # noqa: PLC0415
    from functions.executor.app import lambda_handler as executor  # noqa: PLC0415
    from functions.planner.app import lambda_handler as planner  # noqa: PLC0415
    from functions.sweeper.app import lambda_handler as sweeper  # noqa: PLC0415

    return {"planner": planner, "dispatcher": dispatcher, "sweeper": sweeper, "executor": executor}

"""The second half of `make run`, in our own environment: the engine, the stack, the demo and the board."""

import math
import os
import sys
import time
from argparse import Namespace
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime
from typing import NoReturn

from botocore.exceptions import BotoCoreError, ClientError

from local import options
from local.board import board
from local.demo import demo_server, demo_targets, write
from local.engine_process import REGION, Engine
from local.failure import LocalError, line_of
from local.feed import Feed
from local.parameters import check_parameters
from local.paths import ROOT, STACK_FILE
from local.processes import check_not_abandoned, when_told_to_stop
from local.stack import Stack, profile_parameters
from local.standing import stack_up
from local.target_files import read_targets

_TICK_SECONDS = 0.2


def main(arguments: Sequence[str]) -> int:
    """Run until asked to stop or until `--for` is over; return the exit code."""
    asked = options.parse(arguments)
    when_told_to_stop(_stop)
    try:
        with ExitStack() as open_things:
            with suppress(KeyboardInterrupt):
                _run(asked, open_things)
            print("stopping ...", file=sys.stderr, flush=True)
    except (LocalError, OSError, ClientError, BotoCoreError) as error:
        print(f"hourglass: {line_of(error)}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        pass
    _tell("stopped; nothing is left running")
    return 0


def _run(asked: Namespace, open_things: ExitStack) -> None:
    # A run that was killed outright left its own behind.
    STACK_FILE.unlink(missing_ok=True)
    check_parameters(asked.parameters)
    targets = read_targets(asked.target_files)
    running, deployed = open_things.enter_context(
        stack_up(port=asked.port, ttl_lag=asked.ttl_lag, parameters=asked.parameters, tell=_tell)
    )
    open_things.enter_context(_published(deployed))
    if asked.with_demo:
        server = open_things.enter_context(demo_server())
        lead_seconds = math.ceil(float((profile_parameters() | dict(asked.parameters))["LeadSeconds"]))
        targets += demo_targets(server, asked.url, lead_seconds=lead_seconds, now=datetime.now(UTC))
    write(targets, deployed)
    print(_how_to_write_a_target(deployed), flush=True)
    _show(deployed, running, asked.for_seconds)


def _show(deployed: Stack, running: Engine, for_seconds: float | None) -> None:
    feed, until = Feed(deployed), time.monotonic() + (for_seconds if for_seconds is not None else float("inf"))
    with board() as shown:
        while time.monotonic() < until:
            if running.process.poll() is not None:
                raise LocalError(f"the engine ended by itself: {running.last_line()}")
            check_not_abandoned()
            shown.show(feed, feed.read())
            time.sleep(_TICK_SECONDS)


@contextmanager
def _published(deployed: Stack) -> Iterator[None]:
    deployed.publish()
    try:
        yield
    finally:
        STACK_FILE.unlink(missing_ok=True)


def _how_to_write_a_target(deployed: Stack) -> str:
    return f"""
Write a target from another shell; any credentials do, these are made up:

  export AWS_ENDPOINT_URL={deployed.endpoint} AWS_DEFAULT_REGION={REGION}
  export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test TARGETS_TABLE={deployed.outputs["TargetsTable"]}
  aws dynamodb put-item --table-name "$TARGETS_TABLE" --item '{{
    "id": {{"S": "mine"}}, "type": {{"S": "echo"}}, "schedule": {{"S": "rate(1 minute)"}},
    "params": {{"M": {{"message": {{"S": "hello"}}}}}}, "active": {{"BOOL": true}}}}'

or, without the aws command:

  {os.path.relpath(sys.executable, ROOT)} \\
    -c 'import boto3, os; boto3.resource("dynamodb").Table(os.environ["TARGETS_TABLE"]).put_item(Item={{
    "id": "mine", "type": "echo", "schedule": "rate(1 minute)", "params": {{"message": "hello"}}, "active": True}})'
{_other_ways(deployed)}
Ctrl-C stops everything.
"""


def _other_ways(deployed: Stack) -> str:
    command = "or with the command, from this folder (`pip install .` installs it): hourglass --help\n"
    if url := deployed.outputs.get("ApiUrl"):
        return f"\n{command}or over HTTP at {url} (its operations: {url}/docs)\n"
    return f"\n{command}"


def _tell(line: str) -> None:
    print(line, flush=True)


def _stop(*_: object) -> NoReturn:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""The second half of `make run`, in our own environment: the engine, the stack, the demo and the board."""

import os
import shutil
import signal
import subprocess
import sys
import time
from argparse import Namespace
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NoReturn

from botocore.exceptions import BotoCoreError, ClientError

from local import options, stack
from local.board import board
from local.demo import demo_server, write_demo
from local.engine_process import REGION, Engine, engine, last_line
from local.failure import LocalError
from local.feed import Feed
from local.interpreters import LAMBDA_VERSION, find_lambda_python
from local.paths import LOCAL, ROOT, STACK_FILE

_TICK_SECONDS = 0.2


def main(arguments: Sequence[str]) -> int:
    """Run until asked to stop or until `--for` is over; return the exit code."""
    asked = options.parse(arguments)
    signal.signal(signal.SIGTERM, _stop)
    try:
        with ExitStack() as open_things:
            _run(asked, open_things)
    except (LocalError, OSError, ClientError, BotoCoreError) as error:
        print(f"hourglass: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        pass
    _tell("stopped; nothing is left running")
    return 0


def _run(asked: Namespace, open_things: ExitStack) -> None:
    started = time.monotonic()
    function_python = _function_python()
    _tell(f"engine: starting on 127.0.0.1:{asked.port}; TTL is emulated, {asked.ttl_lag:g} s late")
    running = open_things.enter_context(engine(port=asked.port, ttl_lag=asked.ttl_lag, function_python=function_python))
    _tell("stack: building and deploying template.yaml with the SAM CLI")
    deployed = _deploy(running, function_python, asked)
    open_things.enter_context(_published(deployed))
    _tell(f"stack: up after {time.monotonic() - started:.0f} s; its names are in .local/stack.json")
    if asked.with_demo:
        server = open_things.enter_context(demo_server())
        lead_seconds = int(dict(asked.parameters).get("LeadSeconds") or stack.profile_parameters()["LeadSeconds"])
        write_demo(deployed, server, asked.url, lead_seconds=lead_seconds)
    print(_how_to_write_a_target(deployed), flush=True)
    _show(deployed, running, asked.for_seconds)


def _deploy(running: Engine, function_python: Path, asked: Namespace) -> stack.Stack:
    """Build while the engine starts, then deploy."""
    with ThreadPoolExecutor(1) as threads:
        ready = threads.submit(running.wait_until_ready)
        built = stack.build(function_python)
        ready.result()
    return stack.deploy(built, running.endpoint, asked.parameters)


def _show(deployed: stack.Stack, running: Engine, for_seconds: float | None) -> None:
    feed, until = Feed(deployed), time.monotonic() + (for_seconds if for_seconds is not None else float("inf"))
    parent = os.getppid()
    with board() as shown:
        while time.monotonic() < until:
            if running.process.poll() is not None:
                raise LocalError(f"the engine ended by itself: {last_line()}")
            if "MAKELEVEL" in os.environ and os.getppid() != parent:
                # make was killed outright, so nobody is left who could stop us.
                return
            shown.show(feed, feed.read())
            time.sleep(_TICK_SECONDS)


def _function_python() -> Path:
    """Return an interpreter without any libraries of its own for the functions to run on, and say which."""
    found = find_lambda_python()
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    if found is None:
        found = Path(getattr(sys, "_base_executable", sys.executable))
        _tell(
            f"functions: run on this machine's Python {version}, for it has no {LAMBDA_VERSION}, which AWS runs them on"
        )
    else:
        version = LAMBDA_VERSION
        _tell(f"functions: run on Python {version}, as on AWS")
    folder = LOCAL / "environments" / f"functions-{version}"
    python = folder / "bin" / "python"
    if not python.exists():
        shutil.rmtree(folder, ignore_errors=True)
        # pip stays: it is what installs the artefact's wheels for this very interpreter.
        subprocess.run([str(found), "-m", "venv", "--without-pip", str(folder)], check=True, capture_output=True)
    return python


@contextmanager
def _published(deployed: stack.Stack) -> Iterator[None]:
    deployed.publish()
    try:
        yield
    finally:
        STACK_FILE.unlink(missing_ok=True)


def _how_to_write_a_target(deployed: stack.Stack) -> str:
    table = deployed.outputs["TargetsTable"]
    return f"""
Write a target from another shell; any credentials do, these are made up:

  export AWS_ENDPOINT_URL={deployed.endpoint} AWS_DEFAULT_REGION={REGION}
  export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test
  aws dynamodb put-item --table-name {table} --item '{{
    "id": {{"S": "mine"}}, "type": {{"S": "echo"}}, "schedule": {{"S": "rate(1 minute)"}},
    "params": {{"M": {{"message": {{"S": "hello"}}}}}}, "active": {{"BOOL": true}}}}'

or, without the aws command:

  {os.path.relpath(sys.executable, ROOT)} -c 'import boto3
  boto3.resource("dynamodb").Table("{table}").put_item(Item={{
    "id": "mine", "type": "echo", "schedule": "rate(1 minute)", "params": {{"message": "hello"}}, "active": True}})'

Ctrl-C stops everything.
"""


def _tell(line: str) -> None:
    print(line, flush=True)


def _stop(*_: object) -> NoReturn:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""The client and the command line on the stack that moto plays, where time passes while something waits for it."""

import io
import json
from collections import Counter
from functools import cache
from random import Random

import boto3
import pytest
from click.testing import CliRunner

from hourglass import Hourglass, Stack
from hourglass.cli.app import hourglass as command
from hourglass.cli.session import Session
from schedule_model.settings import LoopSettings
from tests.integration.moto_stack import REGION

BUCKET = "stream-failures"


class LivelyClock:
    """The stack's clock; whoever waits lets everything happen that happens meanwhile."""

    def __init__(self, stack):
        self._stack = stack

    def now(self):
        return self._stack.clock.now()

    def wait_until(self, instant):
        self._stack.go_on_until(instant)


class FunctionsInProcess:
    """Lambda's `invoke`, which moto does only with Docker: hands the event to an entry point of this process."""

    def __init__(self, stack, handlers):
        self._stack = stack
        self._handlers = handlers

    def invoke(self, FunctionName, Payload):  # noqa: N803 - boto3 names them so
        answer = self._stack.call(self._handlers[FunctionName], json.loads(Payload))
        return {"Payload": io.BytesIO(json.dumps(answer).encode())}


@cache
def boto3_session():
    """Return one session for all tests, since each reads its service models anew."""
    return boto3.Session("testing", "testing", region_name=REGION)


@pytest.fixture
def hooks(stack):
    """Hook functions into what the client calls, until the test is over."""
    events, hooked = boto3_session().events, []

    def hook(name, function):
        events.register(name, function)
        hooked.append((name, function))

    # moto's long polling waits for a clock that stands still here, and the stack hears only of its own writes.
    hook("before-parameter-build.sqs.ReceiveMessage", lambda params, **_: params.update(WaitTimeSeconds=0))
    hook("after-call.dynamodb", lambda **_: stack._hear())
    yield hook
    for name, function in hooked:
        events.unregister(name, function)


@pytest.fixture
def session(hooks):
    return boto3_session()


@pytest.fixture
def calls(hooks):
    """Count the calls that the client makes, by operation."""
    counted = Counter()
    hooks("before-call", lambda model, **_: counted.update([model.name]))
    return counted


@pytest.fixture
def client(stack, session, calls):
    outputs = {
        "TargetsTable": "targets",
        "TimersTable": "timers",
        "RunsTable": "runs",
        "RunQueueUrl": stack.queue_url,
        "RunDeadLetterQueueUrl": stack.dead_letter_queue_url,
        "StreamFailureBucket": BUCKET,
        "PlannerFunction": "planner",
        "DispatcherFunction": "dispatcher",
        "SweeperFunction": "sweeper",
        "ExecutorFunction": "executor",
    }
    session.client("s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    made = Hourglass(session, stack=Stack("test", outputs, region=REGION), clock=LivelyClock(stack), random=Random(7))
    made._connection.settings = LoopSettings(shards=2)
    calls.clear()
    return made


@pytest.fixture
def run_command(client):
    """Call the command line; return its exit code, and what it wrote to stdout and to stderr."""

    def call(*arguments, text=None):
        made = Session(clock=client.clock, connect=lambda _: client)
        result = CliRunner().invoke(command, arguments, input=text, obj=made, prog_name="hourglass")
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        # The handlers write their metrics to stdout, in this process.
        lines = [line for line in result.stdout.splitlines(keepends=True) if not line.startswith('{"_aws"')]
        return result.exit_code, "".join(lines), result.stderr

    return call

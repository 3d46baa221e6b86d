"""A stack on the embedded engine for all end-to-end tests, made once, on a port of its own."""

import socket

import pytest

from local import environments
from local.standing import stack_up

TTL_LAG_SECONDS = 2.0


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="session")
def engine_and_stack():
    environments.make([environments.SAM, environments.ENGINE], print)
    with stack_up(port=free_port(), ttl_lag=TTL_LAG_SECONDS, parameters=[], tell=print) as standing:
        yield standing


@pytest.fixture(scope="session")
def engine(engine_and_stack):
    """The engine's process and its log."""
    return engine_and_stack[0]


@pytest.fixture(scope="session")
def stack(engine_and_stack):
    """The deployed stack: `stack.outputs["TargetsTable"]`, `stack.client("dynamodb")`."""
    return engine_and_stack[1]

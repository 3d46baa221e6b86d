"""The HTTP API on the stack that moto plays, called as API Gateway calls it."""

import json
from collections import Counter

import pytest

from functions.api.app import lambda_handler
from tests.http_events import answer_of, request_event
from tests.integration.moto_stack import client


@pytest.fixture
def hooks(stack):
    """Hook functions into what the API calls, until the test is over."""
    hooked = []

    def hook(name, function):
        for service in ("dynamodb", "sqs"):
            client(service).meta.events.register(name, function)
            hooked.append((service, name, function))

    yield hook
    for service, name, function in hooked:
        client(service).meta.events.unregister(name, function)


@pytest.fixture
def calls(hooks):
    """Count the calls that the API makes, by operation."""
    counted = Counter()
    hooks("before-call", lambda model, **_: counted.update([model.name]))
    return counted


@pytest.fixture
def http(stack):
    """Send a request; a dict as body goes as JSON, and headers are keywords with underscores."""

    def send(method, url, body=None, *, caller="arn:aws:iam::123456789012:user/alice", **headers):
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if body is not None:
            named.setdefault("Content-Type", "application/json")
        content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        event = request_event(method, url, body=content, headers=named, caller=caller)
        return answer_of(stack.call(lambda_handler, event))

    return send

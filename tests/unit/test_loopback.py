"""An HTTP proxy of the user's network is not asked for what runs on this machine."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import boto3
import pytest

from hourglass.connection import Connection
from hourglass.stack import Stack
from local.loopback import reach_directly


@pytest.mark.parametrize(
    ("said", "becomes"),
    [
        ({}, "127.0.0.1,localhost"),
        ({"NO_PROXY": "intra.example, localhost"}, "intra.example,localhost,127.0.0.1"),
        ({"no_proxy": "intra.example"}, "intra.example,127.0.0.1,localhost"),
        ({"NO_PROXY": "", "no_proxy": "intra.example"}, "intra.example,127.0.0.1,localhost"),
    ],
)
def test_this_machine_is_among_the_hosts_that_no_proxy_is_asked_for(said: dict[str, str], becomes: str) -> None:
    reach_directly(said)

    assert said == {"NO_PROXY": becomes, "no_proxy": becomes}


class _Settings(BaseHTTPRequestHandler):
    """Answers what Lambda says of a function."""

    def do_GET(self) -> None:
        body = json.dumps({"Environment": {"Variables": {"LEAD_SECONDS": "1500"}}}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002  of the base class
        """Say nothing."""


@pytest.fixture
def endpoint() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), _Settings) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_the_client_of_a_local_stack_asks_no_proxy(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    stack = Stack(name="hourglass", region="us-east-1", outputs={"PlannerFunction": "planner"}, endpoint=endpoint)

    assert Connection(boto3.Session(), stack).settings.lead.total_seconds() == 1500

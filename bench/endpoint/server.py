"""The endpoint itself: HTTP or HTTPS on loopback, in the JSON protocols of DynamoDB and SQS."""

import json
import socket
import ssl
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from bench.endpoint.database import Database
from bench.endpoint.errors import EndpointError
from bench.endpoint.ledger import Ledger, Units
from bench.endpoint.queues import Queues


class Endpoint:
    """A DynamoDB and an SQS that share a ledger, and a Step Functions that starts nothing.

    Args:
        now: epoch seconds, for the queues' delays.
    """

    def __init__(self, now: Callable[[], float] = time.time) -> None:
        self.ledger = Ledger()
        self.database = Database(self.ledger)
        self.queues = Queues(self.ledger, now)
        self._lock = threading.Lock()

    def answer(self, target: str, asked: dict[str, Any]) -> dict[str, Any]:
        """Carry out the operation that `X-Amz-Target` names, one at a time.

        Raises:
            EndpointError: the service's own answer.
        """
        service, _, operation = target.partition(".")
        with self._lock:
            if service.startswith("DynamoDB"):
                return self.database.answer(operation, asked)
            if service == "AWSStepFunctions":
                self.ledger.enter(operation, "workflow", Units())
                return {"executionArn": "arn:aws:states:us-east-1:123456789012:execution:run:1", "startDate": 0}
            return self.queues.answer(operation, asked)


@contextmanager
def served(endpoint: Endpoint, certificate: Path | None = None) -> Iterator[str]:
    """Serve on a free port of loopback and give the URL; HTTPS with a file that holds certificate and key."""
    server = _Server(("127.0.0.1", 0), _handler(endpoint))
    scheme = "http"
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        scheme = "https"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"{scheme}://localhost:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128


def _handler(endpoint: Endpoint) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        """Answers one connection's requests."""

        protocol_version = "HTTP/1.1"
        wbufsize = -1

        def setup(self) -> None:
            """Send answers at once, small as they are."""
            super().setup()
            self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

        def do_POST(self) -> None:
            """Answer one request."""
            body = self.rfile.read(int(self.headers["Content-Length"]))
            asked = json.loads(body or b"{}")
            target = self.headers["X-Amz-Target"]
            try:
                status, answer = 200, endpoint.answer(target, asked)
            except EndpointError as error:
                status, answer = 400, {"__type": f"com.amazon#{error.code}", "message": str(error)} | error.content
            self._send(status, json.dumps(answer).encode())

        def _send(self, status: int, body: bytes) -> None:
            self.send_response_only(status)
            self.send_header("Content-Type", "application/x-amz-json-1.0")
            self.send_header("x-amz-crc32", str(zlib.crc32(body)))
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            # A handler that was ended meanwhile does not wait for its answers.
            with suppress(BrokenPipeError, ConnectionResetError):
                self.wfile.write(body)
                self.wfile.flush()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    return Handler

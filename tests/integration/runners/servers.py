"""Real HTTP and TLS servers on loopback, as counterparts of the runners that speak to other hosts."""

import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


@dataclass(frozen=True)
class Received:
    """A request as the server saw it; header names in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


class Listener(ThreadingHTTPServer):
    """Keeps quiet about clients that hang up or distrust it, which several tests want."""

    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """Keep the test's output clean."""


Answer = Callable[[Received, "Handler"], None]


@dataclass
class Server:
    """A running server: where it listens, what it received, and what it answers."""

    port: int
    scheme: str
    received: list[Received] = field(default_factory=list)
    answers: dict[str, Answer] = field(default_factory=dict)

    def url(self, path: str = "/", host: str = "127.0.0.1") -> str:
        return f"{self.scheme}://{host}:{self.port}{path}"


class Handler(BaseHTTPRequestHandler):
    """Answers from the server's table by path, 200 and "ok" otherwise."""

    protocol_version = "HTTP/1.1"
    owner: Server

    def answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        received = Received(self.command, self.path, headers, body)
        self.owner.received.append(received)
        try:
            self.owner.answers.get(self.path.partition("?")[0], reply())(received, self)
        except OSError:
            # The client under test may hang up; that is its right.
            self.close_connection = True

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = answer  # noqa: N815  # http.server finds them by name

    def log_message(self, *_: object) -> None:
        """Keep the test's output clean."""


def reply(status: int = 200, body: bytes = b"ok", **headers: str) -> Answer:
    """Return an answer with these headers; underscores in their names stand for dashes."""

    def answer(received: Received, handler: Handler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        if received.method != "HEAD":
            handler.wfile.write(body)

    return answer


@contextmanager
def serve(certificate: Path | None = None) -> Iterator[Server]:
    """Run a server on a free loopback port; with TLS if a PEM file with certificate and key is given."""
    listener = Listener(("127.0.0.1", 0), Handler)
    server = Server(listener.server_address[1], "https" if certificate else "http")
    listener.RequestHandlerClass = type("Bound", (Handler,), {"owner": server})
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        listener.socket = context.wrap_socket(listener.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        listener.shutdown()
        listener.server_close()
        thread.join()

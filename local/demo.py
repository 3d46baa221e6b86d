"""Targets that show each way through the loop, and the small server that some of them request."""

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from boto3.dynamodb.types import TypeSerializer

from local.stack import Stack


class _Handler(BaseHTTPRequestHandler):
    """Answers 200, and 500 for /broken."""

    def do_GET(self) -> None:
        """Answer one request."""
        body = b"out of order\n" if self.path == "/broken" else b"all is well\n"
        self.send_response(500 if self.path == "/broken" else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
        """Say nothing: the runs tell it all."""


@contextmanager
def demo_server() -> Iterator[str]:
    """Serve on a free port of 127.0.0.1 and give the server's address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def demo_targets(server: str, url: str | None, *, lead_seconds: int, now: datetime) -> list[dict[str, Any]]:
    """Return one target per way through the loop.

    Args:
        server: address of the demo server.
        url: what the http target requests; None for the demo server.
        lead_seconds: a target with a longer period goes through TTL, all others are near.
        now: what the one-off target's instant is counted from.
    """
    once_at = (now + timedelta(seconds=45)).strftime("%Y-%m-%dT%H:%M:%S")
    return [
        {"id": "near", "type": "echo", "schedule": "rate(20 seconds)", "params": {"message": "every 20 seconds"}},
        {"id": "homepage", "type": "http", "schedule": "rate(30 seconds)", "params": {"url": url or f"{server}/"}},
        {"id": "once", "type": "echo", "schedule": f"at({once_at})", "params": {"message": "only now"}},
        {
            "id": "failing",
            "type": "http",
            "schedule": "rate(60 seconds)",
            "params": {"url": f"{server}/broken"},
            "retry": {"max_attempts": 3, "backoff_seconds": 3},
        },
        {
            "id": "through-ttl",
            "type": "echo",
            "schedule": f"rate({lead_seconds + 20} seconds)",
            "params": {"message": "its timer waits for TTL"},
        },
    ]


def write(targets: Sequence[Mapping[str, Any]], stack: Stack) -> None:
    """Write targets as any user would: with put_item and nothing else."""
    dynamodb, serialize = stack.client("dynamodb"), TypeSerializer().serialize
    for target in targets:
        item = {name: serialize(value) for name, value in target.items()}
        dynamodb.put_item(TableName=stack.outputs["TargetsTable"], Item=item)

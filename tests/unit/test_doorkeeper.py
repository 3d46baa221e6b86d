"""Who may ask the local engine."""

import asyncio
from typing import Any

import pytest

from local.engine.doorkeeper import guarded, refusal

HERE = "127.0.0.1:4566"
TAKEN = {
    "a program": {"host": HERE},
    "a program of HTTP/1.0, which names no host": {},
    "a program by the other name": {"host": "localhost:4566"},
    "a bucket by its name": {"host": "bucket.localhost:4566"},
    "this machine's other address": {"host": "[::1]:4566"},
    "the API's own pages": {"host": HERE, "origin": f"http://{HERE}", "sec-fetch-site": "same-origin"},
    "a frontend on this machine": {"host": HERE, "origin": "http://localhost:3000", "sec-fetch-site": "cross-site"},
    "an address that was typed": {"host": HERE, "sec-fetch-site": "none"},
}
REFUSED = {
    "a page from elsewhere": {"host": HERE, "origin": "https://evil.example", "sec-fetch-site": "cross-site"},
    "a page in a sandbox": {"host": HERE, "origin": "null"},
    "an origin that is none": {"host": HERE, "origin": "http://[", "sec-fetch-site": "cross-site"},
    "an image in a page from elsewhere": {"host": HERE, "sec-fetch-site": "cross-site"},
    "a name that was made to point here": {"host": "evil.example:4566"},
    "a name that only begins as this machine's": {"host": "localhost.evil.example"},
    "an origin that only begins so": {"host": HERE, "origin": "http://127.0.0.1.evil.example"},
}


def raw(headers: dict[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.encode(), value.encode()) for name, value in headers.items()]


@pytest.mark.parametrize("headers", TAKEN.values(), ids=TAKEN)
def test_what_comes_from_this_machine_is_taken(headers: dict[str, str]) -> None:
    assert refusal(raw(headers)) == ""


@pytest.mark.parametrize("headers", REFUSED.values(), ids=REFUSED)
def test_what_comes_from_elsewhere_is_refused(headers: dict[str, str]) -> None:
    assert refusal(raw(headers))


@pytest.mark.parametrize(
    ("kind", "headers", "sent"),
    [
        ("http", TAKEN["a program"], ["answer"]),
        ("http", REFUSED["a page from elsewhere"], ["http.response.start", "http.response.body"]),
        ("websocket", REFUSED["a page from elsewhere"], ["websocket.close"]),
        ("lifespan", {}, ["answer"]),
    ],
)
def test_the_engine_itself_hears_nothing_of_what_is_refused(
    kind: str, headers: dict[str, str], sent: list[str]
) -> None:
    messages: list[dict[str, Any]] = []

    async def engine(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "answer"})

    async def send(message: dict[str, Any]) -> None:
        messages.append(message)

    scope = {"type": kind} | ({} if kind == "lifespan" else {"headers": raw(headers)})
    asyncio.run(guarded(engine)(scope, None, send))

    assert [message["type"] for message in messages] == sent
    assert messages[0].get("status", 403) == 403

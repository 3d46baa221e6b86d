"""Who may ask the engine: programs on this machine, and pages that this machine serves; no page from elsewhere.

The engine as published lets every page in a browser on this machine call it, and whoever calls it may deploy code.
"""

from collections.abc import Awaitable, Callable, Iterable
from typing import Any
from urllib.parse import urlsplit

App = Callable[[Any, Any, Any], Awaitable[None]]
_HERE = ("127.0.0.1", "localhost", "::1")


def guarded(app: App) -> App:
    """Return the ASGI application behind a door that pages from elsewhere do not pass."""

    async def ask(scope: Any, receive: Any, send: Any) -> None:
        reason = refusal(scope["headers"]) if scope["type"] in ("http", "websocket") else ""
        if not reason:
            await app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            headers = [(b"content-type", b"text/plain; charset=utf-8")]
            await send({"type": "http.response.start", "status": 403, "headers": headers})
            await send({"type": "http.response.body", "body": f"{reason}\n".encode()})

    return ask


def refusal(headers: Iterable[tuple[bytes, bytes]]) -> str:
    """Return why a request is refused; empty where it is not.

    A browser tells the page that asks (`Origin`) where more than reading is asked for, and else how far it is away
    (`Sec-Fetch-Site`). A name that somebody makes point to this machine is told as `Host`.

    Source: Fetch standard, "Origin header"; Fetch Metadata Request Headers, "Sec-Fetch-Site".
    """
    said = {name.lower(): value.decode("latin-1") for name, value in headers}
    host, origin = said.get(b"host", ""), said.get(b"origin")
    if host and not _is_here(f"//{host}"):
        return f"the engine answers as 127.0.0.1 or localhost alone, not as {host}"
    if origin is not None and not _is_here(origin):
        return f"a page of {origin} may not call the engine; only one that this machine serves may"
    if origin is None and said.get(b"sec-fetch-site") == "cross-site":
        return "another page may not lead to the engine; type the address, or open it from a page of this machine"
    return ""


def _is_here(url: str) -> bool:
    try:
        name = urlsplit(url).hostname or ""
    except ValueError:
        return False
    # Browsers and resolvers take every name below localhost for this machine; buckets are asked for so.
    return name in _HERE or name.endswith(".localhost")

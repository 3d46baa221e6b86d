"""HTTP requests as API Gateway's HTTP API hands them to a function, payload format 2.0, and the answers it takes."""

import base64
import gzip
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

CALLER = "arn:aws:iam::123456789012:user/alice"
TEXT_TYPES = ("application/json", "application/xml", "application/javascript", "text/")


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    content: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.content)

    @property
    def fields_at_fault(self) -> list[str]:
        return [error["field"] for error in self.json["errors"]]


def request_event(
    method: str, url: str, *, body: bytes = b"", headers: dict[str, str] | None = None, caller: str = CALLER
) -> dict[str, Any]:
    """Return the event of a request; the path comes decoded, as HTTP APIs hand it over."""
    parts = urlsplit(url)
    given = {name.lower(): value for name, value in (headers or {}).items()}
    content_type = given.get("content-type", "")
    is_text = content_type.startswith(TEXT_TYPES)
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": unquote(parts.path),
        "rawQueryString": parts.query,
        "headers": given,
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "abcd1234",
            "authorizer": {"iam": {"userArn": caller}},
            "domainName": "abcd1234.execute-api.eu-central-1.amazonaws.com",
            "http": {
                "method": method,
                "path": unquote(parts.path),
                "protocol": "HTTP/1.1",
                "sourceIp": "127.0.0.1",
                "userAgent": given.get("user-agent", ""),
            },
            "requestId": "JKJaXmPLvHcESHA=",
            "routeKey": "$default",
            "stage": "$default",
            "time": "20/Nov/2026:12:00:00 +0000",
            "timeEpoch": 1795176000000,
        },
        "isBase64Encoded": bool(body) and not is_text,
    }
    if body:
        event["body"] = body.decode(errors="replace") if is_text else base64.b64encode(body).decode()
    if parts.query:
        event["queryStringParameters"] = _joined(parse_qsl(parts.query, keep_blank_values=True))
    return event


def _joined(pairs: list[tuple[str, str]]) -> dict[str, str]:
    joined: dict[str, str] = {}
    for name, value in pairs:
        joined[name] = f"{joined[name]},{value}" if name in joined else value
    return joined


def answer_of(response: dict[str, Any]) -> Answer:
    """Return the answer that API Gateway makes of what the function returned."""
    body = response.get("body") or ""
    content = base64.b64decode(body) if response.get("isBase64Encoded") else body.encode()
    headers = dict(response.get("headers") or {})
    if headers.get("Content-Encoding") == "gzip":
        content = gzip.decompress(content)
    return Answer(int(response["statusCode"]), headers, content)

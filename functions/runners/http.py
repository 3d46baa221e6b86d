"""Type `http`: sends one request and judges its status."""

import http.client
import json
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Annotated, Literal
from urllib.parse import quote, urljoin

from pydantic import AfterValidator, Field, JsonValue, model_validator

from functions.runners.contract import RunContext, RunnerParams
from functions.runners.network.connection import Lookup, dialer, look_up
from functions.runners.network.exchange import (
    Address,
    Request,
    Response,
    WebUrl,
    failure,
    parse,
    read_body,
    send,
)
from functions.runners.network.retry_after import read_retry_after, told
from schedule_model.errors import RunnerError
from schedule_model.run_result import RunResult
from schedule_model.version import USER_AGENT

RECORDED_CHARACTERS_MAX = 16_384
_CORRECT = "correct the request or params.expected_status"
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
# On the way to another origin only these headers are sent on: any other may hold a credential.
_SENT_ANYWHERE = frozenset({"accept", "accept-language", "content-type", "idempotency-key", "user-agent"})
_SET_BY_US = frozenset({"host", "connection", "content-length", "transfer-encoding", "te", "trailer", "upgrade"})
_TOKEN_CHARACTERS = frozenset("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")


def _header_name_rule(name: str) -> str:
    if not name or not set(name) <= _TOKEN_CHARACTERS:
        raise ValueError("is not a header name; write letters, digits and dashes")
    if name.lower() in _SET_BY_US:
        raise ValueError("is set by the runner; leave it out")
    return name


def _header_value_rule(value: str) -> str:
    if any(ord(character) > 255 or character in "\r\n\0" for character in value):
        raise ValueError("has a line break or a character beyond Latin-1; take it out or encode it")
    return value


def _status_rule(expected: JsonValue) -> JsonValue:
    for part in _parts(expected):
        _range_of(part)
    return expected


class Params(RunnerParams):
    """What to request and what to expect.

    Attributes:
        url: http or https, without credentials.
        method: a GET or HEAD has no body.
        headers: sent as they are; on a redirect to another origin only harmless ones are sent on.
        body: a text is sent as it is, anything else as JSON; null sends none.
        expected_status: a status, a range of them such as "200-299", or a list of both.
        timeout_seconds: for everything together, redirects included; more than 0, at most 900.
        max_redirects: 0 to 20; with 0 a redirect is the answer that is judged.
        record_body: whether the first 16,384 characters of the body are recorded.
    """

    url: WebUrl = Field(examples=["https://example.com/health"])
    method: Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] = Field(default="GET", examples=["GET"])
    headers: dict[
        Annotated[str, AfterValidator(_header_name_rule)], Annotated[str, AfterValidator(_header_value_rule)]
    ] = Field(default={}, examples=[{"Accept": "application/json"}])
    body: JsonValue = None
    expected_status: Annotated[JsonValue, AfterValidator(_status_rule)] = Field(default="200-299", examples=["200-299"])
    timeout_seconds: float = Field(default=10, gt=0, le=900, examples=[10])
    max_redirects: int = Field(default=5, ge=0, le=20, examples=[5])
    record_body: bool = Field(default=False, examples=[True])

    @model_validator(mode="after")
    def _body_needs_a_method_that_carries_it(self) -> "Params":
        if self.body is not None and self.method in ("GET", "HEAD"):
            raise ValueError(f'a {self.method} request carries no body; write "method": "POST" or leave body out')
        return self


def run(params: Params, context: RunContext) -> RunResult:
    """Send the request, follow its redirects and judge the answer.

    Raises:
        RunnerError: retryable after connection errors, timeouts and statuses 429 and 5xx; otherwise not.
    """
    return request(params, context, look_up)


def request(params: Params, context: RunContext, lookup: Lookup) -> RunResult:
    """Do what `run` does, resolving hosts with `lookup`.

    Raises:
        RunnerError: as `run`.
    """
    started_at = context.clock.now()
    end = min(context.deadline, started_at + timedelta(seconds=params.timeout_seconds))
    dial = dialer(context.clock, end, lookup)
    address, message, redirects = parse(params.url), _first_request(params, context), 0
    while True:
        try:
            with dial.open(address.host, address.port, is_secure=address.scheme == "https") as connected:
                response = send(message, address, connected)
                if params.max_redirects == 0 or not _is_redirect(response):
                    return _judge(params, address, response, started_at=started_at, now=context.clock.now())
        except (OSError, http.client.HTTPException) as error:
            raise failure(error, address) from None
        redirects += 1
        if redirects > params.max_redirects:
            text = f"{address.shown} redirects again after {params.max_redirects} redirects; raise params.max_redirects"
            raise RunnerError(f"{text} or write the final address in params.url", is_retryable=False)
        address, message = _redirected(message, address, response)


def _first_request(params: Params, context: RunContext) -> Request:
    headers = {
        "User-Agent": USER_AGENT,
        "Accept": "*/*",
        "Accept-Encoding": "identity",
        # A target id may hold characters that a header cannot.
        "Idempotency-Key": quote(context.idempotency_key, safe="/:+@="),
    }
    match params.body:
        case None:
            body = None
        case str():
            body, headers["Content-Type"] = params.body.encode(), "text/plain; charset=utf-8"
        case _:
            body, headers["Content-Type"] = json.dumps(params.body).encode(), "application/json"
    given = {name.lower() for name in params.headers}
    kept = {name: value for name, value in headers.items() if name.lower() not in given}
    return Request(params.method, {**kept, **params.headers}, body)


def _is_redirect(response: Response) -> bool:
    return response.status in _REDIRECTS and "Location" in response.headers


def _as_sent(header: str) -> str:
    """Return a header that was sent in UTF-8, as some servers do; what reads headers takes them for Latin-1."""
    try:
        return header.encode("latin-1").decode()
    except UnicodeError:
        return header


def _redirected(message: Request, address: Address, response: Response) -> tuple[Address, Request]:
    try:
        location = _as_sent(response.headers["Location"])
        target = parse(urljoin(address.url, location.strip().replace(" ", "%20")))
    except ValueError as error:
        text = f"{address.shown} redirects to an address that {error}; write the final address in params.url"
        raise RunnerError(text, is_retryable=False) from None
    headers = message.headers
    if target.origin != address.origin:
        headers = {name: value for name, value in headers.items() if name.lower() in _SENT_ANYWHERE}
    becomes_get = response.status == 303 or (response.status in (301, 302) and message.method == "POST")
    if becomes_get and message.method != "HEAD":
        headers = {name: value for name, value in headers.items() if not name.lower().startswith("content-")}
        return target, Request("GET", headers)
    return target, replace(message, headers=headers)


def _judge(params: Params, address: Address, response: Response, *, started_at: datetime, now: datetime) -> RunResult:
    status = response.status
    if not any(status in _range_of(part) for part in _parts(params.expected_status)):
        expected = ", ".join(map(str, _parts(params.expected_status)))
        text = f"{address.shown} answered {status}, expected {expected}"
        if status == 429 or status >= 500:
            wait = read_retry_after(response.headers.get("Retry-After"), now=now)
            raise RunnerError(f"{text}{told(wait)}; {_CORRECT}", retry_after=wait)
        raise RunnerError(f"{text}; {_CORRECT}", is_retryable=False)
    body, is_cut = read_body(response)
    output: dict[str, JsonValue] = {
        "status": status,
        "latency_ms": round((now - started_at) / timedelta(milliseconds=1)),
        "size_bytes": len(body),
        "final_url": address.shown,
    }
    if is_cut:
        output["is_size_capped"] = True
    if params.record_body:
        output["body"] = body.decode(errors="replace")[:RECORDED_CHARACTERS_MAX]
    return RunResult(output=output)


def _parts(expected: JsonValue) -> list[JsonValue]:
    return expected if isinstance(expected, list) else [expected]


def _range_of(part: JsonValue) -> range:
    low, dash, high = str(part).partition("-")
    is_status = isinstance(part, int) and not isinstance(part, bool)
    is_range = isinstance(part, str) and bool(dash) and low.isdecimal() and high.isdecimal()
    if not (is_status or is_range):
        raise ValueError('should hold statuses such as 200 and ranges such as "200-299"; write "200-299"')
    lowest, highest = int(low), int(high or low)
    if not 100 <= lowest <= highest <= 599:
        raise ValueError('should lie between 100 and 599, the lower first; write "200-299"')
    return range(lowest, highest + 1)

"""Reads the pages of a GitHub listing until they end, the limit is reached, or GitHub asks to wait."""

import http.client
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from pydantic import Field, JsonValue

from functions.runners.contract import RunContext, RunnerParams
from functions.runners.network.connection import Dialer, Lookup, dialer
from functions.runners.network.exchange import Address, Request, Response, WebUrl, failure, parse, read_body, send
from functions.runners.network.retry_after import read_retry_after, told
from schedule_model.errors import RunnerError
from schedule_model.version import USER_AGENT

PAGE_BYTES_MAX = 8 * 1024 * 1024
# GitHub: without a header that tells when, wait at least a minute.
_WAIT_DEFAULT = timedelta(minutes=1)
_WAIT_MAX = timedelta(hours=2)
_NEXT = re.compile(r'<([^<>]+)>\s*;\s*rel="next"')


class GithubParams(RunnerParams):
    """The fields of both GitHub runners.

    Attributes:
        token: raises the limit from 60 to 5,000 requests an hour; write it as a reference to a secret.
        since: where to go on in the listing of everything: the id after which it continues; kept up by the runner.
        pages_max: how many pages of up to 100 entries one run reads, 1 to 100.
        timeout_seconds: for everything together; more than 0, at most 900.
        api_url: of a GitHub Enterprise server.
    """

    token: str | None = Field(default=None, pattern=r"^[!-~]{1,512}$", examples=["ssm:/hourglass/github-token"])
    since: int = Field(default=0, ge=0, examples=[0])
    pages_max: int = Field(default=5, ge=1, le=100, examples=[5])
    timeout_seconds: float = Field(default=30, gt=0, le=900, examples=[30])
    api_url: WebUrl = Field(default="https://api.github.com", examples=["https://api.github.com"])


@dataclass(frozen=True, slots=True)
class Listing:
    """What was read.

    Attributes:
        entries: in GitHub's order.
        is_complete: whether the listing ended; if not, `pages_max` or the rate limit ended the reading.
        wait_until: when GitHub's rate limit allows the next request, aware UTC; None if it was not reached.
        requests_left: of the rate limit, None if GitHub did not say.
    """

    entries: Sequence[dict[str, JsonValue]]
    is_complete: bool
    wait_until: datetime | None
    requests_left: int | None


def read_pages(params: GithubParams, path: str, context: RunContext, lookup: Lookup) -> Listing:
    """Return the entries of up to `pages_max` pages.

    Args:
        params: where and how far to read.
        path: of the first page, with its query, beginning with a slash.
        context: its clock and deadline bound the reading.
        lookup: resolves the host.

    Raises:
        RunnerError: not retryable for a wrong owner or token, retryable when GitHub cannot be reached.
    """
    clock = context.clock
    end = min(context.deadline, clock.now() + timedelta(seconds=params.timeout_seconds))
    dial = dialer(clock, end, lookup)
    entries: list[dict[str, JsonValue]] = []
    address: Address | None = parse(params.api_url.rstrip("/") + path)
    origin, left = parse(params.api_url).origin, None
    for _ in range(params.pages_max):
        if address is None:
            break
        response, body = _get(address, params.token, dial)
        left = _number(response, "X-RateLimit-Remaining")
        if _is_rate_limited(response):
            return Listing(entries, False, _wait_until(response, clock.now()), left)
        entries += _entries(address, response, body, now=clock.now())
        address = _next_page(response, origin)
        if left == 0 and address is not None:
            return Listing(entries, False, _wait_until(response, clock.now()), left)
    return Listing(entries, address is None, None, left)


def _get(address: Address, token: str | None, dial: Dialer) -> tuple[Response, bytes]:
    headers = {
        "Accept": "application/vnd.github+json",
        "Accept-Encoding": "identity",
        "User-Agent": USER_AGENT,
        "X-GitHub-Api-Version": "2022-11-28",
        **({"Authorization": f"Bearer {token}"} if token else {}),
    }
    try:
        with dial.open(address.host, address.port, is_secure=address.scheme == "https") as connected:
            response = send(Request("GET", headers), address, connected)
            body, is_cut = read_body(response, PAGE_BYTES_MAX)
    except (OSError, http.client.HTTPException) as error:
        raise failure(error, address) from None
    if is_cut:
        raise RunnerError(f"{address.shown} answered more than {PAGE_BYTES_MAX} bytes", is_retryable=False)
    return response, body


def _entries(address: Address, response: Response, body: bytes, *, now: datetime) -> list[dict[str, JsonValue]]:
    match response.status:
        case 200:
            pass
        case 401:
            raise RunnerError("GitHub refused params.token; write one that is valid", is_retryable=False)
        case 301 | 302 | 307 | 404:
            text = f"{address.shown} does not exist or was renamed; correct the name in params"
            raise RunnerError(text, is_retryable=False)
        case status:
            wait = read_retry_after(response.headers.get("Retry-After"), now=now)
            text = f"{address.shown} answered {status}{told(wait)}"
            raise RunnerError(text, is_retryable=status >= 500, retry_after=wait)
    try:
        page = json.loads(body)
    except ValueError:
        page = None
    if not (isinstance(page, list) and all(isinstance(entry, dict) for entry in page)):
        raise RunnerError(f"{address.shown} answered no list; check params.api_url", is_retryable=False)
    return page


def _next_page(response: Response, origin: tuple[str, str, int]) -> Address | None:
    found = _NEXT.search(response.headers.get("Link", ""))
    if found is None:
        return None
    try:
        address = parse(found[1])
    except ValueError:
        address = None
    # The token is for this origin alone.
    if address is None or address.origin != origin:
        raise RunnerError("GitHub's next page lies on another host; check params.api_url", is_retryable=False)
    return address


def _is_rate_limited(response: Response) -> bool:
    if response.status == 429:
        return True
    has_sign = response.headers.get("X-RateLimit-Remaining") == "0" or "Retry-After" in response.headers
    return response.status == 403 and has_sign


def _wait_until(response: Response, now: datetime) -> datetime:
    after = read_retry_after(response.headers.get("Retry-After"), now=now)
    reset = _number(response, "X-RateLimit-Reset")
    wait = _WAIT_DEFAULT if after is None else after
    if after is None and reset is not None:
        # GitHub's clock and ours may be a second apart.
        wait = timedelta(seconds=min(reset + 1, 2**40)) - (now - datetime(1970, 1, 1, tzinfo=UTC))
    return now + min(max(wait, timedelta(seconds=1)), _WAIT_MAX)


def _number(response: Response, header: str) -> int | None:
    text = response.headers.get(header, "").strip()
    return int(text) if text.isdecimal() and len(text) < 16 else None

"""Type `http_ping`: measures how long each phase of a request takes."""

import http.client
from datetime import datetime, timedelta
from typing import Literal

from pydantic import Field, JsonValue

from functions.runners.contract import RunContext, RunnerParams
from functions.runners.network.connection import Dialer, Lookup, TimedSocket, dialer, look_up, system_trust
from functions.runners.network.exchange import Address, Request, WebUrl, failure, parse, read_body, send
from schedule_model.run_result import RunResult
from schedule_model.version import USER_AGENT


class Params(RunnerParams):
    """What to measure.

    Attributes:
        url: http or https, without credentials; redirects are not followed.
        method: GET reads the body, at most 1 MiB of it; HEAD has none.
        timeout_seconds: for everything together; more than 0, at most 900.
    """

    url: WebUrl = Field(examples=["https://example.com/health"])
    method: Literal["GET", "HEAD"] = Field(default="GET", examples=["GET"])
    timeout_seconds: float = Field(default=10, gt=0, le=900, examples=[10])


def run(params: Params, context: RunContext) -> RunResult:
    """Send one request and record its status and the milliseconds of each phase; any status is an answer.

    Raises:
        RunnerError: not retryable when the address is refused or the certificate not trusted, retryable when the
            server cannot be reached or does not answer in time.
    """
    return ping(params, context, look_up)


def ping(params: Params, context: RunContext, lookup: Lookup) -> RunResult:
    """Do what `run` does, resolving the host with `lookup`.

    Raises:
        RunnerError: as `run`.
    """
    address = parse(params.url)
    if address.scheme == "https":
        # Loading the authorities is our time and not the server's.
        system_trust()
    stopwatch = _Stopwatch(context)
    end = min(context.deadline, stopwatch.started_at + timedelta(seconds=params.timeout_seconds))
    try:
        found = _measure(params.method, address, dialer(context.clock, end, lookup), stopwatch)
    except (OSError, http.client.HTTPException) as error:
        raise failure(error, address) from None
    return RunResult(output={**found, **stopwatch.phases, "total_ms": stopwatch.total_ms()})


class _Stopwatch:
    """Times phases that follow one another without a gap."""

    def __init__(self, context: RunContext) -> None:
        self._clock = context.clock
        self.started_at = self._last_at = context.clock.now()
        self.phases: dict[str, JsonValue] = {}

    def lap(self, phase: str) -> None:
        """Note that `phase`, which began when the one before ended, is over."""
        now = self._clock.now()
        self.phases[phase] = _milliseconds(self._last_at, now)
        self._last_at = now

    def total_ms(self) -> float:
        return _milliseconds(self.started_at, self._last_at)


def _measure(method: str, address: Address, dial: Dialer, stopwatch: _Stopwatch) -> dict[str, JsonValue]:
    addresses = dial.resolve(address.host, address.port)
    stopwatch.lap("dns_ms")
    connected = dial.connect(addresses, address.port)
    stopwatch.lap("connect_ms")
    remote = str(connected.getpeername()[0])
    if address.scheme == "https":
        connected = dial.secure(connected, address.host, system_trust())
        stopwatch.lap("tls_ms")
    with TimedSocket(connected, dial.remaining) as timed:
        headers = {"User-Agent": USER_AGENT, "Accept": "*/*", "Accept-Encoding": "identity"}
        response = send(Request(method, headers), address, timed)
        stopwatch.lap("first_byte_ms")
        body, _ = read_body(response)
        stopwatch.lap("download_ms")
    return {"status": response.status, "size_bytes": len(body), "address": remote}


def _milliseconds(start: datetime, end: datetime) -> float:
    return round((end - start) / timedelta(milliseconds=1), 1)

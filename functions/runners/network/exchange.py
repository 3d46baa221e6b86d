"""One HTTP request and its answer over a connection that was checked; redirects are the caller's."""

import http.client
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, cast
from urllib.parse import quote, urlsplit

from pydantic import AfterValidator, Field

from functions.runners.network.connection import TimedSocket
from schedule_model.errors import RunnerError

BODY_BYTES_MAX = 1024 * 1024
_CHUNK_BYTES = 64 * 1024
_DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Address:
    """Where a URL points.

    Attributes:
        scheme: http or https.
        host: as the resolver and the certificate know it (IDNA), without brackets.
        port: 1 to 65535.
        path: path and query, percent-encoded.
    """

    scheme: str
    host: str
    port: int
    path: str

    @property
    def origin(self) -> tuple[str, str, int]:
        """What must be equal for credentials to be sent on."""
        return (self.scheme, self.host, self.port)

    @property
    def authority(self) -> str:
        """The value of the Host header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        """The whole URL, for requests only."""
        return f"{self.scheme}://{self.authority}{self.path}"

    @property
    def shown(self) -> str:
        """The URL for the record: without its query, which may hold a credential."""
        url, mark, _ = self.url.partition("?")
        return f"{url}{mark and '?…'}"


@dataclass(frozen=True, slots=True)
class Request:
    """What is sent, apart from where to."""

    method: str
    headers: Mapping[str, str]
    body: bytes | None = None


@dataclass(frozen=True, slots=True)
class Response:
    """What came back; the body is read apart, by `read_body`."""

    status: int
    headers: http.client.HTTPMessage
    stream: http.client.HTTPResponse


def parse(url: str) -> Address:
    """Return where a URL points.

    Raises:
        ValueError: not an absolute http or https URL, or one with a password; the message says what to write.
    """
    if any(character <= " " or character == "\x7f" for character in url):
        raise ValueError("has a space or control character; write %20 for a space")
    parts = urlsplit(url)
    if parts.scheme not in _DEFAULT_PORTS:
        raise ValueError("should begin with https:// or http://; write it in front")
    if "@" in parts.netloc:
        raise ValueError("holds a user name or password; write them in an Authorization header")
    if not parts.hostname or parts.port == 0:
        raise ValueError("has no host or a wrong port; write one such as https://example.com/health")
    try:
        host = parts.hostname if parts.hostname.isascii() else parts.hostname.encode("idna").decode()
    except UnicodeError:
        raise ValueError("has a host name that cannot exist; correct it") from None
    path = quote(parts.path or "/", safe="/%:=&~+!$,;'@()*")
    query = f"?{quote(parts.query, safe='/%:=&?~+!$,;@()*[]|')}" if parts.query else ""
    return Address(parts.scheme, host, parts.port or _DEFAULT_PORTS[parts.scheme], path + query)


def _url_rule(url: str) -> str:
    parse(url)
    return url


# An http or https URL in a runner's params.
WebUrl = Annotated[str, Field(max_length=8192), AfterValidator(_url_rule)]


def send(request: Request, address: Address, connected: TimedSocket) -> Response:
    """Send a request over an open connection and return the answer once its headers are there.

    Raises:
        OSError, http.client.HTTPException: the connection broke, or the answer was not HTTP.
    """
    connection = http.client.HTTPConnection(address.host, address.port)
    connection.sock = cast("ssl.SSLSocket", connected)
    headers = {"Host": address.authority, "Connection": "close", **request.headers}
    connection.request(request.method, address.path, body=request.body, headers=headers)
    stream = connection.getresponse()
    return Response(stream.status, stream.headers, stream)


def read_body(response: Response, bytes_max: int = BODY_BYTES_MAX) -> tuple[bytes, bool]:
    """Return the body, at most `bytes_max` bytes of it, and whether it was longer.

    Raises:
        OSError, http.client.HTTPException: the connection broke or the time was over.
    """
    body = bytearray()
    while len(body) <= bytes_max and (chunk := response.stream.read1(_CHUNK_BYTES)):
        body += chunk
    if len(body) <= bytes_max and response.stream.length:
        raise http.client.IncompleteRead(bytes(body), response.stream.length)
    return bytes(body[:bytes_max]), len(body) > bytes_max


def failure(error: OSError | http.client.HTTPException, address: Address) -> RunnerError:
    """Return what a broken connection or answer means for the run: retryable, unless the certificate is at fault."""
    match error:
        case ssl.SSLCertVerificationError():
            text = f"{address.shown}: its certificate is not trusted ({error.verify_message}); renew or correct it"
            return RunnerError(text, is_retryable=False)
        case TimeoutError():
            return RunnerError(f"{address.shown} did not answer in time; raise params.timeout_seconds if it is slow")
        case http.client.HTTPException():
            return RunnerError(f"{address.shown} broke off or did not answer in HTTP ({type(error).__name__})")
        case _:
            return RunnerError(f"{address.shown} could not be reached: {error.strerror or error}")

"""Connects to a host at an address that was checked, within a total time.

The name is resolved once, every address is checked, and the socket is opened to a checked address itself: a name that
changes its address in between (DNS rebinding) gains nothing.
"""

import io
import os
import socket
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Self, cast

from functions.runners.network.addresses import AllowedHosts, refusal
from schedule_model.clock import Clock
from schedule_model.errors import RunnerError

Lookup = Callable[[str, int], Sequence[str]]


def look_up(host: str, port: int) -> Sequence[str]:
    """Return the addresses of a host in the order in which the system would try them."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class TimedSocket:
    """A connected socket as `http.client` uses one, every operation of which ends when the total time does.

    A plain socket timeout starts anew with each byte, so a server that trickles could hold a run for ever.
    """

    def __init__(self, connected: socket.socket, remaining: Callable[[], float]) -> None:
        self._socket = connected
        self._remaining = remaining

    def sendall(self, payload: bytes) -> None:
        """Send all of `payload`; TimeoutError when the time is over."""
        self._socket.settimeout(self._remaining())
        self._socket.sendall(payload)

    def makefile(self, mode: str = "rb") -> io.BufferedReader:
        """Return a reader of what arrives."""
        return io.BufferedReader(cast("Any", _TimedReader(self._socket, self._remaining)))

    def close(self) -> None:
        """Do nothing: `http.client` lets go before the body is read, so whoever opened the connection closes it."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()


class _TimedReader(io.RawIOBase):
    def __init__(self, connected: socket.socket, remaining: Callable[[], float]) -> None:
        self._socket = connected
        self._remaining = remaining

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._socket.settimeout(self._remaining())
        return self._socket.recv_into(buffer)


def system_trust() -> ssl.SSLContext:
    """Return a TLS context that trusts the system's authorities, which SSL_CERT_FILE replaces as OpenSSL has it."""
    return _trust(os.environ.get("SSL_CERT_FILE"))


@cache
def _trust(_ca_file: str | None) -> ssl.SSLContext:
    # Loading the authorities takes tens of milliseconds, so it is done once for each file that OpenSSL would read.
    trust = ssl.create_default_context()
    # Python 3.13 began to ask for extensions that browsers and curl do without; a check should judge as they do.
    trust.verify_flags &= ~ssl.VERIFY_X509_STRICT
    return trust


@dataclass(frozen=True, slots=True)
class Dialer:
    """Opens connections to permitted hosts.

    Attributes:
        seconds_left: the time that all work through this dialer has left, 0 or less once it is over.
        allowed: hosts that the stack's owner allows although they are not public.
        lookup: resolves a host; its answer is checked and then used as it is.
    """

    seconds_left: Callable[[], float]
    allowed: AllowedHosts
    lookup: Lookup = look_up

    def resolve(self, host: str, port: int) -> Sequence[str]:
        """Return the addresses of `host`, all of them permitted.

        Raises:
            RunnerError: not retryable when an address is refused, retryable when the name does not resolve.
        """
        try:
            addresses = self.lookup(host, port)
        except (OSError, UnicodeError) as error:
            raise RunnerError(f"{host}: the name does not resolve ({error}); check it for typing errors") from None
        if not addresses:
            raise RunnerError(f"{host}: the name resolves to no address")
        for address in addresses:
            kind = refusal(address)
            if kind and not self.allowed.allows(host, port, address):
                raise RunnerError(_refused(host, port, address, kind), is_retryable=False)
        return addresses

    def connect(self, addresses: Sequence[str], port: int) -> socket.socket:
        """Return a socket connected to the first address that answers; each gets its share of the time left.

        Raises:
            OSError: none answered; TimeoutError when that took all the time.
        """
        failure: OSError = TimeoutError("no time left to connect")
        for index, address in enumerate(addresses):
            share = self.remaining() / (len(addresses) - index)
            try:
                return socket.create_connection((address, port), timeout=share)
            except OSError as error:
                failure = error
        raise failure

    def secure(self, plain: socket.socket, server_name: str, context: ssl.SSLContext) -> ssl.SSLSocket:
        """Return `plain` wrapped in TLS; it is closed when the handshake fails.

        Raises:
            OSError: ssl.SSLError among them, and TimeoutError.
        """
        try:
            plain.settimeout(self.remaining())
            return context.wrap_socket(plain, server_hostname=server_name)
        except (OSError, ValueError):
            plain.close()
            raise

    def open(self, host: str, port: int, *, is_secure: bool) -> TimedSocket:
        """Return a connection to `host`, with TLS verified by the system's authorities if it is to be secure.

        Raises:
            RunnerError: the address is refused or the name does not resolve.
            OSError: nothing answered in time, or the certificate is not trusted (ssl.SSLCertVerificationError).
        """
        plain = self.connect(self.resolve(host, port), port)
        if is_secure:
            plain = self.secure(plain, host, system_trust())
        return TimedSocket(plain, self.remaining)

    def remaining(self) -> float:
        """Return the seconds left, more than 0.

        Raises:
            TimeoutError: there are none.
        """
        if (left := self.seconds_left()) <= 0:
            raise TimeoutError("timed out")
        return left


def dialer(clock: Clock, end: datetime, lookup: Lookup = look_up) -> Dialer:
    """Return a dialer whose time is over at `end`.

    It allows what the environment variable ALLOWED_HOSTS names (host, host:port, CIDR; comma-separated).
    """
    allowed = AllowedHosts.parse(os.environ.get("ALLOWED_HOSTS", ""))

    def seconds_left() -> float:
        return (end - clock.now()).total_seconds()

    return Dialer(seconds_left, allowed, lookup)


def _refused(host: str, port: int, address: str, kind: str) -> str:
    subject = f"{host} is" if host == address else f"{host} resolves to {address},"
    return (
        f"{subject} {kind} address, which runners may not reach; name a public host, or let the stack's owner add "
        f"{host}:{port} to ALLOWED_HOSTS"
    )

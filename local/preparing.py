"""The first half of `make run`, on the standard library alone: make the environments, then go on in ours."""

import fcntl
import os
import socket
import sys
from collections.abc import Sequence
from typing import NoReturn

from local import environments, options
from local.failure import LocalError, line_of
from local.loopback import reach_directly
from local.paths import LOCAL
from local.processes import when_told_to_stop

_LOCK = LOCAL / "run.lock"


def main(arguments: Sequence[str]) -> int:
    """Prepare this checkout and become the session that runs; return the exit code if that fails."""
    asked = options.parse(arguments)
    when_told_to_stop(_stop)
    reach_directly(os.environ)
    try:
        LOCAL.mkdir(exist_ok=True)
        _claim_checkout()
        _check_port(asked.port)
        environments.make([environments.PROJECT, environments.SAM, environments.ENGINE], _tell)
    except (LocalError, OSError) as error:
        print(f"hourglass: {line_of(error)}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    python = str(environments.python_of(environments.PROJECT))
    return os.execv(python, [python, "-m", "local.session", *arguments])


def _claim_checkout() -> None:
    """Hold this checkout until the process ends, the session that it becomes included.

    Raises:
        LocalError: another run holds it.
    """
    lock = os.open(_LOCK, os.O_RDWR | os.O_CREAT)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.read(lock, 20).decode() or "unknown"
        raise LocalError(f"already running in this checkout (process {holder}); stop it first") from None
    os.set_inheritable(lock, True)
    os.ftruncate(lock, 0)
    os.pwrite(lock, str(os.getpid()).encode(), 0)


def _check_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise LocalError(
                f"port {port} cannot be used ({error.strerror}); choose another: --port {port + 1}"
            ) from None


def _tell(line: str) -> None:
    print(line, flush=True)


def _stop(number: int, _: object) -> NoReturn:
    sys.exit(128 + number)

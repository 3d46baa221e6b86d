"""Child processes that leave nothing behind, however we end."""

import os
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from types import FrameType
from typing import NoReturn

from local.failure import LocalError
from local.paths import ROOT

_PARENT = os.getppid()
_LOOK_SECONDS = 0.5


def when_told_to_stop(stop: Callable[[int, FrameType | None], NoReturn]) -> None:
    """Have `stop` called on SIGTERM and, as when our terminal is closed, on SIGHUP."""
    signal.signal(signal.SIGTERM, stop)
    # Under nohup it is ignored, for we are to outlive the terminal.
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        signal.signal(signal.SIGHUP, stop)


def run(command: Sequence[str], environment: Mapping[str, str]) -> tuple[int, str]:
    """Run a command in the checkout; return its exit code and all that it said.

    When we are stopped meanwhile, so are the command and everything that it started.

    Raises:
        LocalError: the make that started us is gone.
    """
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env=environment,
        text=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        while True:
            check_not_abandoned()
            with suppress(subprocess.TimeoutExpired):
                output, _ = process.communicate(timeout=_LOOK_SECONDS)
                return process.returncode, output
    finally:
        kill_group(process)


def kill_group(process: "subprocess.Popen[str] | subprocess.Popen[bytes]") -> None:
    """Kill the process group that `process` leads; one that is gone already is fine."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def check_not_abandoned() -> None:
    """Raise LocalError when make started us and was killed outright, so that nobody is left who could stop us."""
    if "MAKELEVEL" in os.environ and os.getppid() != _PARENT:
        raise LocalError("stopped, for make was killed")

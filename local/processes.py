"""Child processes that leave nothing behind."""

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress

from local.paths import ROOT


def run(command: Sequence[str], environment: Mapping[str, str]) -> tuple[int, str]:
    """Run a command in the checkout; return its exit code and all that it said.

    When we are stopped meanwhile, so are the command and everything that it started.
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
        output, _ = process.communicate()
        return process.returncode, output
    finally:
        kill_group(process)


def kill_group(process: "subprocess.Popen[str] | subprocess.Popen[bytes]") -> None:
    """Kill the process group that `process` leads; one that is gone already is fine."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()

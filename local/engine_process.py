"""The engine as a process: started on loopback, stopped with everything that it started."""

import os
import shutil
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import botocore

from local import environments, scratch
from local.failure import LocalError
from local.paths import LOCAL, ROOT
from local.processes import kill_group

REGION = "us-east-1"
START_SECONDS_MAX = 60
STOP_SECONDS_MAX = 8
# All that the functions see of this machine's environment: on AWS they would see none of it.
_PASSED_ON = ("PATH", "HOME", "LANG", "TZ", "SSL_CERT_FILE", "SSL_CERT_DIR")


@dataclass(frozen=True, slots=True)
class Engine:
    """A running engine: its process, where it answers, and the file that it and the functions log to."""

    process: subprocess.Popen[bytes]
    endpoint: str
    log: Path

    def wait_until_ready(self) -> None:
        """Return once the engine answers.

        Raises:
            LocalError: it ended instead, or takes too long.
        """
        deadline = time.monotonic() + START_SECONDS_MAX
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise LocalError(f"the engine ended while starting: {self.last_line()} (all of it: {self.log})")
            try:
                with urllib.request.urlopen(f"{self.endpoint}/_ministack/ready", timeout=5):
                    return
            except (urllib.error.URLError, OSError):
                time.sleep(0.05)
        raise LocalError(f"the engine did not answer within {START_SECONDS_MAX} s; see {self.log}")

    def last_line(self) -> str:
        """Return the last line that the engine logged."""
        lines = [line for line in self.log.read_text(errors="replace").splitlines() if line.strip()]
        return lines[-1].strip() if lines else "it said nothing"


@contextmanager
def engine(*, port: int, ttl_lag: float, function_python: Path) -> Iterator[Engine]:
    """Start the engine; on leaving, stop it and the function processes that it started."""
    folder = LOCAL / f"engine-{port}"
    log_file = folder / "log"
    scratch.discard(folder, LOCAL)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    in_use = scratch.make(folder)
    options = ["--ttl-lag", str(ttl_lag), "--function-python", str(function_python)]
    command = [str(environments.python_of(environments.ENGINE)), "-m", "local.engine.launcher", *options]
    with log_file.open("wb") as log:
        # The pipe is how the engine learns that we are gone, however we went.
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=_environment(port, folder / scratch.NAME),
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            start_new_session=True,
            pass_fds=(in_use,),
        )
    os.close(in_use)
    try:
        yield Engine(process, f"http://127.0.0.1:{port}", log_file)
    finally:
        _stop(process)


def _environment(port: int, temporary: Path) -> dict[str, str]:
    ours = {
        "GATEWAY_PORT": str(port),
        "BIND_HOST": "127.0.0.1",
        "MINISTACK_HOST": "127.0.0.1",
        "MINISTACK_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DATA_PATH": str(Path(botocore.__file__).parent / "data"),
        "AUTH": "true",
        "LAMBDA_EXECUTOR": "local",
        "LAMBDA_WARM_TTL_SECONDS": "86400",
        "SFTP_ENABLED": "0",
        "IOT_MTLS_ENABLED": "0",
        "TMPDIR": str(temporary),
        "PYTHONPATH": str(ROOT),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    return {name: os.environ[name] for name in _PASSED_ON if name in os.environ} | ours


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Let the engine end by itself, and kill what is left of it; a second Ctrl-C ends the waiting, not the killing."""
    assert process.stdin is not None
    try:
        process.stdin.close()
        with suppress(subprocess.TimeoutExpired):
            process.wait(STOP_SECONDS_MAX)
    finally:
        kill_group(process)

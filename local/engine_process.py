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

from local import environments
from local.failure import LocalError
from local.paths import LOCAL, ROOT
from local.processes import kill_group

REGION = "us-east-1"
LOG = LOCAL / "engine.log"
START_SECONDS_MAX = 60
STOP_SECONDS_MAX = 8
_SCRATCH = LOCAL / "engine"
# All that the functions see of this machine's environment: on AWS they would see none of it.
_PASSED_ON = ("PATH", "HOME", "LANG", "TZ", "SSL_CERT_FILE", "SSL_CERT_DIR", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")


@dataclass(frozen=True, slots=True)
class Engine:
    """A running engine."""

    process: subprocess.Popen[bytes]
    endpoint: str

    def wait_until_ready(self) -> None:
        """Return once the engine answers.

        Raises:
            LocalError: it ended instead, or takes too long.
        """
        deadline = time.monotonic() + START_SECONDS_MAX
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise LocalError(f"the engine ended while starting: {last_line()} (all of it: {LOG})")
            try:
                with urllib.request.urlopen(f"{self.endpoint}/_ministack/ready", timeout=5):
                    return
            except (urllib.error.URLError, OSError):
                time.sleep(0.05)
        raise LocalError(f"the engine did not answer within {START_SECONDS_MAX} s; see {LOG}")


@contextmanager
def engine(*, port: int, ttl_lag: float, function_python: Path) -> Iterator[Engine]:
    """Start the engine; on leaving, stop it and the function processes that it started."""
    shutil.rmtree(_SCRATCH, ignore_errors=True)
    _SCRATCH.mkdir(parents=True)
    options = ["--ttl-lag", str(ttl_lag), "--function-python", str(function_python)]
    command = [str(environments.python_of(environments.ENGINE)), "-m", "local.engine.launcher", *options]
    with LOG.open("wb") as log:
        # The pipe is how the engine learns that we are gone, however we went.
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=_environment(port),
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        yield Engine(process, f"http://127.0.0.1:{port}")
    finally:
        _stop(process)
        shutil.rmtree(_SCRATCH, ignore_errors=True)


def last_line() -> str:
    """Return the last line that the engine logged."""
    lines = [line for line in LOG.read_text(errors="replace").splitlines() if line.strip()]
    return lines[-1].strip() if lines else "it said nothing"


def _environment(port: int) -> dict[str, str]:
    ours = {
        "GATEWAY_PORT": str(port),
        "BIND_HOST": "127.0.0.1",
        "MINISTACK_HOST": "127.0.0.1",
        "MINISTACK_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AUTH": "true",
        "LAMBDA_EXECUTOR": "local",
        "SFTP_ENABLED": "0",
        "IOT_MTLS_ENABLED": "0",
        "TMPDIR": str(_SCRATCH),
        "PYTHONPATH": str(ROOT),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    return {name: os.environ[name] for name in _PASSED_ON if name in os.environ} | ours


def _stop(process: subprocess.Popen[bytes]) -> None:
    assert process.stdin is not None
    process.stdin.close()
    with suppress(subprocess.TimeoutExpired):
        process.wait(STOP_SECONDS_MAX)
    kill_group(process)

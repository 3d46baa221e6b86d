"""A Docker engine for `sam local invoke`: the one that runs, or one of our own while we need it."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.replay.building import FOLDER

_START_SECONDS_MAX = 30
_STOP_SECONDS_MAX = 20


class NoEngineError(Exception):
    """This machine cannot run containers; the message says what is missing."""


@contextmanager
def docker_host() -> Iterator[str]:
    """Yield the address of an engine, in the form of DOCKER_HOST.

    Raises:
        NoEngineError: none runs, and none can be started.
    """
    running = os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock")
    if shutil.which("docker") is None:
        raise NoEngineError("there is no docker command")
    if _answers(running):
        yield running
        return
    if os.geteuid() != 0 or shutil.which("dockerd") is None:
        raise NoEngineError("no Docker engine answers, and only root with dockerd can start one")
    with _own_engine(FOLDER / "docker") as address:
        yield address


@contextmanager
def _own_engine(folder: Path) -> Iterator[str]:
    # A socket's path has at most 107 bytes, and a checkout may lie deep.
    socket = Path(f"/tmp/hourglass-docker-{os.getpid()}")
    address = f"unix://{socket}"
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / "log"
    places = ["--data-root", str(folder / "data"), "--exec-root", f"{socket}.exec", "--pidfile", f"{socket}.pid"]
    with log.open("wb") as said:
        engine = subprocess.Popen(["dockerd", *places, "-H", address], stdout=said, stderr=said, start_new_session=True)
    try:
        deadline = time.monotonic() + _START_SECONDS_MAX
        while not _answers(address):
            if engine.poll() is not None or time.monotonic() > deadline:
                raise NoEngineError(f"dockerd did not start; see {log}")
            time.sleep(0.2)
        yield address
    finally:
        engine.terminate()
        try:
            engine.wait(_STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            engine.kill()
        shutil.rmtree(f"{socket}.exec", ignore_errors=True)
        for left in (socket, Path(f"{socket}.pid")):
            left.unlink(missing_ok=True)


def docker(address: str, *arguments: str) -> str:
    """Run the docker command against an engine; return what it says.

    Raises:
        subprocess.CalledProcessError: it failed.
    """
    done = subprocess.run(["docker", "-H", address, *arguments], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def _answers(address: str) -> bool:
    asked = ["docker", "-H", address, "version", "--format", "{{.Server.Version}}"]
    return subprocess.run(asked, capture_output=True, check=False).returncode == 0

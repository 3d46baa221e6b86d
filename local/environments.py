"""The virtual environments under `.local/`: each made once from its pinned requirements, and again when they change."""

import fcntl
import hashlib
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from local.failure import LocalError, line_of
from local.paths import LOCAL, REQUIREMENTS
from local.processes import check_not_abandoned, kill_group

PROJECT = "project"
SAM = "sam"
ENGINE = "engine"
PUBLISHING = "publishing"
AUDIT = "audit"
BENCH = "bench"
PINS = {
    PROJECT: "dev.txt",
    SAM: "sam.txt",
    ENGINE: "engine.txt",
    PUBLISHING: "publishing.txt",
    AUDIT: "audit.txt",
    BENCH: "bench.txt",
}
SIZES = {
    PROJECT: "310 MB",
    SAM: "230 MB",
    ENGINE: "85 MB",
    PUBLISHING: "105 MB",
    AUDIT: "60 MB",
    BENCH: "60 MB",
}
_COMPLETE = "complete"


def environment(name: str) -> Path:
    """Return the folder of an environment, made or not: its name tells which pins and interpreter it is for."""
    content = b"\0".join([(REQUIREMENTS / PINS[name]).read_bytes(), sys.version.encode(), sys.base_prefix.encode()])
    return LOCAL / "environments" / f"{name}-{hashlib.sha256(content).hexdigest()[:12]}"


def python_of(name: str) -> Path:
    """Return the interpreter of an environment."""
    return environment(name) / "bin" / "python"


def is_made(name: str) -> bool:
    """Say whether an environment is complete: one whose making was interrupted is not."""
    return (environment(name) / _COMPLETE).exists()


def make(names: Sequence[str], tell: Callable[[str], None]) -> None:
    """Make those of the named environments that are missing, side by side.

    Raises:
        LocalError: one could not be made; the others are given up too.
    """
    if all(is_made(name) for name in names):
        return
    folder = LOCAL / "environments"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        installs: dict[str, subprocess.Popen[str]] = {}
        try:
            for name in [name for name in names if not is_made(name)]:
                tell(f"{name}: installing requirements/{PINS[name]} ({SIZES[name]}, once)")
                installs[name] = _begin(name)
            _finish(installs, tell)
        finally:
            for install in installs.values():
                kill_group(install)


def _begin(name: str) -> subprocess.Popen[str]:
    """Start making an environment, and say goodbye to those for earlier pins."""
    folder = environment(name)
    for outdated in folder.parent.glob(f"{name}-*"):
        shutil.rmtree(outdated)
    folder.mkdir()
    # The pins name every dependency of a dependency, so pip has nothing to resolve; and compiling it all takes
    # longer than compiling, later, what is imported.
    options = ["--no-deps", "--require-hashes", "--no-compile", "--quiet", "--disable-pip-version-check", "--no-input"]
    steps = 'venv=$1 && shift && "$0" -m venv "$venv" && exec "$venv/bin/python" -m pip install "$@"'
    arguments = [str(folder), *options, "--requirement", str(REQUIREMENTS / PINS[name])]
    with _log(name).open("w") as log:
        return subprocess.Popen(
            ["/bin/sh", "-c", steps, sys.executable, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            text=True,
            start_new_session=True,
        )


def _finish(installs: dict[str, subprocess.Popen[str]], tell: Callable[[str], None]) -> None:
    started, waiting = time.monotonic(), dict(installs)
    while waiting:
        for name in [name for name, install in waiting.items() if install.poll() is not None]:
            if waiting.pop(name).returncode != 0:
                raise LocalError(f"could not install requirements/{PINS[name]}: {_reason(_log(name).read_text())}")
            (environment(name) / _COMPLETE).touch()
            tell(f"{name}: ready after {time.monotonic() - started:.0f} s")
        check_not_abandoned()
        time.sleep(0.1)


def _log(name: str) -> Path:
    return environment(name) / "install.log"


def _reason(output: str) -> str:
    """Return the line of pip's output that tells what went wrong."""
    lines = [line.strip() for line in output.splitlines() if line.strip() and "is ignored" not in line]
    told = [line for line in lines if "ERROR" in line.upper() or "python3-venv" in line or "No space" in line]
    return (told or lines or ["no output"])[-1]


def main(arguments: Sequence[str]) -> int:
    """Make the named environments, print the interpreter of the first, and return the exit code."""
    try:
        make(arguments, lambda line: print(line, file=sys.stderr))
    except (LocalError, OSError) as error:
        print(f"hourglass: {line_of(error)}", file=sys.stderr)
        return 1
    print(python_of(arguments[0]))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

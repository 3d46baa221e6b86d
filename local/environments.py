"""The virtual environments under `.local/`: each made once from its pinned requirements, and again when they change."""

import fcntl
import hashlib
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from local.failure import LocalError
from local.paths import LOCAL, REQUIREMENTS
from local.processes import kill_group

PROJECT = "project"
SAM = "sam"
ENGINE = "engine"
PINS = {PROJECT: "dev.txt", SAM: "sam.txt", ENGINE: "engine.txt"}
SIZES = {PROJECT: "250 MB", SAM: "340 MB", ENGINE: "130 MB"}
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
    create = [sys.executable, "-m", "venv", str(folder)]
    done = subprocess.run(create, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        reason = _reason(done.stdout + done.stderr)
        raise LocalError(
            f"{sys.executable} cannot make a virtual environment ({reason}); on Debian: apt install python3-venv"
        )
    # The pins name every dependency of a dependency, so pip has nothing to resolve.
    requirements = ["--no-deps", "--require-hashes", "--requirement", str(REQUIREMENTS / PINS[name])]
    # Compiling it all takes longer than compiling, later, what is imported.
    quietly = ["--no-compile", "--quiet", "--disable-pip-version-check", "--no-input"]
    install = [str(python_of(name)), "-m", "pip", "install", *quietly, *requirements]
    with _log(name).open("w") as log:
        return subprocess.Popen(
            install, stdin=subprocess.DEVNULL, stdout=log, stderr=log, text=True, start_new_session=True
        )


def _finish(installs: dict[str, subprocess.Popen[str]], tell: Callable[[str], None]) -> None:
    started, waiting = time.monotonic(), dict(installs)
    while waiting:
        for name in [name for name, install in waiting.items() if install.poll() is not None]:
            if waiting.pop(name).returncode != 0:
                raise LocalError(f"could not install {PINS[name]}: {_reason(_log(name).read_text())}")
            (environment(name) / _COMPLETE).touch()
            tell(f"{name}: ready after {time.monotonic() - started:.0f} s")
        time.sleep(0.1)


def _log(name: str) -> Path:
    return environment(name) / "install.log"


def _reason(output: str) -> str:
    """Return the line of pip's output that tells what went wrong."""
    lines = [line.strip() for line in output.splitlines() if line.strip() and "is ignored" not in line]
    errors = [line for line in lines if line.upper().startswith("ERROR")]
    return (errors or lines or ["no output"])[-1]


def main(arguments: Sequence[str]) -> int:
    """Make the named environments, print the interpreter of the first, and return the exit code."""
    try:
        make(arguments, lambda line: print(line, file=sys.stderr))
    except (LocalError, OSError) as error:
        print(f"hourglass: {error}", file=sys.stderr)
        return 1
    print(python_of(arguments[0]))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

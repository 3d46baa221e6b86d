"""What is replayed: the artefact of `sam build` for this machine's architecture, and a runtime for it."""

import fcntl
import hashlib
import os
import platform
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from local import environments
from local.artefact import PLATFORMS
from local.failure import LocalError
from local.interpreters import LAMBDA_VERSION, find_lambda_python
from local.paths import LOCAL, REQUIREMENTS, ROOT
from local.sam_cli import run_sam

FOLDER = LOCAL / "replay"
_ARCHITECTURES = {"x86_64": "x86_64", "aarch64": "arm64", "arm64": "arm64"}


@dataclass(frozen=True, slots=True)
class Built:
    """What was built.

    Attributes:
        architecture: as Lambda calls it.
        template: the built template; each function's artefact lies beside it, in a folder of its name.
        python: an interpreter of the functions' version on this machine.
        runtime: a folder with Lambda's runtime interface client for that interpreter.
    """

    architecture: str
    template: Path
    python: Path
    runtime: Path

    def artefact(self, name: str) -> Path:
        """Return the folder of a function."""
        return self.template.parent / name


def built() -> Built:
    """Build the functions with the SAM CLI, as for a deployment on this machine's architecture.

    Raises:
        LocalError: this machine has no Python of the functions' version, or the build failed.
    """
    python = find_lambda_python()
    if python is None:
        raise LocalError(f"replaying needs Python {LAMBDA_VERSION}; name one in HOURGLASS_PYTHON")
    architecture = _ARCHITECTURES.get(platform.machine())
    if architecture is None:
        raise LocalError(f"there are no Lambda functions for {platform.machine()}")
    folder = FOLDER / "build"
    _wait_for_others()
    settings = {
        "HOURGLASS_ARCHITECTURE": architecture,
        "PYTHON": str(environments.python_of(environments.PROJECT)),
    }
    parameters = ["--parameter-overrides", f"Architecture={architecture}"]
    run_sam(["build", "--config-env", "local", "--build-dir", str(folder), *parameters], settings)
    return Built(architecture, folder / "template.yaml", python, _runtime(python))


def _wait_for_others() -> None:
    """Hold the build until this process ends: another's containers must not lose theirs."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    lock = os.open(FOLDER / "lock", os.O_RDWR | os.O_CREAT)
    fcntl.flock(lock, fcntl.LOCK_EX)


def _runtime(python: Path) -> Path:
    """Return a folder with the runtime interface client, installed once for its pins."""
    pins = REQUIREMENTS / "emulator.txt"
    key = hashlib.sha256(pins.read_bytes() + str(python).encode()).hexdigest()[:12]
    folder = FOLDER / f"runtime-{key}"
    if folder.exists():
        return folder
    unfinished = folder.with_suffix(".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    platforms = [option for one in PLATFORMS for option in ("--platform", f"{one}_{platform.machine()}")]
    choice = ["--only-binary=:all:", "--implementation", "cp", "--python-version", LAMBDA_VERSION, *platforms]
    quiet = ["--quiet", "--disable-pip-version-check", "--no-deps", "--require-hashes"]
    command = [sys.executable, "-m", "pip", "install", *quiet, *choice, "--target", str(unfinished), "-r", str(pins)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise LocalError(f"could not install {pins.name}: {(done.stderr or done.stdout).strip()[-500:]}")
    unfinished.rename(folder)
    return folder

"""Finds the Python that the functions run on: Lambda's own version where this machine has it."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

LAMBDA_VERSION = "3.13"
"""The runtime of template.yaml, without its `python`."""


def find_lambda_python() -> Path | None:
    """Return an interpreter of Lambda's version, None if this machine has none.

    `HOURGLASS_PYTHON` names one; else the Python at hand, the PATH and pyenv are searched. A candidate counts
    once it has run, for a pyenv shim is on the PATH even for versions that it refuses to start.
    """
    return next((found for path in _candidates() if (found := _started(path))), None)


def _candidates() -> Iterator[Path]:
    if named := os.environ.get("HOURGLASS_PYTHON"):
        yield Path(named)
    yield Path(sys.executable)
    if on_path := shutil.which(f"python{LAMBDA_VERSION}"):
        yield Path(on_path)
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    yield from sorted(pyenv.glob(f"versions/{LAMBDA_VERSION}.*/bin/python{LAMBDA_VERSION}"), reverse=True)


def _started(path: Path) -> Path | None:
    """Return the real path of `path` if it runs and is of Lambda's version."""
    question = "import sys; print('%d.%d' % sys.version_info[:2], sys.executable)"
    try:
        answer = subprocess.run([path, "-c", question], capture_output=True, text=True, timeout=30, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    version, executable = answer.stdout.strip().split(" ", 1)
    return Path(executable) if version == LAMBDA_VERSION else None

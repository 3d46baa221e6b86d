"""Runs parts of a bench as Lambda would: on its version of Python, from the built artefact."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bench.report import telling
from local.interpreters import find_lambda_python
from local.paths import LOCAL, ROOT

_FOLDER = LOCAL / "bench"


def interpreter() -> Path:
    """Return Python of Lambda's version; where this machine has none, the one at hand, which `version` then shows."""
    return find_lambda_python() or Path(sys.executable)


def artefact() -> Path:
    """Build the artefact of the functions for this machine, anew, and return its folder."""
    folder = _FOLDER / "artefact"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    with telling("building the artefact"):
        subprocess.run(
            [sys.executable, "-m", "local.artefact", str(folder)],
            cwd=ROOT,
            env=os.environ | {"HOURGLASS_BUILD_PYTHON": str(interpreter())},
            check=True,
        )
    return folder


def environment(code: Path, **more: str) -> Mapping[str, str]:
    """Return the environment of a process that finds the functions in `code` and the benches in the checkout."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return kept | {
        "PYTHONPATH": f"{code}{os.pathsep}{ROOT}",
        "PYTHONHASHSEED": "0",
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_LAMBDA_FUNCTION_NAME": "bench",
        "TARGETS_TABLE": "targets",
        "TIMERS_TABLE": "timers",
        "RUNS_TABLE": "runs",
        "LOG_LEVEL": "INFO",
        "POWERTOOLS_SERVICE_NAME": "hourglass",
        "POWERTOOLS_METRICS_NAMESPACE": "Hourglass",
        "RUN_QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/123456789012/runs",
        "RUN_DEAD_LETTER_QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/123456789012/runs-dead",
        **more,
    }


def answer_of(arguments: list[str], variables: Mapping[str, str]) -> Any:
    """Run the interpreter with these arguments, and return the JSON on the last line of its output.

    Raises:
        RuntimeError: it failed; the message is the end of what it said.
    """
    command = [str(interpreter()), *arguments]
    done = subprocess.run(command, env=dict(variables), cwd=_FOLDER, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(arguments[:3])}: {done.stderr[-2000:]}")
    return json.loads(done.stdout.strip().rpartition("\n")[2])

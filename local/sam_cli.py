"""The SAM CLI, run from its own environment and apart from this machine's AWS settings."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from local import environments
from local.failure import LocalError
from local.paths import LOCAL
from local.processes import run


def run_sam(arguments: Sequence[str], settings: Mapping[str, str]) -> str:
    """Run the SAM CLI; return all that it said.

    Args:
        arguments: as on its command line.
        settings: environment variables beside those that are kept.

    Raises:
        LocalError: it failed; with its own reason.
    """
    exit_code, output = run([str(sam_program()), *arguments], sam_environment() | dict(settings))
    if exit_code != 0:
        log = LOCAL / "sam.log"
        log.write_text(output)
        raise LocalError(f"sam {arguments[0]} failed: {_reason(output)} (all of it: {log})")
    return output


def _reason(output: str) -> str:
    """Return the line that tells what went wrong; that of a make which a build has failed under says nothing of it."""
    lines = [line.strip() for line in output.splitlines() if line.strip() and ": *** [" not in line]
    told = [line for line in lines if "error" in line.lower() or "fail" in line.lower()]
    return (told or lines or ["no output"])[-1]


def sam_program() -> Path:
    """Return where the SAM CLI is once its environment is made."""
    return environments.python_of(environments.SAM).with_name("sam")


def sam_environment() -> dict[str, str]:
    """Return this process's environment without its AWS settings, and with credentials that are good for nothing."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "SAM_"))}
    return kept | {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "SAM_CLI_TELEMETRY": "0",
        "__SAM_CLI_APP_DIR": str(LOCAL / "sam"),
    }

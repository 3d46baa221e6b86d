"""The session of `make run`, as far as it goes without an engine."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from local.paths import ROOT

PROGRAM = """
import sys
from pathlib import Path
from local import session
session.STACK_FILE = Path(sys.argv[1])
sys.exit(session.main(sys.argv[2:]))
"""


@pytest.fixture
def stack_file(tmp_path: Path) -> Path:
    """Where the sessions of these tests tell of their stacks."""
    return tmp_path / "stack.json"


def session(stack_file: Path, *arguments: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", PROGRAM, str(stack_file), *arguments]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_whoever_stops_it_is_told_at_once(stack_file: Path, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "target.json")
    running = session(stack_file, "--target", str(tmp_path / "target.json"))

    with (tmp_path / "target.json").open("w"):
        running.send_signal(signal.SIGTERM)
        said, told = running.communicate(timeout=30)

    assert told == "stopping ...\n"
    assert said == "stopped; nothing is left running\n"


def test_what_a_killed_run_said_of_its_stack_is_gone_once_the_next_begins(stack_file: Path) -> None:
    stack_file.write_text("{}")

    running = session(stack_file, "--target", "missing.json")

    assert "missing.json is no target" in running.communicate(timeout=30)[1]
    assert not stack_file.exists()

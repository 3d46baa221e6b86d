"""The session of `make run`, as far as it goes without an engine."""

import ast
import fcntl
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from local import options, stack
from local.demo import demo_targets
from local.failure import LocalError
from local.parameters import check_parameters
from local.paths import ROOT
from local.session import _how_to_write_a_target
from local.stack import Stack

PROGRAM = """
import signal, sys
from pathlib import Path
from local import session
signal.signal(signal.SIGHUP, int(sys.argv[1]))
session.STACK_FILE = Path(sys.argv[2])
sys.exit(session.main(sys.argv[3:]))
"""

PREPARING = """
import signal, sys
from pathlib import Path
from local import environments, preparing
signal.signal(signal.SIGHUP, signal.SIG_DFL)
environments.LOCAL = preparing.LOCAL = Path(sys.argv[1])
preparing._LOCK = preparing.LOCAL / "run.lock"
sys.exit(preparing.main(sys.argv[2:]))
"""

API = "http://127.0.0.1:4566/api"
SCREEN = _how_to_write_a_target(Stack("http://127.0.0.1:4566", {"TargetsTable": "targets-1", "ApiUrl": API}))
README = (ROOT / "README.md").read_text()
TRYING = README[README.index("## Write a target") : README.index("## How it works")]


@pytest.fixture
def stack_file(tmp_path: Path) -> Path:
    """Where the sessions of these tests tell of their stacks."""
    return tmp_path / "stack.json"


def session(stack_file: Path, *arguments: str, hangup: signal.Handlers = signal.SIG_DFL) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", PROGRAM, str(int(hangup)), str(stack_file), *arguments]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def claimed(folder: Path) -> bool:
    lock = folder / "run.lock"
    return lock.exists() and lock.read_text() != ""


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


@pytest.mark.parametrize("told_by", [signal.SIGTERM, signal.SIGHUP])
def test_whoever_stops_it_is_told_at_once(stack_file: Path, tmp_path: Path, told_by: signal.Signals) -> None:
    os.mkfifo(tmp_path / "target.json")
    running = session(stack_file, "--target", str(tmp_path / "target.json"))

    with (tmp_path / "target.json").open("w"):
        running.send_signal(told_by)
        said, told = running.communicate(timeout=30)

    assert told == "stopping ...\n"
    assert said == "stopped; nothing is left running\n"


def test_under_nohup_it_outlives_its_terminal(stack_file: Path, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "target.json")
    running = session(stack_file, "--target", str(tmp_path / "target.json"), hangup=signal.SIG_IGN)

    with (tmp_path / "target.json").open("w") as target:
        running.send_signal(signal.SIGHUP)
        target.write("[]")

    assert "target.json is no target" in running.communicate(timeout=30)[1]


@pytest.mark.parametrize("told_by", [signal.SIGTERM, signal.SIGHUP])
def test_it_can_be_stopped_while_it_waits_for_its_environments(tmp_path: Path, told_by: signal.Signals) -> None:
    (tmp_path / "environments").mkdir()
    with (tmp_path / "environments" / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        command = [sys.executable, "-c", PREPARING, str(tmp_path), "--port", str(free_port())]
        preparing = subprocess.Popen(command, cwd=ROOT)
        while preparing.poll() is None and not claimed(tmp_path):
            time.sleep(0.01)
        preparing.send_signal(told_by)

        assert preparing.wait(timeout=30) == 128 + told_by


def test_what_a_killed_run_said_of_its_stack_is_gone_once_the_next_begins(stack_file: Path) -> None:
    stack_file.write_text("{}")

    running = session(stack_file, "--target", "missing.json")

    assert "missing.json is no target" in running.communicate(timeout=30)[1]
    assert not stack_file.exists()


def test_the_commands_on_the_screen_can_be_pasted_as_they_stand() -> None:
    shown = SCREEN[SCREEN.index("  export") : SCREEN.index("or with the command")].replace("or, without the aws", "#")

    commands = shlex.split(shown, comments=True)

    assert {"AWS_ENDPOINT_URL=http://127.0.0.1:4566", "TARGETS_TABLE=targets-1"} <= set(commands)
    assert ast.parse(commands[commands.index("-c") + 1])


def test_the_screen_names_the_command_and_the_api_with_its_page() -> None:
    assert "hourglass --help" in SCREEN
    assert f"{API}/docs" in SCREEN


def test_the_screen_names_no_api_where_there_is_none() -> None:
    assert "HTTP" not in _how_to_write_a_target(Stack("http://127.0.0.1:4566", {"TargetsTable": "targets-1"}))


def test_the_screen_exports_whatever_the_readme_uses() -> None:
    exported = re.findall(r"(\w+)=", " ".join(re.findall("^  export .*", SCREEN, re.MULTILINE)))
    used = re.findall(r"\"\$(\w+)|environ\[\"(\w+)", TRYING)

    assert {name for pair in used for name in pair if name} - {"API"} == {"TARGETS_TABLE"}
    assert {"TARGETS_TABLE", "AWS_ENDPOINT_URL", "AWS_DEFAULT_REGION", "AWS_ACCESS_KEY_ID"} <= set(exported)


def test_what_the_readme_writes_is_not_the_demos() -> None:
    demo = demo_targets("http://127.0.0.1:1", None, lead_seconds=140, now=datetime.now(UTC))
    written = re.findall(r'(?:--id |"id": \{"S": "|"id": ")([\w-]+)', TRYING)

    assert len(written) == 4
    assert {target["id"] for target in demo}.isdisjoint(written)


def test_a_parameter_that_the_template_lacks_is_refused_with_the_nearest(stack_file: Path) -> None:
    running = session(stack_file, "--parameter", "LeadSeconds=140", "--parameter", "leadsecond=140")

    told = running.communicate(timeout=30)[1]

    assert running.returncode == 1
    assert told.startswith("hourglass: template.yaml has no parameter leadsecond; the nearest are LeadSeconds, ")


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("LeadSeconds", "many", "LeadSeconds cannot be 'many'; it may be from 60"),
        ("LeadSeconds", "59.5", "LeadSeconds cannot be '59.5'; it may be from 60"),
        ("Shards", "100", "Shards cannot be '100'; it may be 1 to 99"),
        ("Shards", "", "Shards cannot be ''; it may be 1 to 99"),
        ("Shards", "nan", "Shards cannot be 'nan'; it may be 1 to 99"),
        ("LogLevel", "LOUD", "LogLevel cannot be 'LOUD'; it may be DEBUG, INFO, WARNING, ERROR"),
    ],
)
def test_a_parameter_that_cloudformation_would_refuse_is_refused_with_what_it_may_be(
    name: str, value: str, told: str
) -> None:
    with pytest.raises(LocalError) as refused:
        check_parameters([(name, value)])

    assert str(refused.value) == told


def test_a_parameter_may_be_whatever_cloudformation_takes() -> None:
    check_parameters([("LeadSeconds", "1.2e2"), ("Shards", "99"), ("RunTimeoutSeconds", "900"), ("AllowedHosts", "")])


def test_the_session_refuses_a_parameter_before_it_starts_anything(stack_file: Path) -> None:
    running = session(stack_file, "--parameter", "LeadSeconds=many")

    told = running.communicate(timeout=30)[1]

    assert running.returncode == 1
    assert told == "hourglass: LeadSeconds cannot be 'many'; it may be from 60\n"


@pytest.mark.parametrize("value", ['"127.0.0.1"', "a\\b"])
def test_a_value_that_sam_would_read_otherwise_is_refused(value: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        options.parse(["--parameter", f"AllowedHosts={value}"])

    assert "AllowedHosts cannot be given a double quote or a backslash here" in capsys.readouterr().err


@pytest.mark.parametrize("value", ["", "127.0.0.1, 10.0.0.1", "a=b"])
def test_any_other_value_is_taken_whole(value: str) -> None:
    assert options.parse(["--parameter", f"AllowedHosts={value}"]).parameters == [("AllowedHosts", value)]


def test_a_value_that_is_quoted_in_samconfig_is_what_stands_between_the_quotes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "samconfig.toml").write_text(
        """[local.deploy.parameters]\nparameter_overrides = ['AllowedHosts="127.0.0.1, 10.0.0.1"', "LeadSeconds=140"]"""
    )
    monkeypatch.setattr(stack, "ROOT", tmp_path)

    assert stack.profile_parameters() == {"AllowedHosts": "127.0.0.1, 10.0.0.1", "LeadSeconds": "140"}

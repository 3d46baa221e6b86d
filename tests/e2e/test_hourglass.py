"""The command line as people use it, in a process of its own, on the deployed stack of the embedded engine."""

import json
import os
import subprocess
import sys
import uuid

import pytest

from local.paths import ROOT

pytestmark = pytest.mark.e2e


@pytest.fixture
def hourglass(stack, tmp_path):
    """Call the command in a folder that knows the stack, as `make run` writes it down."""
    known = tmp_path / ".local" / "stack.json"
    known.parent.mkdir()
    known.write_text(json.dumps({"endpoint": stack.endpoint, "region": "us-east-1", "outputs": dict(stack.outputs)}))
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "HOURGLASS_"))}

    def call(*arguments, text="", codes=(0,)):
        done = subprocess.run(
            [sys.executable, "-m", "hourglass", *arguments],
            cwd=tmp_path,
            env=kept | {"PYTHONPATH": str(ROOT)},
            input=text,
            capture_output=True,
            text=True,
            timeout=90,
            check=False,
        )
        assert done.returncode in codes, done.stderr
        return done.stdout

    return call


@pytest.fixture
def target_id():
    return f"cli-{uuid.uuid4().hex[:8]}"


def echo(target_id, **changes):
    fields = {"id": target_id, "type": "echo", "schedule": "rate(1 hour)", "params": {"message": "hi"}} | changes
    return json.dumps(fields)


def test_a_targets_whole_life(hourglass, target_id):
    planned = hourglass("put", "-", "--wait", "-o", "json", text=echo(target_id))
    assert json.loads(planned)[0]["plan"]["status"] == "SCHEDULED"

    run = json.loads(hourglass("run", target_id, "--wait", "--timeout", "60s"))
    assert (run["status"], run["output"]) == ("COMPLETED", {"message": "hi"})
    assert json.loads(hourglass("show", run["run"])) == run
    assert len(hourglass("next", target_id, "-n", "3").splitlines()) == 3

    hourglass("pause", target_id, "--note", "moving house")
    hourglass("resume", target_id, "--note", "")
    assert [row["id"] for row in json.loads(hourglass("list", "-o", "json")) if row["id"] == target_id] == [target_id]
    hourglass("delete", target_id)
    hourglass("get", target_id, codes=(3,))


def test_what_was_given_up_is_redriven_once_its_cause_is_mended(hourglass, target_id):
    broken = {"params": {"message": "hi", "fail": True}, "retry": {"max_attempts": 1}}
    hourglass("put", "-", "--wait", text=echo(target_id, **broken))
    hourglass("run", target_id, "--wait", "--timeout", "60s", codes=(1,))
    hourglass("put", "-", "--wait", text=echo(target_id))

    # The stack's queue is everybody's: another test's letter may have to stay, which is 1.
    told = hourglass("redrive", "runs", codes=(0, 1))
    assert any(line.startswith("resent") and target_id in line for line in told.splitlines())

    again = hourglass("run", target_id, "--wait", "--timeout", "60s")
    assert json.loads(again)["status"] == "COMPLETED"
    statuses = [row["status"] for row in json.loads(hourglass("runs", target_id, "-o", "json"))]
    assert sorted(statuses) == ["COMPLETED", "COMPLETED", "FAILED"]


def test_a_backfill_runs_the_past(hourglass, target_id):
    hourglass("put", "-", "--wait", text=echo(target_id, schedule="cron(0 * * * ? *)"))

    asked = hourglass("backfill", target_id, "--from", "6h").splitlines()

    last = asked[-1].split("\t")[0]
    hourglass("run", target_id, "--wait", "--timeout", "60s")
    assert json.loads(hourglass("show", last))["trigger"] == "backfill"


def test_the_doctor_finds_the_stack_well(hourglass):
    levels = {row["name"]: row["level"] for row in json.loads(hourglass("doctor", "-o", "json"))}

    assert {levels[name] for name in ("Targets stream", "Timers stream", "Timers TTL", "dispatcher source")} == {"ok"}

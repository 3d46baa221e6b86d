"""Every command and every piece of code in the README does what it says."""

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.waiting import needs_curl, wait_for

ROOT = Path(__file__).parents[2]
BLOCKS = re.findall(r"```(sh|python)\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)

# How each block is tried; a block that is not in here fails `test_every_block_is_tried`.
MAKE, PUT_ITEM, CODE, DEPLOY = "make ", "aws dynamodb put-item", "import os\nimport boto3", "sam build && sam deploy"
COMMAND_LINE = "pip install .\n"
HTTP = "API=$("


def blocks_with(start: str) -> list[str]:
    return [text.strip() for _, text in BLOCKS if text.startswith(start)]


def test_every_block_is_tried():
    untried = [text for _, text in BLOCKS if not text.startswith((MAKE, PUT_ITEM, CODE, DEPLOY, COMMAND_LINE, HTTP))]

    assert untried == []
    assert BLOCKS


@pytest.mark.parametrize("command", blocks_with(MAKE))
def test_make_knows_the_target(command):
    dry = subprocess.run([*shlex.split(command), "--dry-run"], cwd=ROOT, capture_output=True, text=True, check=False)

    assert dry.returncode == 0, dry.stderr


@pytest.mark.e2e
def test_the_put_item_command_makes_a_target_that_is_planned(stack):
    (command,) = blocks_with(PUT_ITEM)
    words = shlex.split(command.replace("\\\n", ""))
    options = dict(zip(words[3::2], words[4::2], strict=True))
    dynamodb = stack.client("dynamodb")

    assert set(options) == {"--table-name", "--item"}
    assert options["--table-name"] == "$TARGETS_TABLE"
    item = json.loads(options["--item"])
    dynamodb.put_item(TableName=stack.outputs["TargetsTable"], Item=item)

    key = {"id": item["id"]}
    planned = wait_for(lambda: dynamodb.get_item(TableName=stack.outputs["TargetsTable"], Key=key)["Item"].get("plan"))
    assert planned["M"]["status"] == {"S": "SCHEDULED"}
    dynamodb.delete_item(TableName=stack.outputs["TargetsTable"], Key=key)


@pytest.mark.e2e
def test_the_command_line_puts_a_target_and_shows_it(stack, tmp_path):
    (block,) = blocks_with(COMMAND_LINE.strip())
    known = {"endpoint": stack.endpoint, "region": "us-east-1", "outputs": dict(stack.outputs)}
    (tmp_path / ".local").mkdir()
    (tmp_path / ".local" / "stack.json").write_text(json.dumps(known))

    said = [
        subprocess.run(
            [sys.executable, "-m", *shlex.split(line)],
            cwd=tmp_path,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for line in block.splitlines()[1:]
    ]

    assert "SCHEDULED" in said[0]
    assert said[1]
    stack.client("dynamodb").delete_item(TableName=stack.outputs["TargetsTable"], Key={"id": {"S": "website"}})


@needs_curl
@pytest.mark.e2e
def test_the_http_request_makes_a_target(stack, tmp_path):
    (command,) = blocks_with(HTTP)
    known = {"endpoint": stack.endpoint, "region": "us-east-1", "outputs": dict(stack.outputs)}
    (tmp_path / ".local").mkdir()
    (tmp_path / ".local" / "stack.json").write_text(json.dumps(known))

    done = subprocess.run(["bash", "-euc", command], cwd=tmp_path, capture_output=True, text=True, check=True)

    assert json.loads(done.stdout)["id"] == "pulse"
    stack.client("dynamodb").delete_item(TableName=stack.outputs["TargetsTable"], Key={"id": {"S": "pulse"}})


@pytest.mark.e2e
def test_the_code_makes_a_target_that_runs(stack, monkeypatch):
    (code,) = blocks_with(CODE)
    dynamodb, table = stack.client("dynamodb"), stack.outputs["TargetsTable"]
    monkeypatch.setenv("AWS_ENDPOINT_URL", stack.endpoint)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("TARGETS_TABLE", table)

    exec(code, {})  # the README's own words

    runs = wait_for(
        lambda: dynamodb.query(
            TableName=stack.outputs["RunsTable"],
            KeyConditionExpression="target_id = :id AND begins_with(scheduled_at, :century)",
            FilterExpression="#status = :done",
            ExpressionAttributeNames={"#status": "status"},
            ExpressionAttributeValues={":id": {"S": "tick"}, ":century": {"S": "20"}, ":done": {"S": "COMPLETED"}},
        )["Items"],
        seconds=40,
    )
    assert runs[0]["output"] == {"M": {"message": {"S": "hello"}}}
    dynamodb.delete_item(TableName=table, Key={"id": {"S": "tick"}})

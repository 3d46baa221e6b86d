import json

import boto3
import pytest
from click.testing import CliRunner

from hourglass.cli.app import hourglass as command
from hourglass.cli.session import Session
from tests.integration.moto_stack import REGION

ROLE = "arn:aws:iam::123456789012:role/scheduler"


@pytest.fixture
def scheduler(stack):
    client = boto3.client("scheduler", region_name=REGION)
    for name, arn in (
        ("orders", "arn:aws:sqs:eu-central-1:123456789012:orders"),
        ("containers", "arn:aws:ecs:eu-central-1:123456789012:cluster/web"),
    ):
        client.create_schedule(
            Name=name,
            ScheduleExpression="rate(1 hour)",
            FlexibleTimeWindow={"Mode": "OFF"},
            Target={"Arn": arn, "RoleArn": ROLE, "Input": '{"a": 1}'},
        )
    return client


@pytest.fixture
def run_import(client, scheduler):
    def call(*arguments):
        made = Session(region=REGION, connect=lambda _: client)
        result = CliRunner().invoke(command, ["import-eventbridge", *arguments], obj=made)
        return result.exit_code, result.stdout, result.stderr

    return call


def test_an_import_from_eventbridge_says_what_it_would_write(run_import, client):
    code, out, err = run_import()

    results = {line.split("\t")[0]: line.split("\t")[1] for line in out.splitlines()}
    assert results == {"default/containers": "left out", "default/orders": "carried over"}
    assert (code, "1 of 2" in err) == (1, True)
    assert list(client.list()) == []


def test_an_import_from_eventbridge_without_a_region_says_what_to_set(client, monkeypatch):
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")

    result = CliRunner().invoke(command, ["import-eventbridge"], obj=Session(connect=lambda _: client))

    assert result.exit_code == 6
    assert "AWS_DEFAULT_REGION" in result.stderr


def test_an_import_from_eventbridge_writes_paused_targets(run_import, client):
    code, _, _ = run_import("--name-prefix", "orders", "--apply")

    found = client.get("orders")
    assert (code, found.fields["active"], found.fields["type"]) == (0, False, "sqs")


def test_an_import_from_eventbridge_can_go_to_a_file(run_import, tmp_path):
    file = tmp_path / "targets.json"

    run_import("--to-file", str(file), "--active")

    (written,) = json.loads(file.read_text())
    assert (written["id"], written.get("active", True)) == ("orders", True)

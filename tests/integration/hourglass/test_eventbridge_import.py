import json

import boto3
import pytest
from click.testing import CliRunner

from hourglass.cli.app import hourglass as command
from hourglass.cli.session import Session
from tests.integration.moto_stack import REGION
from tests.unit.examples import item

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


ORDERS = ("--name-prefix", "orders", "--apply")


def test_a_second_import_from_eventbridge_keeps_what_has_been_changed_since_and_says_so(run_import, client):
    run_import(*ORDERS)
    client.resume("orders")
    client.edit("orders", lambda fields: fields | {"note": "ours by now"})
    before = client.get("orders")

    code, out, err = run_import(*ORDERS)

    assert (code, client.get("orders")) == (5, before)
    assert out == ("default/orders\tkept\torders exists already, with another active, note; --overwrite replaces it\n")
    assert err == "hourglass: 1 of 1 targets exist already and were kept\n"


def test_an_import_from_eventbridge_that_was_cut_off_is_finished_by_another(run_import, client, scheduler):
    run_import(*ORDERS)
    scheduler.create_schedule(
        Name="orders-daily",
        ScheduleExpression="rate(1 day)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": "arn:aws:sqs:eu-central-1:123456789012:orders", "RoleArn": ROLE},
    )

    code, out, err = run_import(*ORDERS)

    assert (code, err) == (0, "")
    assert sorted(line.split("\t")[:2] for line in out.splitlines()) == [
        ["default/orders", "carried over"],
        ["default/orders-daily", "carried over"],
    ]
    assert sorted(one.target_id for one in client.list()) == ["orders", "orders-daily"]


def test_an_import_from_eventbridge_overwrites_only_where_it_is_asked_to(run_import, client):
    run_import(*ORDERS)
    first = client.get("orders").fields
    client.edit("orders", lambda fields: fields | {"active": True, "note": "ours by now"})

    assert run_import("--name-prefix", "orders", "--overwrite")[0] == 0
    assert client.get("orders").fields["note"] == "ours by now"
    code, out, _ = run_import(*ORDERS, "--overwrite")

    assert (code, out.split("\t")[1]) == (0, "carried over")
    assert client.get("orders").fields == first


def test_what_is_lost_outweighs_what_is_kept_and_both_are_told(run_import, client):
    client.put(item(id="orders"))

    code, out, err = run_import("--apply", "-o", "json")

    assert code == 1
    assert {one["name"]: one["result"] for one in json.loads(out)} == {
        "default/containers": "left out",
        "default/orders": "kept",
    }
    assert "1 of 2 schedules could not be carried over" in err
    assert "1 of 2 targets exist already and were kept" in err
    assert client.get("orders").fields == item(id="orders")


def test_an_import_from_eventbridge_without_apply_needs_no_stack(scheduler):
    def connect(_):
        raise AssertionError("the stack was asked for")

    made = Session(region=REGION, connect=connect)

    result = CliRunner().invoke(command, ["import-eventbridge", "--name-prefix", "orders", "--to-file", "-"], obj=made)

    assert result.exit_code == 0


def test_an_import_from_eventbridge_can_go_to_a_file(run_import, tmp_path):
    file = tmp_path / "targets.json"

    run_import("--to-file", str(file), "--active")

    (written,) = json.loads(file.read_text())
    assert (written["id"], written.get("active", True)) == ("orders", True)

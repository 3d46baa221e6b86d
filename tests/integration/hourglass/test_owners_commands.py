import json

import pytest

from hourglass.cli.files import write_targets
from schedule_model.tasks import Task
from tests.integration.moto_stack import NOON
from tests.unit.examples import item, minutes


def test_what_is_upcoming_tells_of_what_it_cannot_see(run_command, client, stack):
    client.put(item(schedule="rate(1 hour)"))
    stack.go_on_until(NOON + minutes(45))

    code, out, err = run_command("upcoming", "--within", "20m", "--from-timers")
    assert (code, out) == (0, "")
    assert "about 1 more" in err

    assert run_command("upcoming", "--within", "20m")[1].startswith("2026-11-20T13:00:00Z\thomepage")


def test_a_set_is_exported_and_imported_again(run_command, client, tmp_path):
    client.put(item(id="a", note="one"))
    client.put(item(id="b"))
    file = str(tmp_path / "set.yaml")

    assert run_command("export", file)[0] == 0
    client.put(item(id="a", note="two"))
    client.put(item(id="c"))

    out = run_command("import", file, "--prune")[1]
    assert [line.split("\t")[:2] for line in out.splitlines()] == [["a", "would be changed"], ["c", "would be deleted"]]
    assert "note: two → one" in out
    assert sorted(one.target_id for one in client.list()) == ["a", "b", "c"]

    assert run_command("import", file, "--prune", "--apply")[0] == 0
    assert run_command("import", file, "--prune")[1] == ""


def test_a_set_is_written_in_the_form_that_is_asked_for_and_else_by_its_files_name(run_command, client, tmp_path):
    client.put(item(id="a"))
    file = tmp_path / "set.yaml"

    assert run_command("export", "-", "--format", "yaml")[:2] == (0, write_targets([item(id="a")], "yaml"))
    assert run_command("-o", "csv", "export", str(file))[0] == 0
    assert file.read_text() == write_targets([item(id="a")], "yaml")
    assert run_command("export", str(file), "--format", "json", "-o", "table")[0] == 0
    assert file.read_text() == write_targets([item(id="a")], "json")


def test_a_set_has_no_tasks_and_pruning_cancels_none(run_command, client, tmp_path):
    task = Task(type="echo", params={"message": "once"}, delay={"hours": 1}).fields("task.1", now=NOON)
    client.put(item(id="a"))
    client.put(task)
    file = tmp_path / "set.json"

    run_command("export", str(file))
    client.put(item(id="b"))
    out = run_command("import", str(file), "--prune", "--apply")[1]

    assert [one["id"] for one in json.loads(file.read_text())] == ["a"]
    assert [line.split("\t")[:2] for line in out.splitlines()] == [["b", "deleted"]]
    assert client.get("task.1").fields == task


@pytest.mark.parametrize("asks", ["its schedule", "a person"])
def test_a_set_has_no_follow_ups_and_pruning_cancels_none(run_command, client, stack, tmp_path, asks):
    follow_up = {"type": "echo", "schedule": "at(2026-11-20T18:00:00)", "params": {"message": "later"}}
    client.put(item(id="team/orders", params={"result": {"follow_ups": [follow_up]}}))
    if asks == "a person":
        client.run_now("team/orders")
    stack.go_on_until(NOON + minutes(1 if asks == "a person" else 6))
    (pending,) = [one for one in client.list() if one.target_id != "team/orders"]
    file = tmp_path / "set.json"

    run_command("export", str(file))
    client.put(item(id="b"))
    out = run_command("import", str(file), "--prune", "--apply")[1]

    assert [one["id"] for one in json.loads(file.read_text())] == ["team/orders"]
    assert [line.split("\t")[:2] for line in out.splitlines()] == [["b", "deleted"]]
    assert client.get(pending.target_id).fields == pending.fields


def test_pruning_goes_on_past_what_is_gone_by_the_time_that_it_is_to_be_deleted(run_command, client, stack, hooks):
    gone = iter(["b"])

    def end_meanwhile(**_):
        for target_id in gone:
            stack.delete(target_id)

    hooks("before-call.dynamodb.DeleteItem", end_meanwhile)
    for target_id in ("a", "b", "c"):
        client.put(item(id=target_id))

    code, out, _ = run_command("import", "-", "--prune", "--apply", text="[]")

    assert (code, [line.split("\t")[:2] for line in out.splitlines()]) == (0, [[one, "deleted"] for one in "abc"])
    assert list(client.list()) == []


def test_letters_are_redriven_and_what_is_kept_is_an_exit_code(run_command, client, stack):
    client.put(item())
    for body in ('{"target_id": "homepage"}', "{"):
        stack.sqs.send_message(QueueUrl=stack.dead_letter_queue_url, MessageBody=body)

    code, out, err = run_command("redrive")

    assert sorted(line.split("\t")[0] for line in out.splitlines()) == ["kept", "resent"]
    assert (code, "could not be put back" in err) == (1, True)


def test_the_doctor_names_what_is_wrong(run_command, stack, session):
    stack.sweep()

    code, out, err = run_command("doctor")

    levels = {line.split("\t")[1]: line.split("\t")[0] for line in out.splitlines()}
    assert (levels["Targets stream"], levels["Timers TTL"], levels["dead letters"]) == ("ok", "bad", "ok")
    assert code == 1
    assert "Timers TTL" in err


def test_the_numbers_are_json_when_piped(run_command, client, stack):
    client.put(item())
    stack.go_on_until(NOON + minutes(11))

    code, out, _ = run_command("stats", "--since", "1h")

    assert (code, json.loads(out)["runs"]) == (0, {"COMPLETED": 2})


def test_a_backfill_lists_what_it_asks_for(run_command, client, stack):
    client.put(item(schedule="cron(0 * * * ? *)"))

    code, out, _ = run_command("backfill", "homepage", "--from", "3h", "--dry-run")
    assert (code, len(out.splitlines())) == (0, 4)
    assert run_command("backfill", "homepage", "--from", "3h", "--to", "4h")[0] == 4
    assert run_command("backfill", "homepage", "--from", "3h")[0] == 0

    assert stack.waiting() == 4

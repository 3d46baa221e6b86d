import csv
import io
import json

import pytest
import yaml
from click.testing import _NamedTextIOWrapper

from functions.aws.items import encode_item
from schedule_model.plan import PlanStatus
from tests.integration.moto_stack import NOON
from tests.unit.examples import item, minutes

TICK = ("--id", "tick", "--type", "echo", "--schedule", "rate(5 minutes)")


def test_a_target_is_put_from_options_and_shown_with_its_plan(run_command):
    code, out, _ = run_command("put", *TICK, "--param", "message=hello", "--tag", "team=web", "--wait")

    assert (code, out) == (0, "tick\techo\trate(5 minutes)\tSCHEDULED\t2026-11-20T12:05:00Z\t\n")
    code, out, _ = run_command("get", "tick")
    assert json.loads(out)["params"] == {"message": "hello"}


@pytest.mark.parametrize("command", [("put", "-"), ("import", "-", "--apply")])
def test_a_target_with_a_set_in_the_table_is_written_over(run_command, stack, command):
    stack.write_typed(encode_item(item()) | {"schedule": {"SS": ["rate(1 hour)", "rate(5 minutes)"]}})

    code, _, err = run_command(*command, text=json.dumps([item(note="mine")]))

    assert (code, stack.target("homepage")) == (0, item(note="mine")), err


@pytest.fixture
def is_denied(client, monkeypatch):
    """Let nobody read the planner's settings, so that the planner alone knows how long a run may take."""
    monkeypatch.delattr(client._connection, "settings")


@pytest.mark.usefixtures("is_denied")
def test_what_the_planner_refuses_is_told_as_soon_as_it_has_answered(run_command, client):
    for _ in range(2):
        began = client.clock.now()
        code, out, err = run_command("put", *TICK, "--timeout-seconds", "400", "--wait")

        assert (code, out.split("\t")[3]) == (4, "INVALID")
        assert "refused" in err
        assert client.clock.now() - began < minutes(0.1)


@pytest.mark.usefixtures("is_denied")
@pytest.mark.parametrize(
    ("before", "edit"),
    [(("--timeout-seconds", "400"), ("--keep-results-days", "5")), ((), ("--timeout-seconds", "400"))],
    ids=["what was refused already", "an edit that leaves the schedule as it is"],
)
def test_an_edit_that_is_refused_is_told_whatever_the_plan_was(run_command, client, before, edit):
    run_command("put", *TICK, *before, "--wait")
    began = client.clock.now()

    code, out, err = run_command("put", "--id", "tick", "--merge", *edit, "--wait")

    assert (code, out.split("\t")[3]) == (4, "INVALID")
    assert "timeout_seconds" in out
    assert "refused" in err
    assert client.clock.now() - began < minutes(0.1)


def test_a_timeout_over_what_the_stack_allows_is_refused_before_anything_is_written(run_command, calls):
    targets = [item(id="a"), item(id="b", timeout_seconds=400)]

    for command in (("put", "-"), ("import", "-", "--apply")):
        code, _, err = run_command(*command, text=json.dumps(targets))

        assert (code, calls["PutItem"]) == (4, 0)
        assert "timeout_seconds" in err
        assert "55" in err


@pytest.mark.usefixtures("is_denied")
def test_who_may_not_ask_how_long_a_run_may_take_asks_once_and_puts_all_the_same(run_command, calls):
    targets = [item(id=name, timeout_seconds=20) for name in ("a", "b", "c")]

    code, out, _ = run_command("put", "-", text=json.dumps(targets))

    assert (code, len(out.splitlines())) == (0, 3)
    assert calls["GetFunctionConfiguration"] == 1


def test_an_edit_that_leaves_the_plan_as_it_is_is_not_waited_for_long(run_command, client):
    run_command("put", *TICK, "--wait")
    began = client.clock.now()

    code, out, _ = run_command("put", "--id", "tick", "--merge", "--keep-results-days", "5", "--wait")

    assert (code, out.split("\t")[3]) == (0, "SCHEDULED")
    assert client.clock.now() - began < minutes(0.1)


@pytest.mark.parametrize("edit", [("--id", "other"), ("--id", "tick", "--schedule", "rate(6 minutes)")])
def test_a_planner_that_does_not_answer_is_told(run_command, stack, client, monkeypatch, edit):
    run_command("put", *TICK, "--wait")
    monkeypatch.setattr(client.clock, "wait_until", stack.clock.wait_until)
    monkeypatch.setattr(stack, "_hear", lambda: None)

    code, _, err = run_command("put", *TICK, *edit, "--wait")

    assert code == 1
    assert "has not answered yet" in err


def test_a_target_is_made_precise_by_an_option(run_command):
    run_command("put", *TICK, "--precise")

    assert json.loads(run_command("get", "tick")[1])["precise"] is True


@pytest.mark.parametrize("command", ["get", "pause", "resume", "delete", "run", "runs"])
@pytest.mark.parametrize("target_id", ["", "a b", "x" * 2_049])
def test_what_cannot_be_an_id_is_refused_without_a_call(run_command, calls, command, target_id):
    code, _, err = run_command(command, target_id)

    assert code == 2
    assert "1 to 256 letters, digits" in err
    assert calls == {}


@pytest.mark.parametrize("form", [json.dumps, yaml.safe_dump, lambda items: "\n".join(map(json.dumps, items))])
def test_many_targets_are_put_from_stdin(run_command, form):
    code, out, _ = run_command("put", "-", text=form([item(id="a"), item(id="b")]))

    assert (code, [line.split("\t")[:2] for line in out.splitlines()]) == (0, [["a", "created"], ["b", "created"]])


def test_nothing_is_put_unless_all_are_valid(run_command, calls):
    code, out, err = run_command("put", "-", text=json.dumps([item(id="a"), item(id="b", schedule="rate(soon)")]))

    assert (code, out) == (4, "")
    assert "target 2" in err
    assert "rate(soon)" in err
    assert calls == {}


def test_an_id_that_comes_twice_is_told_before_anything_is_written(run_command, calls, tmp_path):
    text = json.dumps([item(id="a"), item(id="b"), item(id="a", note="another")])
    (tmp_path / "all.json").write_text(text)

    refused = run_command("put", "-", text=text)
    checked = run_command("check", str(tmp_path / "all.json"))

    assert refused[0] == checked[0] == 4
    assert "target 3: id: 'a' comes twice" in refused[2]
    assert [line.split("\t")[2] for line in checked[1].splitlines()] == ["ok", "ok", "invalid"]
    assert calls == {}


def test_a_file_that_cannot_be_read_is_told_beside_the_others(run_command, tmp_path):
    (tmp_path / "a.json").write_text("{")
    (tmp_path / "b.json").write_text(json.dumps(item()))

    code, out, err = run_command("check", str(tmp_path / "a.json"), str(tmp_path / "b.json"))

    assert (code, [line.split("\t")[2] for line in out.splitlines()]) == (4, ["invalid", "ok"])
    assert "neither JSON nor YAML" in out
    assert "1 of 2" in err


def test_what_was_got_can_be_put_again(run_command, client, stack):
    client.put(item())
    stack.plan_all()

    code, out, _ = run_command("put", "-", text=run_command("get", "homepage")[1])

    assert (code, out) == (0, "homepage\tunchanged\t\n")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("put",), 2),
        (("put", "--id", "a", "--type", "nope", "--schedule", "rate(1 day)"), 4),
        (("put", "-", "--merge"), 2),
        (("put", "--id", "a", "--merge", "--new"), 2),
        (("put", "--id", "nowhere", "--merge"), 3),
        (("next", "nowhere", "--timezone", "Europe/Paris"), 2),
        (("next", "nowhere", "--after", "1h"), 2),
        (("import", "-", "--apply", "--prune"), 4),
        (("get", "nowhere"), 3),
        (("delete", "nowhere"), 3),
        (("runs", "nowhere"), 3),
        (("show", "nowhere/2026-11-20T12:00:00Z"), 3),
        (("show", "nowhere"), 2),
        (("next", "rate(soon)"), 4),
        (("next", "@daily", "--timezone", "Mars/Base"), 4),
        (("upcoming", "--within", "soon"), 2),
        (("upcoming", "--within", "8d"), 2),
        (("runs", "a", "--since", "yesterday"), 2),
        (("runs", "a", "--since", "1h", "--until", "2h"), 4),
        (("backfill", "nowhere", "--from", "1h"), 3),
        (("nonsense",), 2),
    ],
)
def test_what_goes_wrong_has_its_exit_code_and_a_line(run_command, arguments, code):
    got, out, err = run_command(*arguments)

    assert (got, out) == (code, "")
    assert err


def test_a_conflict_has_its_exit_code(run_command, client):
    client.put(item())

    assert run_command("put", "-", "--new", text=json.dumps(item()))[0] == 5
    assert run_command("put", "-", "--if-match", "0" * 16, text=json.dumps(item()))[0] == 5


def test_a_listing_comes_as_lines_json_csv_or_a_table(run_command, client, stack):
    client.put(item(id="a", tags={"team": "web"}))
    client.put(item(id="b", schedule="rate(1 day)"))
    stack.plan_all()

    assert run_command("list", "--tag", "team=web")[1].startswith("a\techo\trate(5 minutes)\tSCHEDULED\t")
    assert [one["id"] for one in json.loads(run_command("list", "-o", "json")[1])] == ["a", "b"]
    assert [row["id"] for row in csv.DictReader(io.StringIO(run_command("-o", "csv", "list")[1]))] == ["a", "b"]
    assert "SCHEDULED" in run_command("list", "-o", "table", "--next-within", "1h")[1]


def test_stream_records_are_redriven_from_no_queue(run_command):
    code, out, err = run_command("redrive", "streams", "--queue", "https://sqs.eu-central-1.amazonaws.com/1/own")

    assert (code, out) == (2, "")
    assert "stream records lie in the stack's bucket" in err


def test_pausing_many_and_resuming_one(run_command, client, stack):
    client.put(item(id="a"))
    client.put(item(id="b"))

    assert run_command("pause", "a", "b", "--note", "moving house")[0] == 0
    assert run_command("resume", "b")[0] == 0
    stack.plan_all()

    assert [client.get(one).plan.status for one in "ab"] == [PlanStatus.PAUSED, PlanStatus.SCHEDULED]


def test_a_target_that_is_not_there_holds_up_none_of_those_named_after_it(run_command, client):
    client.put(item(id="b"))

    for command in (["pause"], ["resume"], ["get"], ["delete", "--yes"]):
        code, out, err = run_command(*command, "a", "b", "c")
        assert code == 3
        assert "b" in out
        assert ["there is no target" in line.lower() for line in err.splitlines()] == [True, True]


def test_a_run_is_waited_for_and_its_failure_is_an_exit_code(run_command, client):
    client.put(item())
    code, out, _ = run_command("run", "homepage", "--wait")
    assert (code, json.loads(out)["status"]) == (0, "COMPLETED")

    client.put(item(params={"fail": True}, retry={"max_attempts": 1}))
    code, out, err = run_command("run", "homepage", "--wait")
    assert (code, json.loads(out)["status"]) == (1, "FAILED")
    assert "FAILED" in err


@pytest.mark.parametrize(
    ("fields", "told"), [({"active": False}, "PAUSED (active is false)"), ({"type": "ecko"}, "INVALID (type: ")]
)
def test_the_next_runs_of_a_target_that_will_not_run_come_with_a_warning(run_command, stack, fields, told):
    stack.write(item(**fields))
    stack.plan_all()

    code, out, err = run_command("next", "homepage", "-n", "2")

    assert (code, len(out.splitlines())) == (0, 2)
    assert f"homepage is {told}" in err


def test_ctrl_c_while_a_run_is_waited_for_tells_its_name(run_command, client, monkeypatch):
    def interrupt(_):
        raise KeyboardInterrupt

    client.put(item())
    monkeypatch.setattr(client.clock, "wait_until", interrupt)

    code, _, err = run_command("run", "homepage", "--wait")

    assert code == 130
    assert "goes on; see `hourglass show homepage/2026-11-20T12:00:00Z#manual-" in err


def test_a_run_that_is_not_waited_for_can_be_shown_by_its_name(run_command, client, stack):
    client.put(item())

    name = run_command("run", "homepage")[1].split("\t")[0]
    stack.turn()

    assert json.loads(run_command("show", name)[1])["output"] == {"message": "hi"}


def test_the_history_is_listed_latest_first(run_command, client, stack):
    client.put(item())
    stack.go_on_until(NOON + minutes(11))

    lines = run_command("runs", "homepage", "--status", "completed", "--since", "20m")[1].splitlines()

    assert [line.split("\t")[0] for line in lines] == ["2026-11-20T12:10:00Z", "2026-11-20T12:05:00Z"]


def test_a_history_reads_only_as_many_rows_as_it_shows(run_command, client, hooks):
    limits = []
    hooks("provide-client-params.dynamodb.Query", lambda params, **_: limits.append(params["Limit"]))
    client.put(item())

    run_command("runs", "homepage", "-n", "3")
    run_command("runs", "homepage", "-n", "3", "--status", "failed")

    assert limits == [3, 100]


@pytest.fixture
def follow(run_command, client, monkeypatch):
    """Follow the runs of `homepage` until an instant, and return the minutes of those that were shown."""

    def until(end, *options):
        go_on_until = client.clock.wait_until

        def wait_until(instant):
            if instant > end:
                raise KeyboardInterrupt
            go_on_until(instant)

        monkeypatch.setattr(client.clock, "wait_until", wait_until)
        code, out, _ = run_command("runs", "homepage", "--follow", *options)
        assert code == 0
        return [line[14:16] for line in out.splitlines()]

    return until


def test_following_shows_each_change_until_ctrl_c(follow, client, stack):
    client.put(item())
    stack.go_on_until(NOON + minutes(6))

    assert follow(NOON + minutes(11)) == ["05", "10"]


def test_following_shows_no_more_of_the_past_than_was_asked_for(follow, client, stack):
    client.put(item())
    stack.go_on_until(NOON + minutes(21))

    assert follow(NOON + minutes(26), "-n", "2") == ["15", "20", "25"]


def test_following_by_status_reads_one_page_each_time_and_sees_what_changes_into_it(follow, client, stack, calls):
    client.put(item(schedule="rate(1 minute)"))
    stack.go_on_until(NOON + minutes(119))
    client.put(item(schedule="rate(1 minute)", type="http", params={"url": "http://127.0.0.1:9/"}))
    calls.clear()

    shown = follow(NOON + minutes(123), "--status", "failed", "-n", "1")

    assert shown[:2] == ["00", "01"]
    # Three at first: the latest rows, and two pages of those that failed, which there are none of.
    assert calls["Query"] == 3 + 120


def test_following_by_status_shows_no_others(follow, client, stack):
    client.put(item())
    stack.go_on_until(NOON + minutes(6))

    assert follow(NOON + minutes(11), "--status", "failed") == []


def test_following_what_there_is_not_ends_at_once(run_command):
    assert run_command("runs", "nowhere", "--follow")[0] == 3


def test_the_next_runs_of_a_target_and_of_an_expression(run_command, client):
    client.put(item())

    assert len(run_command("next", "homepage", "-n", "3")[1].splitlines()) == 3
    code, out, _ = run_command("next", "cron(0 9 ? * MON *)", "--timezone", "Europe/Paris", "-n", "1")
    assert (code, out) == (0, "2026-11-23T08:00:00Z\t2026-11-23 09:00:00+01:00\tMonday\t\n")


def test_an_expression_that_is_over_says_so(run_command):
    code, out, err = run_command("next", "at(2020-01-01T00:00:00)")

    assert (code, out) == (0, "")
    assert "no runs" in err


def test_checking_a_file_names_each_target_at_fault(run_command, tmp_path, calls):
    file = tmp_path / "targets.yaml"
    file.write_text("- {id: a, type: echo, schedule: rate(1 day)}\n- {id: b, type: echo, schedule: rate(1 dy)}\n")

    code, out, err = run_command("check", str(file))

    assert code == 4
    assert [line.split("\t")[2] for line in out.splitlines()] == ["ok", "invalid"]
    assert "1 of 2" in err


@pytest.mark.parametrize(
    "arguments", [("get", "homepage"), ("next", "homepage"), ("runs", "homepage"), ("stats",), ("upcoming",)]
)
def test_people_get_tables(run_command, client, stack, arguments):
    client.put(item(note="[not] markup"))
    stack.go_on_until(NOON + minutes(6))

    code, out, _ = run_command(*arguments, "-o", "table")

    assert (code, out.startswith(("[", "{"))) == (0, False)
    assert out


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (("put", "-"), "writing targets"),
        (("import", "-", "--apply"), "writing targets"),
        (("backfill", "homepage", "--from", "1h"), "queueing runs"),
        (("upcoming",), "reading targets"),
        (("upcoming", "--from-timers"), "reading timers"),
        (("list",), "reading targets"),
        (("export",), "reading targets"),
    ],
)
def test_long_work_shows_its_progress_on_a_terminal_and_to_nobody_else(
    run_command, client, monkeypatch, arguments, what
):
    client.put(item())
    text = json.dumps([item(id="a"), item(id="b")])

    piped = run_command(*arguments, text=text)
    monkeypatch.setattr(_NamedTextIOWrapper, "isatty", lambda _: True)
    monkeypatch.setenv("TERM", "xterm")
    shown = run_command("-o", "plain", *arguments, text=json.dumps([item(id="c"), item(id="d")]))

    assert (piped[0], shown[0]) == (0, 0)
    assert what not in piped[2]
    assert what in shown[2]


def test_a_table_keeps_ids_whole_where_it_is_wider_than_the_terminal(run_command, client):
    target_id = "team/" + "a" * 90
    client.put(item(id=target_id, note="for people " * 9))

    out = run_command("list", "-o", "table")[1]

    assert f"{target_id}  echo  rate(5 minutes)  " in out


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_gets_its_completion(run_command, shell):
    code, out, _ = run_command("completion", shell)

    assert code == 0
    assert "_HOURGLASS_COMPLETE" in out


def test_every_command_explains_itself(run_command):
    listed = [
        line.split()[0] for line in run_command("--help")[1].partition("Commands:")[2].splitlines() if line.strip()
    ]

    for name in listed:
        assert run_command(name, "--help")[0] == 0

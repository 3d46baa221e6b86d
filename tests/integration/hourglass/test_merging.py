"""`put --merge`: what is laid over a target, and what of it stays."""

import pytest

from tests.unit.examples import item


def test_a_merge_keeps_what_is_not_given(run_command, client):
    client.put(item(note="mine", params={"message": "old"}))

    assert run_command("put", "--id", "homepage", "--merge", "--timeout-seconds", "9")[0] == 0

    assert client.get("homepage").fields == item(note="mine", params={"message": "old"}, timeout_seconds=9)


@pytest.mark.parametrize("moment", ["after-call.dynamodb.GetItem", "before-call.dynamodb.UpdateItem"])
def test_a_merge_undoes_nothing_that_others_write_meanwhile(run_command, client, stack, hooks, moment):
    others = iter([{"active": False, "note": "too many failures", "params": {"message": "from its runner"}}])

    def write_meanwhile(**_):
        for fields in others:
            stack.edit("homepage", **fields)

    stack.write(item(keep_results_days=5))
    hooks(moment, write_meanwhile)

    code, out, _ = run_command("put", "--id", "homepage", "--merge", "--timeout-seconds", "9")

    assert (code, out) == (0, "homepage\tchanged\ttimeout_seconds\n")
    written = {"active": False, "note": "too many failures", "params": {"message": "from its runner"}}
    assert client.get("homepage").fields == item(keep_results_days=5, timeout_seconds=9, **written)


def test_a_merge_that_makes_an_invalid_target_names_it_and_writes_nothing(run_command, client, calls):
    client.put(item())
    calls.clear()

    code, out, err = run_command("put", "--id", "homepage", "--merge", "--type", "http")

    assert (code, out) == (4, "")
    assert err.startswith("hourglass: homepage: params.")
    assert calls == {"GetItem": 1}


@pytest.mark.parametrize("target_id", ["", "a b", "x" * 2_049])
def test_a_merge_of_what_cannot_be_an_id_is_refused_without_a_call(run_command, calls, target_id):
    code, _, err = run_command("put", "--id", target_id, "--merge", "--note", "new")

    assert code == 2
    assert "1 to 256 letters, digits" in err
    assert calls == {}


def test_a_merge_holds_to_an_etag(run_command, client):
    client.put(item())
    etag = client.get("homepage").etag
    merge = ("put", "--id", "homepage", "--merge", "--if-match", etag, "--note")

    assert [run_command(*merge, note)[0] for note in ("one", "two")] == [0, 5]
    assert client.get("homepage").fields["note"] == "one"


def test_a_merge_of_some_params_keeps_the_others(run_command, client):
    params = {"method": "POST", "headers": {"X-Team": "web"}, "expected_status": 204}
    client.put(
        item(type="http", params=params | {"url": "https://old.example/", "body": {"n": 1}}, tags={"team": "web"})
    )
    given = ("--param", "url=https://new.example/", "--param", "body=null", "--tag", "owner=me")

    code, out, _ = run_command("put", "--id", "homepage", "--merge", *given)

    assert (code, out) == (0, "homepage\tchanged\tparams tags\n")
    assert client.get("homepage").fields == item(
        type="http", params=params | {"url": "https://new.example/"}, tags={"team": "web", "owner": "me"}
    )


def test_a_merge_of_all_params_replaces_them(run_command, client):
    client.put(item(type="http", params={"url": "https://old.example/", "method": "HEAD"}))

    assert run_command("put", "--id", "homepage", "--merge", "--params", '{"url": "https://new.example/"}')[0] == 0

    assert client.get("homepage").fields["params"] == {"url": "https://new.example/"}


def test_params_that_a_runner_changes_meanwhile_stay_beside_those_that_are_merged(run_command, client, stack, hooks):
    answers = iter([{"message": "hi", "result": {"output": "second"}}])

    def answer_meanwhile(**_):
        for params in answers:
            stack.edit("homepage", params=params)

    hooks("before-call.dynamodb.UpdateItem", answer_meanwhile)
    stack.write(item(params={"message": "hi", "result": {"output": "first"}}))

    assert run_command("put", "--id", "homepage", "--merge", "--param", "message=bye")[0] == 0

    assert client.get("homepage").fields["params"] == {"message": "bye", "result": {"output": "second"}}

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


def test_a_merge_holds_to_an_etag(run_command, client):
    client.put(item())
    etag = client.get("homepage").etag
    merge = ("put", "--id", "homepage", "--merge", "--if-match", etag, "--note")

    assert [run_command(*merge, note)[0] for note in ("one", "two")] == [0, 5]
    assert client.get("homepage").fields["note"] == "one"

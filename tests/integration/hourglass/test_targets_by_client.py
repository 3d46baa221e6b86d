from datetime import timedelta

import pytest

from hourglass import ConflictError, NotFoundError, TargetFilter, Window
from hourglass.items import Change
from schedule_model.errors import InvalidTargetError
from schedule_model.plan import PlanStatus
from tests.integration.moto_stack import NOON
from tests.unit.examples import item, target


def test_a_target_that_is_put_gets_its_plan(stack, client):
    assert client.put(item()).change is Change.CREATED
    assert client.get("homepage").plan is None

    stack.plan_all()

    plan = client.get("homepage").plan
    assert (plan.status, plan.next_run_at) == (PlanStatus.SCHEDULED, NOON + timedelta(minutes=5))


def test_editing_params_by_put_keeps_the_plan_and_its_timers(stack, client):
    client.put(item())
    stack.plan_all()
    before = stack.plan("homepage"), stack.timers()

    written = client.put(item(params={"message": "bye"}))

    assert (written.change, written.fields) == (Change.CHANGED, ("params",))
    assert stack.plan("homepage") == before[0]
    stack.plan_all()
    assert (stack.plan("homepage"), stack.timers()) == before


def test_a_put_of_what_is_there_writes_nothing(stack, client, calls):
    client.put(item())
    calls.clear()

    assert client.put(item()).change is Change.UNCHANGED
    assert calls == {"GetItem": 1}


def test_fields_that_a_put_leaves_out_are_gone(stack, client):
    client.put(item(note="old", tags={"a": "b"}))

    client.put(item())

    assert client.get("homepage").fields == item()


def test_a_target_model_is_put_with_the_fields_that_were_set(client):
    client.put(target(timeout_seconds=9))

    assert client.get("homepage").fields == item(timeout_seconds=9)


def test_a_new_target_whose_answer_was_lost_is_no_conflict_with_itself(client, hooks):
    lost = iter([0])
    hooks("needs-retry.dynamodb.PutItem", lambda **_: next(lost, None))

    assert client.put(item(), only_new=True).change is Change.CREATED
    assert next(lost, None) is None
    with pytest.raises(ConflictError):
        client.put(item(), only_new=True)


@pytest.mark.parametrize("wrong", [{"schedule": "rate(soon)"}, {"type": "htp"}, {"type": "http"}, {"colour": "red"}])
def test_an_invalid_target_is_not_written(stack, client, calls, wrong):
    with pytest.raises(InvalidTargetError):
        client.put(item(**wrong))

    assert calls == {}


def test_an_edit_that_came_between_is_seen_and_not_overwritten_blindly(stack, client):
    client.put(item())
    edits = iter(["a note that came between"])

    def come_between(**_):
        for note in edits:
            stack.edit("homepage", note=note)

    client._targets._targets._client.meta.events.register("before-call.dynamodb.UpdateItem", come_between)

    written = client.put(item(timeout_seconds=9))

    assert written.fields == ("note", "timeout_seconds")
    assert client.get("homepage").fields == item(timeout_seconds=9)


def test_a_put_with_an_etag_refuses_what_was_changed_meanwhile(client):
    client.put(item())
    etag = client.get("homepage").etag
    client.put(item(note="by somebody else"))

    with pytest.raises(ConflictError, match="read it again"):
        client.put(item(timeout_seconds=9), if_match=etag)

    client.put(item(timeout_seconds=9), if_match=client.get("homepage").etag)


def test_an_edit_is_made_of_what_is_there_when_it_is_written(stack, client, hooks):
    notes = iter(["by somebody else"])

    def come_between(**_):
        for note in notes:
            stack.edit("homepage", note=note)

    hooks("before-call.dynamodb.UpdateItem", come_between)
    stack.write(item())

    written = client.edit("homepage", lambda fields: fields | {"timeout_seconds": 9})

    assert (written.change, written.fields) == (Change.CHANGED, ("timeout_seconds",))
    assert client.get("homepage").fields == item(note="by somebody else", timeout_seconds=9)


def test_an_edit_gives_up_where_others_are_always_faster(stack, client, hooks):
    notes = iter(map(str, range(99)))
    hooks("before-call.dynamodb.UpdateItem", lambda **_: stack.edit("homepage", note=next(notes)))
    stack.write(item())

    with pytest.raises(ConflictError, match="somebody else"):
        client.edit("homepage", lambda fields: fields | {"timeout_seconds": 9})

    assert client.get("homepage").fields == item(note="4")


def test_an_edit_in_place_is_written_too(client):
    client.put(item(params={"message": {"deep": "old"}}))

    def edit(fields):
        fields["params"]["message"]["deep"] = "new"
        return fields

    assert client.edit("homepage", edit).fields == ("params",)
    assert client.get("homepage").fields == item(params={"message": {"deep": "new"}})


@pytest.mark.parametrize("wrong", [{"id": "other"}, {"id": None}, {"schedule": "rate(soon)"}, {"params": {1, 2}}])
def test_an_edit_into_what_is_refused_is_not_written(client, calls, wrong):
    client.put(item())
    calls.clear()

    with pytest.raises(InvalidTargetError):
        client.edit("homepage", lambda fields: fields | wrong)

    assert calls == {"GetItem": 1}


def test_an_edit_with_an_etag_refuses_what_was_changed_meanwhile(client):
    client.put(item())
    etag = client.get("homepage").etag
    client.put(item(note="by somebody else"))

    with pytest.raises(ConflictError, match="read it again"):
        client.edit("homepage", lambda fields: fields | {"timeout_seconds": 9}, if_match=etag)


def test_an_etag_outlives_the_plan(stack, client):
    client.put(item())
    etag = client.get("homepage").etag

    stack.plan_all()

    assert client.get("homepage").etag == etag


def test_a_new_target_that_exists_is_refused(client):
    client.put(item(), only_new=True)

    with pytest.raises(ConflictError, match="exists"):
        client.put(item(), only_new=True)


@pytest.mark.parametrize("switch", ["pause", "resume"])
def test_a_note_that_the_planner_would_refuse_is_not_written(stack, client, switch):
    client.put(item(note="mine"))

    with pytest.raises(InvalidTargetError, match="note: must have at most 1024 characters"):
        getattr(client, switch)("homepage", "x" * 1_025)

    assert client.get("homepage").fields["note"] == "mine"


def test_a_paused_target_says_why_and_runs_again_when_resumed(stack, client):
    client.put(item())
    stack.plan_all()

    client.pause("homepage", "moving house")
    stack.plan_all()
    assert client.get("homepage").plan.reason == "active is false: moving house"

    client.resume("homepage", note="")
    stack.plan_all()
    assert client.get("homepage").plan.status is PlanStatus.SCHEDULED
    assert "note" not in client.get("homepage").fields


def test_what_is_not_there_is_said(client):
    def edit(target_id):
        return client.edit(target_id, dict)

    for ask in (client.get, edit, client.delete, client.pause, client.resume, client.run_now, client.next):
        with pytest.raises(NotFoundError, match="hourglass list"):
            ask("nowhere")


def test_a_deleted_target_is_gone(client):
    client.put(item())

    client.delete("homepage")

    assert list(client.list()) == []


def test_a_listing_reads_every_page(stack, client, calls):
    for place in range(5):
        stack.write(item(id=f"t{place}", params={"message": "x" * 300_000}))

    found = sorted(one.target_id for one in client.list())

    assert found == ["t0", "t1", "t2", "t3", "t4"]
    assert calls["Scan"] > 1


def test_a_listing_keeps_what_its_filter_asks_for(stack, client):
    client.put(item(id="web", tags={"team": "web"}))
    client.put(item(id="slow", schedule="rate(1 day)"))
    client.put(item(id="paused", active=False))
    stack.plan_all()

    def ids(**keep):
        return sorted(one.target_id for one in client.list(TargetFilter(**keep)))

    assert ids(tags={"team": "web"}) == ["web"]
    assert ids(statuses=frozenset({PlanStatus.PAUSED})) == ["paused"]
    assert ids(runs_in=Window(NOON, NOON + timedelta(hours=1))) == ["web"]


def test_an_import_makes_the_stack_what_the_file_says(stack, client):
    client.put(item(id="gone"))
    client.put(item(id="changed"))
    wanted = [item(id="changed", note="new"), item(id="fresh")]

    steps = client.compare(wanted, prune=True)
    by_id = {one["id"]: one for one in wanted}
    for step in steps:
        client.apply(step, by_id.get(step.target_id))

    assert sorted(one.target_id for one in client.list()) == ["changed", "fresh"]
    assert {one.change for one in client.compare(wanted, prune=True)} == {Change.UNCHANGED}


def test_a_target_that_is_gone_before_an_import_deletes_it_holds_up_nothing(client):
    for target_id in ("a", "b", "c"):
        client.put(item(id=target_id))
    steps = client.compare([], prune=True)
    client.delete("b")

    done = [client.apply(step) for step in steps]

    assert [(one.target_id, one.change) for one in done] == [(name, Change.DELETED) for name in ("a", "b", "c")]
    assert list(client.list()) == []


def test_an_import_with_an_id_twice_is_refused(client):
    with pytest.raises(InvalidTargetError, match="twice"):
        client.compare([item(), item()])

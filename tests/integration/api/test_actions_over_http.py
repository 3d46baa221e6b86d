"""What is done to a target over HTTP, what it did and will do, and what is refused before it is parsed; on moto."""

import json

import pytest

from functions.api import listing
from functions.api.cursors import cursor_of
from functions.api.requests import BODY_BYTES_MAX
from tests.integration.moto_stack import NOON
from tests.unit.examples import item, minutes


@pytest.fixture
def homepage(stack, http):
    assert http("POST", "/targets", item()).status == 201
    stack.turn()
    return "/targets/homepage"


def test_a_paused_target_does_not_run_until_it_is_resumed(stack, http, homepage):
    paused = http("POST", f"{homepage}:pause", {"note": "moving house"}).json
    stack.go_on_until(NOON + minutes(20))
    assert (paused["active"], paused["note"]) == (False, "moving house")
    assert stack.plan("homepage")["status"] == "PAUSED"
    assert stack.runs() == []

    resumed = http("POST", f"{homepage}:resume", {"note": ""}).json
    stack.go_on_until(NOON + minutes(26))

    assert resumed["active"] is True
    assert "note" not in resumed
    assert [run["scheduled_at"] for run in stack.runs()] == ["2026-11-20T12:25:00Z"]


def test_an_invalid_target_can_be_paused_and_is_not_run(stack, http):
    stack.write(item(schedule="rate(0 minutes)"))

    assert http("POST", "/targets/homepage:pause").status == 200
    assert http("POST", "/targets/homepage:run").fields_at_fault == ["schedule"]
    assert stack.waiting() == 0


def test_a_run_that_was_asked_for_is_found_where_the_answer_says(stack, http, homepage):
    asked = http("POST", f"{homepage}:run")
    assert (asked.status, asked.json["status"]) == (202, "QUEUED")
    path = asked.headers["Location"].removeprefix("..")
    assert http("GET", path).status == 404

    stack.turn()

    run = http("GET", path).json
    assert (run["status"], run["trigger"], run["output"]) == ("COMPLETED", "manual", {"message": "hi"})
    assert run["scheduled_at"] == asked.json["scheduled_at"]
    assert http("GET", path.replace("~", "%23")).json == run


def test_a_run_asked_for_twice_under_one_key_takes_place_once(stack, http, homepage):
    first = http("POST", f"{homepage}:run", Idempotency_Key="k1")
    stack.turn()
    stack.clock.at += minutes(1)
    second = http("POST", f"{homepage}:run", Idempotency_Key="k1")
    another = http("POST", f"{homepage}:run", Idempotency_Key="k2")
    stack.turn()

    assert (first.json, first.headers["Location"]) == (second.json, second.headers["Location"])
    assert "Idempotent-Replayed" not in first.headers
    assert second.headers["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in another.headers
    assert sorted(run["scheduled_at"] for run in stack.runs()) == [
        first.json["scheduled_at"],
        another.json["scheduled_at"],
    ]


def test_a_run_whose_asking_got_no_answer_takes_place_once_when_it_is_asked_for_again(stack, http, homepage, hooks):
    broken = iter([True])

    def die(**_):
        for _ in broken:
            raise ConnectionError("the function died before it could say that it was done")

    stack.clock.at += minutes(1.01)
    before = stack.waiting()
    hooks("before-call.dynamodb.UpdateItem", die)
    lost = http("POST", f"{homepage}:run", Idempotency_Key="k1")
    stack.clock.at += minutes(1)
    again = http("POST", f"{homepage}:run", Idempotency_Key="k1")
    assert (lost.status, again.status, again.headers["Idempotent-Replayed"]) == (500, 202, "true")
    assert stack.waiting() == before + 2
    stack.turn()

    assert [run["scheduled_at"] for run in stack.runs()] == [again.json["scheduled_at"]]


def test_a_key_under_which_no_run_could_be_asked_for_is_free_again(http, homepage):
    assert http("POST", "/targets/absent:run", Idempotency_Key="k1").status == 404
    http("POST", "/targets", item(id="absent"))

    asked = http("POST", "/targets/absent:run", Idempotency_Key="k1")

    assert (asked.status, asked.headers.get("Idempotent-Replayed")) == (202, None)


def test_an_operation_without_a_body_refuses_the_fields_of_one(stack, http, homepage):
    refused = http("POST", f"{homepage}:run", {"params": {"message": "another"}})
    asked = http("POST", f"{homepage}:run", {})

    assert (refused.status, refused.fields_at_fault) == (422, ["params"])
    assert asked.status == 202


def test_a_backfill_runs_every_occurrence_of_the_past_once(stack, http):
    http("POST", "/targets", item(schedule="cron(0 * * * ? *)"))
    stack.plan_all()
    past = {"from": "2026-11-20T06:00:00Z", "to": "2026-11-20T12:00:00Z"}

    dry = http("POST", "/targets/homepage:backfill", past | {"dry_run": True})
    assert (dry.json["count"], stack.waiting()) == (7, 0)
    for _ in range(2):
        assert http("POST", "/targets/homepage:backfill", past).json["count"] == 7
        stack.turn()

    assert [run["trigger"] for run in stack.runs()] == ["backfill"] * 7


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "from"),
        ({"from": "2026-11-20T06:00:00Z", "to": "2026-11-20T05:00:00Z"}, "to"),
        ({"from": "2026-11-20T06:00:00Z", "limit": 1}, "limit"),
        ({"from": "2026-11-20T06:00:00Z", "limit": 0}, "limit"),
        ({"from": "2026-11-20T06:00:00Z", "name": "a b"}, "name"),
    ],
)
def test_a_backfill_asked_for_wrongly_is_refused(http, homepage, body, field):
    refused = http("POST", f"{homepage}:backfill", body)

    assert (refused.status, refused.fields_at_fault) == (422, [field])


def test_the_next_runs_are_told_with_weekday_and_count(http, homepage):
    ahead = http("GET", f"{homepage}/next?count=2").json["next"]

    assert [(one["scheduled_at"], one["weekday"]) for one in ahead] == [
        ("2026-11-20T12:05:00Z", "Friday"),
        ("2026-11-20T12:10:00Z", "Friday"),
    ]


@pytest.mark.parametrize("looked_at", [1_000, 1], ids=["targets", "timers"])
def test_the_run_that_a_runner_has_chosen_is_the_next(stack, http, homepage, monkeypatch, looked_at):
    monkeypatch.setattr(listing, "LOOKED_AT_MAX", looked_at)
    http("PATCH", homepage, {"params": {"result": {"next_run_at": "2026-11-20T12:12:00Z"}}})
    stack.go_on_until(NOON + minutes(6))

    ahead = http("GET", f"{homepage}/next?count=2").json["next"]
    upcoming = http("GET", "/upcoming?within_minutes=10").json["runs"]

    assert [one["due_at"][11:16] for one in ahead] == ["12:12", "12:15"]
    assert [one["due_at"][11:16] for one in upcoming] == ["12:12", "12:15"]
    assert http("GET", homepage).json["next_run_at"] == "2026-11-20T12:12:00Z"


def test_the_history_is_listed_latest_first_page_by_page_and_filtered(stack, http, homepage):
    stack.go_on_until(NOON + minutes(26))

    first = http("GET", f"{homepage}/runs?limit=3").json
    rest = http("GET", f"{homepage}/runs?limit=3&cursor={first['next_cursor']}").json
    between = http("GET", f"{homepage}/runs?since=2026-11-20T12:10:00Z&until=2026-11-20T12:20:00Z").json

    times = [run["scheduled_at"][11:16] for run in first["runs"] + rest["runs"]]
    assert times == ["12:25", "12:20", "12:15", "12:10", "12:05"]
    assert rest["next_cursor"] is None
    assert [run["scheduled_at"][11:16] for run in between["runs"]] == ["12:15", "12:10"]
    assert http("GET", f"{homepage}/runs?status=FAILED").json["runs"] == []


def test_a_history_between_two_instants_in_the_wrong_order_is_refused(http, homepage):
    refused = http("GET", f"{homepage}/runs?since=2026-11-20T12:20:00Z&until=2026-11-20T12:10:00Z")

    assert (refused.status, refused.fields_at_fault) == (422, ["until"])


def test_a_cursor_of_another_history_is_refused(stack, http, homepage):
    http("POST", "/targets", item(id="other"))
    stack.go_on_until(NOON + minutes(16))
    late = http("GET", f"{homepage}/runs?limit=1").json["next_cursor"]
    endless = cursor_of("runs", "homepage", "2026-11-20T12:05:00Z" + "#" * 1100)

    for path in (
        f"/targets/other/runs?cursor={late}",
        f"{homepage}/runs?until=2026-11-20T12:10:00Z&cursor={late}",
        f"{homepage}/runs?since=2026-11-20T12:20:00Z&cursor={late}",
        f"{homepage}/runs?cursor={endless}",
        f"/upcoming?cursor={late}",
    ):
        refused = http("GET", path)
        assert (refused.status, refused.fields_at_fault) == (422, ["cursor"]), path
        assert "another listing" in refused.json["errors"][0]["detail"]


def test_a_cursor_beyond_the_calendar_is_refused(http):
    before_the_first_year = cursor_of("upcoming", "0001-01-01T00:00:00+14:00", "a", "2026-11-20T12:05:00Z")

    refused = http("GET", f"/upcoming?cursor={before_the_first_year}")

    assert (refused.status, refused.fields_at_fault) == (422, ["cursor"])


def test_the_history_of_a_deleted_target_stays_and_of_none_is_told(stack, http, homepage):
    stack.go_on_until(NOON + minutes(6))
    http("DELETE", homepage)

    assert len(http("GET", f"{homepage}/runs").json["runs"]) == 1
    assert http("GET", "/targets/other/runs").status == 404


@pytest.mark.parametrize(("looked_at", "is_complete"), [(1_000, True), (2, False)], ids=["targets", "timers"])
def test_all_runs_to_come_are_listed_across_targets_page_by_page(stack, http, monkeypatch, looked_at, is_complete):
    monkeypatch.setattr(listing, "LOOKED_AT_MAX", looked_at)
    for place, period in enumerate((5, 3, 7)):
        http("POST", "/targets", item(id=f"t{place}", schedule=f"rate({period} minutes)"))
    stack.turn()

    runs, cursor = [], ""
    while cursor is not None:
        page = http("GET", f"/upcoming?within_minutes=15&limit=4{cursor and f'&cursor={cursor}'}").json
        runs += [(run["due_at"][14:16], run["target_id"]) for run in page["runs"]]
        cursor = page["next_cursor"]

    expected = [(m, f"t{place}") for place, period in enumerate((5, 3, 7)) for m in range(period, 15, period)]
    assert runs == [(f"{minute:02}", target_id) for minute, target_id in sorted(expected)]
    assert (page["complete"], page["queued"]) == (is_complete, 3)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"schedule": "rate(5 minuets)"}, "schedule"),
        ({"schedule": "rate(5 minutes)", "timezone": "Mars"}, "timezone"),
        ({"schedule": "rate(5 minutes)", "except": ["never"]}, "except"),
        ({"schedule": "rate(5 minutes)", "count": 0}, "count"),
        ({}, "schedule"),
    ],
)
def test_an_expression_that_is_wrong_is_explained(http, body, field):
    refused = http("POST", "/expressions:check", body)

    assert (refused.status, refused.fields_at_fault) == (422, [field])


def test_an_expression_is_previewed_on_its_own_clock(http):
    body = {"schedule": "cron(0 9 ? * MON-FRI *)", "timezone": "Europe/Paris", "count": 1}

    (first,) = http("POST", "/expressions:check", body).json["next"]

    assert (first["local"], first["weekday"]) == ("2026-11-23T09:00:00+01:00", "Monday")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 400),
        (b'{"id": "a", "id": "b"}', 400),
        (b'{"id": NaN}', 400),
        (b'{"id": "\xff"}', 422),
        (b"[" * 50_000, 400),
        (b'{"a":' * 20_000, 400),
        (b"1" * 5_000, 400),
        (json.dumps([item()]).encode(), 422),
        (b"", 422),
        (b"x" * (BODY_BYTES_MAX + 1), 413),
    ],
)
def test_a_body_that_is_no_target_is_refused_by_what_it_is(stack, http, body, status):
    refused = http("POST", "/targets", body)

    assert refused.status == status
    assert refused.json["type"].startswith("urn:hourglass:problem:")
    assert stack.rows("targets") == []


def test_a_body_is_not_parsed_before_its_size_is_known(http, monkeypatch):
    def parse(*_, **__):
        raise AssertionError("it was parsed")

    monkeypatch.setattr("functions.api.requests.json.loads", parse)

    assert http("POST", "/targets", b'"' + b"x" * BODY_BYTES_MAX + b'"', Content_Type="text/csv").status == 413
    assert http("POST", "/targets", b"id=a", Content_Type="application/x-www-form-urlencoded").status == 415


def test_what_there_is_not_is_told_apart_from_what_cannot_be_done_there(http):
    nowhere, not_so = http("GET", "/target"), http("PUT", "/targets", {})

    assert nowhere.status == 404
    assert (not_so.status, not_so.headers["Allow"]) == (405, "GET, POST")


@pytest.mark.parametrize(
    ("method", "path", "body", "advice"),
    [
        ("GET", "/targets/caf%C3%A9", None, "must be an id: letters"),
        ("GET", "/tasks/caf%C3%A9", None, "must be an id, as"),
        ("GET", "/runs/homepage/yesterday", None, "must be the name of a run"),
        ("GET", "/targets?limit=many", None, "must be a whole number"),
        ("POST", "/targets/homepage:pause", {"note": 5}, "must be a text"),
        ("POST", "/tasks:batch", {"tasks": []}, "must have at least 1 item, not 0"),
    ],
)
def test_advice_is_in_the_words_of_http(http, method, path, body, advice):
    (error,) = http(method, path, body).json["errors"]

    assert error["detail"].startswith(advice)
    assert "DynamoDB" not in error["detail"]


def test_what_nobody_foresaw_is_answered_without_its_details(http, hooks):
    def break_down(**_):
        raise RuntimeError("secret")

    hooks("before-call.dynamodb.GetItem", break_down)
    broken = http("GET", "/targets/a")

    assert (broken.status, broken.headers["Content-Type"]) == (500, "application/problem+json")
    assert b"secret" not in broken.content


def test_the_docs_need_nothing_from_elsewhere(http):
    page = http("GET", "/docs", Accept_Encoding="gzip")

    assert (page.status, page.headers["Content-Type"]) == (200, "text/html")
    assert b"putTarget" in page.content
    for tag in (b'src="http', b'href="http', b"src='http", b"@import"):
        assert tag not in page.content

"""What docs/api.md says that a call costs, counted."""

import pytest

from functions.api import listing
from tests.integration.moto_stack import NOON
from tests.unit.examples import item, minutes

KEY = {"Idempotency_Key": "k"}
ECHO = {"type": "echo", "params": {"message": "hi"}}
PAST = {"from": "2026-11-20T11:00:00Z"}
RUN = "/runs/t0/2026-11-20T12:05:00Z"

COSTS = {
    "create": (("POST", "/targets", item(id="new")), {}, {"PutItem": 1}),
    "create under a key": (("POST", "/targets", item(id="new")), KEY, {"PutItem": 2, "UpdateItem": 1}),
    "list": (("GET", "/targets?limit=2"), {}, {"Scan": 1}),
    "list with filters": (("GET", "/targets?limit=2&type=http&status=SCHEDULED"), {}, {"Scan": 1}),
    "read": (("GET", "/targets/t0"), {}, {"GetItem": 1}),
    "put": (("PUT", "/targets/t0", item(id="t0", note="x")), {}, {"GetItem": 1, "UpdateItem": 1}),
    "put of what is there": (("PUT", "/targets/t0", item(id="t0")), {}, {"GetItem": 1}),
    "patch": (("PATCH", "/targets/t0", {"note": "x"}), {}, {"GetItem": 1, "UpdateItem": 1}),
    "delete": (("DELETE", "/targets/t0"), {}, {"DeleteItem": 1}),
    "delete if it exists": (("DELETE", "/targets/t0"), {"If_Match": "*"}, {"GetItem": 1, "DeleteItem": 1}),
    "pause": (("POST", "/targets/t0:pause"), {}, {"GetItem": 1, "UpdateItem": 1}),
    "run": (("POST", "/targets/t0:run"), {}, {"GetItem": 1, "SendMessageBatch": 1}),
    "run under a key": (
        ("POST", "/targets/t0:run"),
        KEY,
        {"PutItem": 1, "GetItem": 1, "SendMessageBatch": 1, "UpdateItem": 1},
    ),
    "backfill": (("POST", "/targets/t0:backfill", PAST), {}, {"GetItem": 1, "SendMessageBatch": 2}),
    "next": (("GET", "/targets/t0/next?count=100"), {}, {"GetItem": 1}),
    "runs": (("GET", "/targets/t0/runs?limit=1"), {}, {"Query": 1}),
    "show": (("GET", RUN), {}, {"GetItem": 1}),
    "upcoming": (("GET", "/upcoming?within_minutes=9"), {}, {"Scan": 1, "GetQueueAttributes": 1}),
    "upcoming, first page": (
        ("GET", "/upcoming?within_minutes=60&limit=1"),
        {},
        {"Scan": 1, "GetQueueAttributes": 1},
    ),
    "check": (("POST", "/expressions:check", {"schedule": "rate(1 day)"}), {}, {}),
    "task": (("POST", "/tasks", ECHO), {}, {"PutItem": 1}),
    "tasks": (("POST", "/tasks:batch", {"tasks": [ECHO] * 7}), {}, {"PutItem": 7}),
    "tasks under a key": (("POST", "/tasks:batch", {"tasks": [ECHO] * 7}), KEY, {"PutItem": 8, "UpdateItem": 1}),
    "openapi.json": (("GET", "/openapi.json"), {}, {}),
}


@pytest.mark.parametrize("name", COSTS)
def test_a_call_costs_what_the_docs_say(stack, http, calls, name):
    request, headers, costs = COSTS[name]
    for place in range(3):
        http("POST", "/targets", item(id=f"t{place}"))
    stack.go_on_until(NOON + minutes(6))
    calls.clear()

    answer = http(*request, **headers)

    assert answer.status < 300, answer.json
    assert calls == costs


@pytest.mark.parametrize(("url", "queries"), [("within_minutes=9", 18), ("within_minutes=60&limit=1", 16)])
def test_runs_to_come_of_more_targets_than_are_looked_at_cost_queries_of_timers(
    stack, http, calls, monkeypatch, url, queries
):
    monkeypatch.setattr(listing, "LOOKED_AT_MAX", 2)
    for place in range(3):
        http("POST", "/targets", item(id=f"t{place}"))
    stack.turn()
    calls.clear()

    answer = http("GET", f"/upcoming?{url}").json

    assert answer["complete"] is False
    assert [run["target_id"] for run in answer["runs"]][:1] == ["t0"]
    assert calls == {"Scan": 1, "Query": queries, "BatchGetItem": 1, "GetQueueAttributes": 1}


def test_watching_and_cancelling_a_task_cost_what_the_docs_say(stack, http, calls):
    task = http("POST", "/tasks", ECHO | {"delay": {"hours": 1}}).json
    calls.clear()

    http("GET", f"/tasks/{task['id']}")
    assert calls == {"GetItem": 1, "Query": 1}
    calls.clear()
    http("DELETE", f"/tasks/{task['id']}")
    assert calls == {"GetItem": 1, "Query": 2, "DeleteItem": 1}


def test_a_listing_that_finds_nothing_looks_at_a_thousand_targets_at_the_most(stack, http, calls, monkeypatch):
    monkeypatch.setattr("functions.api.listing._AT_ONCE", 5)
    monkeypatch.setattr("functions.api.listing.LOOKED_AT_MAX", 20)
    for place in range(30):
        stack.write(item(id=f"t{place}"))
    calls.clear()

    page = http("GET", "/targets?type=http").json

    assert page["targets"] == []
    assert page["next_cursor"] is not None
    assert calls == {"Scan": 4}

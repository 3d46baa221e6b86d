"""What docs/cli.md says that a call costs."""

from datetime import timedelta
from itertools import islice

import pytest

from hourglass import RunFilter
from tests.integration.moto_stack import NOON
from tests.unit.examples import item, minutes

TARGETS = 3
COSTS = {
    "put of a new one": (lambda client: client.put(item(id="new")), {"GetItem": 1, "PutItem": 1}),
    "put of an edit": (lambda client: client.put(item(id="t0", note="x")), {"GetItem": 1, "UpdateItem": 1}),
    "put of what is there": (lambda client: client.put(item(id="t0")), {"GetItem": 1}),
    "edit": (lambda client: client.edit("t0", lambda fields: fields | {"note": "x"}), {"GetItem": 1, "UpdateItem": 1}),
    "get": (lambda client: client.get("t0"), {"GetItem": 1}),
    "list": (lambda client: list(client.list()), {"Scan": 1}),
    "pause": (lambda client: client.pause("t0", "why"), {"UpdateItem": 1}),
    "resume": (lambda client: client.resume("t0"), {"UpdateItem": 1}),
    "delete": (lambda client: client.delete("t0"), {"DeleteItem": 1}),
    "next": (lambda client: client.next("t0", count=100), {"GetItem": 1}),
    "run": (lambda client: client.run_now("t0"), {"GetItem": 1, "SendMessageBatch": 1}),
    "runs": (lambda client: list(islice(client.runs("t0", RunFilter(), page=2), 2)), {"Query": 1}),
    "show": (lambda client: client.run("t0", "2026-11-20T12:05:00Z"), {"GetItem": 1}),
    "upcoming": (lambda client: client.upcoming(minutes(9)), {"Scan": 1}),
    "upcoming, from timers": (
        lambda client: client.upcoming(minutes(9) - timedelta(seconds=1), complete=False),
        {"Query": 2 * 9},
    ),
    "import": (lambda client: client.compare([item(id=f"n{place}") for place in range(100)]), {"BatchGetItem": 1}),
    "import with prune": (lambda client: client.compare([item(id="t0")], prune=True), {"Scan": 1}),
    "redrive of nothing": (lambda client: list(client.redrive()), {"ReceiveMessage": 2}),
    "stats": (lambda client: client.stats(NOON), {"Scan": 2, "Query": 2 * 23}),
}


@pytest.mark.parametrize("name", COSTS)
def test_a_call_costs_what_the_docs_say(stack, client, calls, name):
    ask, costs = COSTS[name]
    for place in range(TARGETS):
        client.put(item(id=f"t{place}"))
    stack.go_on_until(NOON + minutes(11))
    stack.clock.at = NOON + minutes(11)
    calls.clear()

    ask(client)

    assert calls == costs


def test_a_redriven_letter_costs_two_reads_and_two_requests(stack, client, calls):
    client.put(item())
    stack.sqs.send_message(QueueUrl=stack.dead_letter_queue_url, MessageBody='{"target_id": "homepage"}')
    calls.clear()

    list(client.redrive())

    assert calls == {"ReceiveMessage": 3, "GetItem": 2, "SendMessageBatch": 1, "DeleteMessage": 1}


def test_an_examination_costs_the_same_whatever_the_stacks_size(stack, client, calls):
    list(client.doctor())

    assert calls.total() <= 18
    assert not calls.keys() & {"Scan", "Query"}

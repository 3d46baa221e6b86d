"""Each function's role allows what the function calls, and nothing else."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from functions.api import listing
from functions.api.app import lambda_handler as api
from functions.aws.items import encode_item
from functions.aws.queue import SqsRunQueue
from functions.dispatcher.app import lambda_handler as dispatcher
from functions.executor import ending
from functions.executor.app import lambda_handler as executor
from functions.planner.app import lambda_handler as planner
from functions.ports import UnavailableError
from tests.http_events import request_event
from tests.integration.moto_stack import Stack, moto_stack
from tests.integration.permissions import STEPS, Permission, granted, needed_by_lambda

TICK: dict[str, Any] = {"id": "tick", "type": "echo", "schedule": "rate(1 minute)", "params": {"message": 1}}
MINUTE, SOON, LATER = timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=45)


def runs_and_ends(stack: Stack) -> None:
    """Targets that count their runs, change their params, fail, look at each other, and go when they are through."""
    stack.write(TICK | {"max_runs": 3, "on_complete": "delete"})
    stack.write(TICK | {"id": "queued", "overlap": "queue", "pause_after_failures": 2, "params": {"fail": 1}})
    stack.write(TICK | {"id": "broken", "params": {"fail": 99}, "retry": {"backoff_seconds": 0}})
    stack.write(TICK | {"id": "follows", "params": {"result": {"follow_ups": [TICK | {"id": "then"}]}}})
    stack.write(TICK | {"id": "learns", "params": {"result": {"new_params": {"seen": 1}}}})
    stack.go_on_until(stack.clock.at + SOON)


def is_edited_and_goes(stack: Stack) -> None:
    """A target that is told of twice, planned again, paused, and one that has nothing left to run and is to go."""
    stack.write(TICK)
    told = list(stack.target_records)
    stack.plan_all()
    stack.call(planner, {"Records": told})
    stack.edit("tick", schedule="rate(2 minutes)", max_runs=5)
    stack.go_on_until(stack.clock.at + SOON)
    stack.edit("tick", active=False)
    stack.write(TICK | {"id": "over", "schedule": "at(2026-11-20T11:00:00)", "on_complete": "delete"})
    stack.go_on_until(stack.clock.at + SOON)


def are_far_apart(stack: Stack) -> None:
    """Runs whose next ones are too far away for the queue."""
    for name, minutes in (("far", 40), ("as-far", 40), ("farther", 41)):
        stack.write(TICK | {"id": name, "schedule": f"rate({minutes} minutes)"})
    stack.go_on_until(stack.clock.at + LATER)


def cannot_queue_its_next_run(stack: Stack) -> None:
    """Runs whose messages have to come again."""
    stack.write(TICK)
    stack.write(TICK | {"id": "tock"})
    stack.turn()
    stack.clock.at += MINUTE
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SqsRunQueue, "send", lambda _, runs: [UnavailableError("throttled")] * len(runs))
        stack.call(executor, {"Records": stack.receive()})


def cannot_be_read(stack: Stack) -> None:
    """Records that are no records."""
    for handler in (planner, dispatcher):
        stack.call(handler, {"Records": [{"dynamodb": {"SequenceNumber": "1", "Keys": {}}}]})


def is_swept(stack: Stack) -> None:
    """A stack without TTL, with something lost for each thing that reconcile finds."""
    stack.ttl_works = False
    for name in ("far", "farther"):
        stack.write(TICK | {"id": name, "schedule": "rate(40 minutes)"})
    stack.write(TICK | {"id": "last", "schedule": "at(2026-11-20T12:03:00)", "on_complete": "delete"})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ending, "end_schedule", lambda *_: None)
        stack.go_on_until(stack.clock.at + SOON)
    stack.write(TICK | {"id": "unheard"})
    stack.take(stack.target_records)
    for timer in stack.timers():
        stack.dynamodb.delete_item(
            TableName="timers", Key=encode_item({key: timer[key] for key in ("slot", "timer_id")})
        )
    for _ in range(int(LATER / SOON)):
        stack.clock.at += SOON
        stack.sweep()


def is_asked_over_http(stack: Stack) -> None:
    """A target and a task that are created under a key, listed, edited, run and deleted; a key that is free again."""
    for method, url, body in (
        ("POST", "/targets", TICK),
        ("POST", "/targets", TICK | {"note": "another"}),
        ("PATCH", "/targets/tick", {"note": "edited"}),
        ("GET", "/targets", None),
        ("POST", "/targets/tick:run", None),
        ("GET", "/targets/tick/runs", None),
        ("GET", "/runs/tick/2026-11-20T12:00:00Z", None),
        ("GET", "/upcoming", None),
        ("DELETE", "/targets/tick", None),
        ("POST", "/tasks", {"type": "echo", "params": {"message": 1}}),
    ):
        stack.plan_all()
        headers = {"Content-Type": "application/json", "Idempotency-Key": str(body)}
        stack.call(
            api, request_event(method, url, body=b"" if body is None else json.dumps(body).encode(), headers=headers)
        )


def is_asked_what_is_upcoming(stack: Stack) -> None:
    """A stack with more targets than one call looks at."""
    stack.write(TICK)
    stack.plan_all()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(listing, "LOOKED_AT_MAX", 0)
        stack.call(api, request_event("GET", "/upcoming"))


SCENARIOS: list[Callable[[Stack], None]] = [
    runs_and_ends,
    is_edited_and_goes,
    are_far_apart,
    cannot_queue_its_next_run,
    cannot_be_read,
    is_swept,
    is_asked_over_http,
    is_asked_what_is_upcoming,
]


@pytest.fixture(scope="module")
def used() -> dict[str, set[Permission]]:
    """What each function has called in all scenarios; a call that its role does not allow fails there and then."""
    found: dict[str, set[Permission]] = {step: set() for step in STEPS}
    for scenario in SCENARIOS:
        with pytest.MonkeyPatch.context() as patch, moto_stack(patch) as stack:
            scenario(stack)
            for step, permissions in stack.calls.used.items():
                found[step] |= permissions
    return found


@pytest.mark.parametrize("step", STEPS)
def test_a_role_allows_exactly_what_its_function_and_lambda_call(step: str, used: dict[str, set[Permission]]) -> None:
    needed = used[step] | needed_by_lambda(step)

    assert sorted(granted(step) - needed) == [], "no call needs these"
    assert sorted(needed - granted(step)) == [], "AWS would refuse these"

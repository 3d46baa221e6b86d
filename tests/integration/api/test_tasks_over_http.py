"""`/tasks` over HTTP, on moto."""

import pytest
from botocore.exceptions import ConnectTimeoutError

from tests.integration.moto_stack import NOON
from tests.unit.examples import minutes

HELLO = {"type": "echo", "params": {"message": "hi"}}
BROKEN = {"type": "echo", "params": {"message": "hi", "fail": True}}


def accepted(http, body, **headers):
    answer = http("POST", "/tasks", body, **headers)
    assert answer.status == 201, answer.json
    return answer.json


def status(http, task):
    return http("GET", f"/tasks/{task['id']}").json["status"]


def test_a_task_runs_after_its_delay_and_tells_where_it_stands(stack, http):
    task = accepted(http, HELLO | {"delay": {"minutes": 90, "seconds": 5}})
    assert (task["status"], task["run_at"]) == ("SCHEDULED", "2026-11-20T13:30:05Z")
    assert task["time_left"] == {"hours": 1, "minutes": 30, "seconds": 5}

    stack.go_on_until(NOON + minutes(89))
    assert status(http, task) == "SCHEDULED"
    stack.go_on_until(NOON + minutes(91))

    done = http("GET", f"/tasks/{task['id']}").json
    assert (done["status"], done["output"], done["attempt"]) == ("COMPLETED", {"message": "hi"}, 1)
    assert done["started_at"] >= task["run_at"]
    assert done["time_left"] == {"hours": 0, "minutes": 0, "seconds": 0}


def test_a_task_leaves_its_row_and_nothing_else(stack, http):
    task = accepted(http, HELLO)
    stack.go_on_until(NOON + minutes(1))

    assert stack.target(task["id"]) == {}
    assert [run["target_id"] for run in stack.runs()] == [task["id"]]
    assert stack.waiting() == 0


@pytest.mark.parametrize(
    "when", [{}, {"delay": {}}, {"delay": {"seconds": 0}}, {"run_at": "2026-11-20T13:00:00+01:00"}]
)
def test_a_task_for_now_runs_within_seconds(stack, http, when):
    task = accepted(http, HELLO | when)

    stack.go_on_until(NOON + minutes(0.1))

    assert status(http, task) == "COMPLETED"


def test_a_task_whose_attempts_fail_is_in_progress_until_it_has_failed(stack, http):
    task = accepted(http, BROKEN | {"retry": {"max_attempts": 2, "backoff_seconds": 60}})
    stack.go_on_until(NOON + minutes(0.05))
    between = http("GET", f"/tasks/{task['id']}").json

    stack.go_on_until(NOON + minutes(10))

    failed = http("GET", f"/tasks/{task['id']}").json
    assert (between["status"], between["attempt"]) == ("IN_PROGRESS", 1)
    assert (failed["status"], failed["attempt"]) == ("FAILED", 2)
    assert failed["error"]


def test_a_cancelled_task_never_runs(stack, http):
    task = accepted(http, HELLO | {"delay": {"minutes": 5}})
    stack.turn()

    assert http("DELETE", f"/tasks/{task['id']}").status == 204
    stack.go_on_until(NOON + minutes(10))

    assert http("GET", f"/tasks/{task['id']}").status == 404
    assert http("DELETE", f"/tasks/{task['id']}").status == 404
    assert stack.runs() == []


def test_a_task_that_has_begun_cannot_be_cancelled(stack, http):
    task = accepted(http, BROKEN | {"retry": {"max_attempts": 2, "backoff_seconds": 60}})
    stack.go_on_until(NOON + minutes(0.05))

    refused = http("DELETE", f"/tasks/{task['id']}")

    assert refused.status == 409
    assert stack.target(task["id"])


def test_a_target_is_no_task(stack, http):
    stack.write({"id": "homepage", "schedule": "at(2026-11-20T13:00:00)"} | HELLO)

    assert http("GET", "/tasks/homepage").status == 404
    assert http("DELETE", "/tasks/homepage").status == 404
    assert stack.target("homepage")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"run_at": "2026-11-20T11:59:59Z"}, "run_at"),
        ({"run_at": "2026-11-20T13:00:00"}, "run_at"),
        ({"run_at": "2026-11-20T13:00:00Z", "delay": {"hours": 1}}, "run_at"),
        ({"delay": {"hours": -1}}, "delay.hours"),
        ({"delay": {"days": 1}}, "delay.days"),
        ({"type": "ecko"}, "type"),
        ({"params": {"mesage": "hi"}}, "params.mesage"),
        ({"timeout_seconds": 800}, "timeout_seconds"),
        ({"schedule": "rate(1 minute)"}, "schedule"),
    ],
)
def test_a_task_that_is_wrong_is_refused_by_field(stack, http, changes, field):
    refused = http("POST", "/tasks", HELLO | changes)

    assert (refused.status, refused.fields_at_fault) == (422, [field])
    assert stack.rows("targets") == []


def test_a_delay_that_is_a_bare_number_is_told_how_to_write_it(http):
    refused = http("POST", "/tasks", HELLO | {"delay": 5})

    assert refused.json["errors"] == [{"field": "delay", "detail": 'must be a map, such as {"seconds": 5}'}]


def test_a_batch_is_accepted_as_a_whole(stack, http):
    answer = http("POST", "/tasks:batch", {"tasks": [HELLO | {"delay": {"seconds": place}} for place in range(100)]})
    stack.go_on_until(NOON + minutes(3))

    tasks = answer.json["tasks"]
    assert answer.status == 201
    assert len({task["id"] for task in tasks}) == 100
    assert sorted(run["target_id"] for run in stack.runs()) == sorted(task["id"] for task in tasks)


def test_a_batch_with_one_mistake_is_refused_as_a_whole_and_says_which(stack, http):
    refused = http("POST", "/tasks:batch", {"tasks": [HELLO, HELLO | {"type": "ecko"}]})

    assert (refused.status, refused.fields_at_fault) == (422, ["tasks.1.type"])
    assert http("POST", "/tasks:batch", {"tasks": []}).fields_at_fault == ["tasks"]
    assert http("POST", "/tasks:batch", {"tasks": [HELLO] * 101}).fields_at_fault == ["tasks"]
    assert stack.rows("targets") == []


def test_a_batch_names_what_is_wrong_with_each_of_its_tasks(http):
    wrong = [HELLO | {"type": "ecko"}, HELLO, HELLO | {"run_at": "2020-01-01T00:00:00Z"}, {"type": "http"}]

    refused = http("POST", "/tasks:batch", {"tasks": wrong})

    assert refused.fields_at_fault == ["tasks.0.type", "tasks.2.run_at", "tasks.3.params.url"]


def test_tasks_asked_for_twice_under_one_key_run_once(stack, http):
    batch = {"tasks": [HELLO, HELLO | {"delay": {"minutes": 5}}]}
    first = http("POST", "/tasks:batch", batch, Idempotency_Key="k").json["tasks"]
    stack.go_on_until(NOON + minutes(1))

    second = http("POST", "/tasks:batch", batch, Idempotency_Key="k")
    stack.go_on_until(NOON + minutes(10))

    assert [task["status"] for task in second.json["tasks"]] == ["COMPLETED", "SCHEDULED"]
    assert [task["id"] for task in second.json["tasks"]] == [task["id"] for task in first]
    assert len(stack.runs()) == 2


@pytest.mark.parametrize(
    ("first", "second", "is_same"),
    [
        ("sts::123456789012:assumed-role/app/i-0abc", "sts::123456789012:assumed-role/app/botocore-session-1", True),
        ("sts::123456789012:assumed-role/app/i-0abc", "sts::123456789012:assumed-role/api/i-0abc", False),
        ("sts::123456789012:assumed-role/app/i-0abc", "sts::210987654321:assumed-role/app/i-0abc", False),
        ("iam::123456789012:user/team/alice", "iam::123456789012:user/team/bob", False),
    ],
)
def test_a_key_is_that_of_the_role_whichever_session_asks(http, first, second, is_same):
    asked = [accepted(http, HELLO, caller=f"arn:aws:{one}", Idempotency_Key="k")["id"] for one in (first, second)]

    assert (asked[0] == asked[1]) == is_same


@pytest.fixture
def die_before_answering(hooks):
    """Let the first asking under a key end before it can say that it is done."""
    broken = iter([True])

    def die(**_):
        for _ in broken:
            raise ConnectionError("the function died before it could say that it was done")

    hooks("before-call.dynamodb.UpdateItem", die)


@pytest.mark.usefixtures("die_before_answering")
@pytest.mark.parametrize("when", [{}, {"run_at": "2026-11-20T12:00:30Z"}, {"delay": {"seconds": 30}}])
def test_a_task_that_ran_before_its_caller_heard_of_it_does_not_run_again(stack, http, when):
    assert http("POST", "/tasks", HELLO | when, Idempotency_Key="k").status == 500
    stack.go_on_until(NOON + minutes(1))
    again = accepted(http, HELLO | when, Idempotency_Key="k")
    stack.go_on_until(NOON + minutes(2))

    assert again["status"] == "COMPLETED"
    assert len(stack.runs()) == 1


@pytest.mark.usefixtures("die_before_answering")
def test_a_batch_is_answered_again_though_the_instant_of_one_has_passed(stack, http):
    batch = {"tasks": [HELLO | {"run_at": f"2026-11-20T12:{minute}:00Z"} for minute in ("01", "10")]}
    assert http("POST", "/tasks:batch", batch, Idempotency_Key="k").status == 500
    stack.go_on_until(NOON + minutes(2))

    again = http("POST", "/tasks:batch", batch, Idempotency_Key="k")
    stack.go_on_until(NOON + minutes(11))

    assert [task["status"] for task in again.json["tasks"]] == ["COMPLETED", "SCHEDULED"]
    assert len(stack.runs()) == 2


def test_a_task_that_could_not_be_written_in_time_runs_when_it_is_asked_for_again(stack, http, hooks):
    broken = iter([True])

    def refuse(params, **_):
        if b"targets" in params["body"]:
            for _ in broken:
                raise ConnectTimeoutError(endpoint_url="dynamodb")

    hooks("before-call.dynamodb.PutItem", refuse)
    task = HELLO | {"run_at": "2026-11-20T12:00:30Z"}
    assert http("POST", "/tasks", task, Idempotency_Key="k").status == 503
    stack.go_on_until(NOON + minutes(1))

    late = accepted(http, task, Idempotency_Key="k")
    stack.go_on_until(NOON + minutes(2))

    assert (late["run_at"], status(http, late)) == ("2026-11-20T12:01:02Z", "COMPLETED")
    assert http("POST", "/tasks", task, Idempotency_Key="other").fields_at_fault == ["run_at"]


def test_tasks_that_could_not_all_be_written_are_taken_back(stack, http, hooks):
    written = []

    def refuse_the_second(**_):
        written.append(1)
        if len(written) == 2:
            raise ConnectTimeoutError(endpoint_url="dynamodb")

    hooks("before-call.dynamodb.PutItem", refuse_the_second)
    refused = http("POST", "/tasks:batch", {"tasks": [HELLO] * 3})

    assert (refused.status, refused.headers["Retry-After"]) == (503, "1")
    assert stack.rows("targets") == []


def test_a_task_that_was_written_too_late_is_taken_back(stack, http, hooks):
    def dawdle(**_):
        stack.clock.at = NOON + minutes(1)

    hooks("after-call.dynamodb.PutItem", dawdle)
    refused = http("POST", "/tasks", HELLO)

    assert refused.status == 503
    assert stack.rows("targets") == []

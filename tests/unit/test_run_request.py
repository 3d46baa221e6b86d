"""The messages on the run queue."""

import json
from datetime import timedelta

import pytest
from pydantic import JsonValue

from schedule_model.errors import InvalidRequestError
from schedule_model.reading_targets import parse_target
from schedule_model.run_request import REQUEST_SIZE_MAX, DispatchedBy, Task, Trigger, parse_request
from tests.unit.examples import NOON, minutes, request, revision, seconds

BODY = json.dumps(
    {
        "target_id": "homepage",
        "scheduled_at": "2026-11-20T12:00:00Z",
        "due_at": "2026-11-20T12:00:00Z",
        "revision": revision(1),
        "dispatched_by": "ttl",
    }
)


def test_a_body_is_read_with_its_defaults() -> None:
    assert parse_request(BODY) == request()
    assert parse_request(BODY).trigger is Trigger.SCHEDULE
    assert parse_request(BODY).attempt == 1


def test_a_request_is_read_back_as_it_was_written() -> None:
    sent = request(due_at=NOON + minutes(5), suffix="a1", trigger=Trigger.MANUAL, dispatched_by=DispatchedBy.MANUAL)

    assert parse_request(sent.model_dump_json()) == sent


def test_what_a_newer_release_adds_to_a_message_is_left_alone() -> None:
    assert parse_request(json.dumps(json.loads(BODY) | {"invented_later": 1})) == request()


def test_what_a_newer_release_adds_to_a_task_is_left_alone() -> None:
    body = json.loads(BODY) | {"task": {"type": "echo", "params": {}, "invented_later": 1}}

    assert parse_request(json.dumps(body)).task == Task(type="echo", params={})


def test_a_task_names_neither_its_target_nor_its_type_by_its_policies() -> None:
    policies: dict[str, JsonValue] = {"id": "another", "type": "http", "params": {}, "retry": {"max_attempts": 1}}
    task = Task(type="echo", params={"message": "hi"}, policies=policies)

    found = parse_target(task.item("homepage"))

    assert (found.id, found.type, found.params) == ("homepage", "echo", {"message": "hi"})
    assert found.retry.max_attempts == 1


def test_a_message_of_a_newer_format_is_refused() -> None:
    with pytest.raises(InvalidRequestError, match=r"^format: "):
        parse_request(json.dumps(json.loads(BODY) | {"format": 2}))


@pytest.mark.parametrize("body", ["", "nonsense", "[]", "null", "5", '"a"', "{", "{}", "\x00"])
def test_a_body_that_is_no_request_is_refused(body: str) -> None:
    with pytest.raises(InvalidRequestError):
        parse_request(body)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("target_id", ""),
        ("target_id", "x" * 257),
        ("target_id", 5),
        ("scheduled_at", "noon"),
        ("scheduled_at", "2026-11-20T12:00:00"),
        ("due_at", None),
        ("due_at", "0001-01-01T00:00:00+23:00"),
        ("revision", "x" * 65),
        ("dispatched_by", "pigeon"),
        ("trigger", "whim"),
        ("suffix", "a/b"),
        ("attempt", 0),
        ("attempt", "many"),
    ],
)
def test_a_wrong_field_is_refused_by_its_name(field: str, value: object) -> None:
    with pytest.raises(InvalidRequestError, match=f"^{field}: "):
        parse_request(json.dumps(json.loads(BODY) | {field: value}))


def test_an_oversize_body_is_refused_before_it_is_parsed() -> None:
    with pytest.raises(InvalidRequestError, match="characters"):
        parse_request(BODY + " " * REQUEST_SIZE_MAX)


def test_every_attempt_at_an_occurrence_has_the_same_idempotency_key() -> None:
    keys = {request(attempt=n, due_at=NOON + minutes(n)).idempotency_key for n in range(1, 5)}

    assert keys == {"homepage/2026-11-20T12:00:00Z"}


def test_a_manual_run_of_the_same_instant_is_another_run() -> None:
    manual = request(suffix="m1", trigger=Trigger.MANUAL)

    assert manual.run_id == "2026-11-20T12:00:00Z#m1"
    assert manual.idempotency_key != request().idempotency_key


def test_run_ids_sort_as_their_occurrences() -> None:
    ids = [request(scheduled_at=NOON + seconds(number)).run_id for number in (0, 1, 59, 60, 86_400)]

    assert ids == sorted(ids)


@pytest.mark.parametrize(("ahead", "waits"), [(-1, False), (0, False), (0.001, True), (2, True), (2.001, False)])
def test_an_executor_waits_for_a_precise_run_that_is_due_in_a_moment(ahead: float, *, waits: bool) -> None:
    due_at = NOON + timedelta(seconds=ahead)

    assert request(due_at=due_at, precise=True).waits(NOON) is waits
    assert request(due_at=due_at).waits(NOON) is False


def test_nobody_waits_for_what_is_asked_for_again() -> None:
    again = request(precise=True).later(NOON + timedelta(seconds=1))

    assert (again.due_at, again.precise, again.waits(NOON)) == (NOON + timedelta(seconds=1), False, False)

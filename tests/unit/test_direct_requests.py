"""Messages that people write to the run queue themselves."""

import json

import pytest

from schedule_model.direct_requests import direct_request
from schedule_model.errors import InvalidRequestError
from schedule_model.run_request import DispatchedBy, RunRequest, Trigger, parse_request
from tests.unit.examples import NOON


def asked(body: object, attributes: dict[str, str] | None = None) -> RunRequest | None:
    text = body if isinstance(body, str) else json.dumps(body)
    return direct_request(text, attributes or {}, message_id="m-1", sent_at=NOON)


def test_a_target_id_alone_runs_that_target_now() -> None:
    found = asked({"target_id": "homepage"})

    assert found is not None
    assert (found.target_id, found.trigger, found.dispatched_by) == ("homepage", Trigger.MANUAL, DispatchedBy.MANUAL)
    assert found.run_id == "2026-11-20T12:00:00Z#m-1"
    assert found.due_at == NOON
    assert found.revision == ""


def test_a_target_id_attribute_runs_that_target_whatever_the_body() -> None:
    found = asked("hello", {"TargetId": "homepage"})

    assert found is not None
    assert found.target_id == "homepage"


def test_a_task_runs_once_without_a_target() -> None:
    found = asked({"task": "echo", "params": {"message": "hi"}})

    assert found is not None
    assert found.target_id == "task.m-1"
    assert found.task is not None
    assert (found.task.type, found.task.params) == ("echo", {"message": "hi"})


def test_half_of_a_surrogate_pair_becomes_a_question_mark() -> None:
    found = asked(r'{"task": "echo", "params": {"cut \ud83d": ["\udc00", "\ud83d\ude00"]}}')

    assert found is not None
    assert found.task is not None
    assert found.task.params == {"cut ?": ["?", "\U0001f600"]}
    assert parse_request(found.model_dump_json()) == found


@pytest.mark.parametrize(("depth", "reason"), [(220, "recursion limit"), (255, "params: are nested too deep")])
def test_a_task_that_could_not_be_sent_or_read_again_is_refused(depth: int, reason: str) -> None:
    with pytest.raises(InvalidRequestError, match=reason):
        asked({"task": "echo", "params": {"deep": json.loads("[" * depth + "]" * depth)}})


def test_the_same_message_asks_for_the_same_run() -> None:
    assert asked({"target_id": "homepage"}) == asked({"target_id": "homepage"})


@pytest.mark.parametrize("body", ["", "nonsense", [], 5, {}, {"target_id": "a", "colour": "red"}, "[" * 100_000])
def test_what_is_of_no_such_kind_is_left_to_others(body: object) -> None:
    assert asked(body) is None


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"target_id": ""}, "target_id"),
        ({"target_id": 5}, "target_id"),
        ({"task": 5}, "task"),
        ({"task": "echo", "params": []}, "params"),
        ({"task": "echo", "colour": "red"}, "colour"),
    ],
)
def test_what_is_of_such_a_kind_and_wrong_is_refused_by_its_field(body: object, field: str) -> None:
    with pytest.raises(InvalidRequestError, match=f"^{field}: "):
        asked(body)


def test_an_attribute_too_long_to_be_a_target_id_is_refused() -> None:
    with pytest.raises(InvalidRequestError, match=r"^target_id: "):
        asked("", {"TargetId": "x" * 257})

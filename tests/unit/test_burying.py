"""Messages that are given up: nothing is done with before its letter lies where a person finds it."""

import json
from collections.abc import Callable, Mapping, Sequence

import pytest
from pydantic import JsonValue

from functions.aws.items import encode_item
from functions.dispatcher import app as dispatcher
from functions.planner import app as planner
from functions.ports import DeadLetter, Ports, UnavailableError
from functions.runners.contract import RunContext
from functions.telemetry import Count
from schedule_model.errors import RunnerError
from schedule_model.run import RunStatus
from schedule_model.run_request import Task, parse_request
from schedule_model.run_result import RunResult
from schedule_model.target import Target
from tests.simulation.memory import MemoryRunQueue
from tests.unit.examples import item, minutes, planned, request
from tests.unit.executing import Stack


class UnburyingQueue(MemoryRunQueue):
    """A queue whose dead-letter queues take nothing."""

    def bury(self, letters: Sequence[DeadLetter]) -> Sequence[UnavailableError | None]:
        return [UnavailableError("throttled") for _ in letters]


def fails_for_good(target: Target, context: RunContext) -> RunResult:
    raise RunnerError("no such host", is_retryable=False)


@pytest.fixture
def stack() -> Stack:
    made = Stack(item())
    made.runners.script = fails_for_good
    return made


def test_a_run_that_fails_for_good_is_buried_and_recorded(stack: Stack) -> None:
    assert stack.execute() == []
    assert [letter.reason for letter in stack.queue.dead] == ["no such host"]
    assert stack.row().status is RunStatus.FAILED


def test_the_letter_of_a_run_that_was_asked_for_by_hand_names_it(stack: Stack) -> None:
    assert stack.execute('{"target_id": "homepage"}') == []

    (letter,) = stack.queue.dead
    assert parse_request(letter.body).run_id == stack.row().run_id


def test_the_letter_of_a_run_whose_target_goes_says_what_to_run_again(stack: Stack) -> None:
    once = item(schedule="at(2026-11-20T12:00:00)", on_complete="delete", timeout_seconds=9, retry={"max_attempts": 1})
    stack.targets.table.put(encode_item(planned(once)))

    assert stack.execute() == []

    assert stack.targets.read(["homepage"]) == {}
    (letter,) = stack.queue.dead
    policies: dict[str, JsonValue] = {"timeout_seconds": 9, "retry": {"max_attempts": 1}}
    assert parse_request(letter.body).task == Task(type="echo", params={"message": "hi"}, policies=policies)


def test_the_letter_of_a_run_whose_target_stays_has_none_of_its_params(stack: Stack) -> None:
    assert stack.execute() == []

    (letter,) = stack.queue.dead
    assert parse_request(letter.body).task is None


def test_a_retry_of_a_run_without_a_target_keeps_what_to_run_however_far_away(stack: Stack) -> None:
    def asks_for_time(target: Target, context: RunContext) -> RunResult:
        raise RunnerError("429", retry_after=minutes(20))

    stack.runners.script = asks_for_time
    left = request(target_id="gone", task=Task(type="echo", params={"message": "hi"}))

    assert stack.execute(left.model_dump_json()) == []

    (held,) = stack.queue.messages.values()
    assert parse_request(held.body).task == left.task


def test_a_run_whose_letter_cannot_be_buried_comes_again_and_is_not_yet_recorded(stack: Stack) -> None:
    stack.queue = UnburyingQueue(stack.clock)

    assert stack.execute() == ["m1"]
    assert stack.row().status is RunStatus.IN_PROGRESS
    assert stack.telemetry.counts[Count.DEAD_LETTERS] == 0


def test_a_message_that_cannot_be_read_comes_again_until_it_is_buried(stack: Stack) -> None:
    stack.queue = UnburyingQueue(stack.clock)
    assert stack.execute("rubbish") == ["m1"]

    stack.queue = MemoryRunQueue(stack.clock)
    assert stack.execute("rubbish") == []
    assert [letter.body for letter in stack.queue.dead] == ["rubbish"]


STRANGE = {"dynamodb": {"SequenceNumber": "7", "Keys": {}}}
Handle = Callable[[Mapping[str, object], Ports], Mapping[str, object]]


@pytest.mark.parametrize("handle", [planner.handle, dispatcher.handle])
def test_a_record_that_can_never_be_read_is_buried_and_done_with(handle: Handle, stack: Stack) -> None:
    assert handle({"Records": [STRANGE]}, stack.ports()) == {"batchItemFailures": []}
    assert [json.loads(letter.body) for letter in stack.queue.dead] == [STRANGE]


@pytest.mark.parametrize("handle", [planner.handle, dispatcher.handle])
def test_a_record_that_cannot_be_buried_comes_again(handle: Handle, stack: Stack) -> None:
    stack.queue = UnburyingQueue(stack.clock)

    assert handle({"Records": [STRANGE]}, stack.ports()) == {"batchItemFailures": [{"itemIdentifier": "7"}]}

"""The contract of the RunQueue port."""

from datetime import UTC, datetime

import pytest

from functions.ports import DeadLetter
from schedule_model.dispatching import QueueRun
from schedule_model.run_request import DispatchedBy, RunRequest
from tests.contract.queues import QueueUnderTest

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def request(target_id: str = "a") -> RunRequest:
    return RunRequest(
        target_id=target_id,
        scheduled_at=NOW,
        due_at=NOW,
        revision="1",
        dispatched_by=DispatchedBy.NEAR,
    )


def test_each_message_is_held_for_its_delay(queue: QueueUnderTest) -> None:
    delays = {"a": 0, "b": 1, "c": 900}

    assert queue.port.send([QueueRun(request(name), delay) for name, delay in delays.items()]) == [None] * 3
    assert queue.held() == delays


@pytest.mark.parametrize("count", [0, 1, 10, 11, 25])
def test_any_number_of_messages_is_sent(queue: QueueUnderTest, count: int) -> None:
    sent = [QueueRun(request(f"t{number}"), number) for number in range(count)]

    assert queue.port.send(sent) == [None] * count
    assert queue.held() == {f"t{number}": number for number in range(count)}


def test_a_letter_is_buried_with_its_reason(queue: QueueUnderTest) -> None:
    body = request().model_dump_json()

    assert queue.port.bury([DeadLetter(body, "why")]) == [None]
    assert queue.buried() == [(body, "why")]


def test_a_letter_goes_to_the_targets_own_queue(queue: QueueUnderTest) -> None:
    assert queue.port.bury([DeadLetter("body", "why", queue.own_url)]) == [None]

    assert queue.buried(queue.own_url) == [("body", "why")]
    assert queue.buried() == []


def test_a_letter_whose_own_queue_cannot_be_reached_goes_to_the_stacks(queue: QueueUnderTest) -> None:
    missing = queue.own_url + "-that-is-not-there"

    assert queue.port.bury([DeadLetter("body", "why", missing)]) == [None]
    ((body, reason),) = queue.buried()
    assert body == "body"
    assert reason.startswith("why")


def test_several_letters_are_each_answered(queue: QueueUnderTest) -> None:
    letters = [DeadLetter("one", "1"), DeadLetter("two", "2", queue.own_url), DeadLetter("three", "3")]

    assert queue.port.bury(letters) == [None] * 3
    assert sorted(queue.buried()) == [("one", "1"), ("three", "3")]


def test_a_postponed_message_comes_again_sooner(queue: QueueUnderTest) -> None:
    queue.port.send([QueueRun(request(), 0)])
    receipts = queue.receive()
    assert queue.receive() == []

    queue.port.postpone(receipts, 0)

    assert len(queue.receive()) == 1


def test_more_than_ten_receipts_are_postponed(queue: QueueUnderTest) -> None:
    queue.port.send([QueueRun(request(f"t{number}"), 0) for number in range(15)])
    receipts = [*queue.receive(), *queue.receive()]
    assert len(receipts) == 15

    queue.port.postpone(receipts, 0)

    assert len([*queue.receive(), *queue.receive()]) == 15


def test_nothing_to_postpone_is_no_error(queue: QueueUnderTest) -> None:
    queue.port.postpone([], 5)
    queue.port.postpone(["", "no-such-receipt"], 5)

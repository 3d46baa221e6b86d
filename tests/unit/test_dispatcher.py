"""What the dispatcher leaves to the next delivery of a record."""

from collections.abc import Sequence

from functions.aws.items import encode_item
from functions.aws.rows import timer_row
from functions.dispatcher import app as dispatcher
from functions.ports import UnavailableError
from schedule_model.dispatching import QueueRun
from tests.simulation.memory import MemoryRunQueue
from tests.unit.examples import item, timer
from tests.unit.executing import Stack

REFUSED = UnavailableError("throttled")


class HalfQueue(MemoryRunQueue):
    """A queue that takes the first message of a batch only."""

    def send(self, messages: Sequence[QueueRun]) -> Sequence[UnavailableError | None]:
        super().send(messages[:1])
        return [None, *[REFUSED for _ in messages[1:]]]


def written(target_id: str, number: str) -> dict[str, object]:
    image = encode_item(timer_row(timer(target_id=target_id, near=True)))
    return {"eventName": "INSERT", "dynamodb": {"SequenceNumber": number, "NewImage": image}}


def test_a_record_whose_run_could_not_be_queued_comes_again() -> None:
    stack = Stack(item())
    stack.queue = HalfQueue(stack.clock)

    response = dispatcher.handle({"Records": [written("a", "1"), written("b", "2")]}, stack.ports())

    assert response == {"batchItemFailures": [{"itemIdentifier": "2"}]}
    assert ['"a"' in held.body for held in stack.queue.messages.values()] == [True]

"""What is said to SQS holds no character for which it refuses a message, and says the same all the same."""

import re
from typing import Any

from functions.aws.queue import SqsRunQueue
from functions.ports import DeadLetter
from schedule_model.dispatching import QueueRun
from schedule_model.run_request import Task, parse_request
from tests.unit.examples import request

STRANGE = request(task=Task(type="echo", params={"message": "\ufffe, \uffff and é"}))


class ParticularSqs:
    """An SQS that takes whole calls or none, as it does for characters that it refuses."""

    def __init__(self) -> None:
        self.bodies: list[str] = []

    def send_message_batch(self, **asked: Any) -> dict[str, Any]:
        for entry in asked["Entries"]:
            assert re.fullmatch("[\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]*", entry["MessageBody"])
            self.bodies.append(entry["MessageBody"])
        return {}


def test_a_run_with_characters_that_sqs_refuses_is_sent_and_buried_as_it_is() -> None:
    sqs = ParticularSqs()
    queue = SqsRunQueue(sqs, "runs", "dead")

    queue.send([QueueRun(STRANGE, 0)])
    queue.bury([DeadLetter(STRANGE.model_dump_json(), "why")])

    assert [parse_request(body) for body in sqs.bodies] == [STRANGE, STRANGE]

"""A failure that its runner says is for good."""

from functions.runners.contract import RunContext
from schedule_model.errors import RunnerError
from schedule_model.target import Target
from tests.property.virtual_loop import VirtualLoop
from tests.unit.policies.lives import told


def test_a_failure_for_good_is_not_tried_again_however_many_attempts_are_left() -> None:
    def script(target: Target, context: RunContext) -> None:
        raise RunnerError("no such page", is_retryable=False)

    loop = VirtualLoop(script)
    loop.user(0, lambda: loop.write({"id": "a", "type": "echo", "schedule": "rate(5 minutes)"}))
    loop.go_on_until(600 - 1)

    assert told(loop) == "12:05 FAILED"
    assert [letter.reason for letter in loop.queue.dead] == ["no such page"]

"""What becomes of a run whose executor died, or was told wrongly, at a bad moment; on moto, by the entry points."""

import json
import threading
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest

from functions.aws.queue import SqsRunQueue
from functions.aws.runs import DynamoRuns
from functions.executor import app as executor_app
from functions.ports import UnavailableError
from functions.registered_runners import RegisteredRunners
from functions.runners.contract import RunContext
from schedule_model.run_result import RunResult
from tests.integration.moto_stack import Stack
from tests.integration.test_loop_on_moto import at

EVERY_MINUTE: dict[str, Any] = {"id": "a", "type": "echo", "schedule": "rate(1 minute)", "params": {"message": 1}}
ONCE = "at(2026-11-20T12:01:00)"
ONE_TRY = {"retry": {"max_attempts": 1}}


class Killed(BaseException):
    """The process is gone: nothing of ours may catch it."""


def receive_and_die(stack: Stack, patch: pytest.MonkeyPatch) -> None:
    """Let the executor take what waits, and die once it has claimed it and seen to the next runs."""

    def die(*_: object) -> None:
        raise Killed

    with patch.context() as dying:
        dying.setattr(executor_app, "carry_out", die)
        with pytest.raises(Killed):
            stack.call(executor_app.lambda_handler, {"Records": stack.receive()})


def outcomes(stack: Stack) -> list[tuple[str, int]]:
    return [(run["status"], run["attempt"]) for run in stack.runs()]


def test_a_last_run_whose_executor_died_is_tried_again(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    stack.write(EVERY_MINUTE | {"max_runs": 2})
    stack.turn()
    stack.clock.at = at(1)
    receive_and_die(stack, monkeypatch)

    stack.go_on_until(at(20))

    assert outcomes(stack) == [("COMPLETED", 2), ("COMPLETED", 1)]
    assert stack.plan("a")["status"] == "COMPLETED"


def test_a_kill_leads_to_no_run_beyond_max_runs(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    stack.write(EVERY_MINUTE | ONE_TRY | {"max_runs": 1})
    stack.turn()
    stack.clock.at = at(1)
    receive_and_die(stack, monkeypatch)

    stack.go_on_until(at(20))

    assert outcomes(stack) == [("FAILED", 1)]


def test_a_claim_that_took_effect_and_was_told_as_refused_is_a_claim(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = DynamoRuns._write

    def written_twice(self: DynamoRuns, run: Any, **condition: Any) -> Any:
        write(self, run, **condition)
        return write(self, run, **condition)

    monkeypatch.setattr(DynamoRuns, "_write", written_twice)
    stack.write(EVERY_MINUTE | ONE_TRY | {"max_runs": 2})

    stack.go_on_until(at(5))

    assert outcomes(stack) == [("COMPLETED", 1), ("COMPLETED", 1)]
    assert stack.dead_letters() == []


def refuse_all(_: SqsRunQueue, messages: Sequence[object]) -> list[UnavailableError]:
    return [UnavailableError("throttled")] * len(messages)


def test_a_run_whose_next_one_could_not_be_queued_begins_at_its_next_delivery(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    stack.write(EVERY_MINUTE | ONE_TRY)
    stack.turn()
    stack.clock.at = at(1)
    with monkeypatch.context() as throttled:
        throttled.setattr(SqsRunQueue, "send", refuse_all)
        response = stack.call(executor_app.lambda_handler, {"Records": stack.receive()})
    assert len(response["batchItemFailures"]) == 1

    stack.go_on_until(at(3))

    assert set(outcomes(stack)) == {("COMPLETED", 1)}


def test_a_run_whose_next_one_could_not_be_queued_and_that_comes_again_too_late_does_not_end_its_chain(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    stack.write(EVERY_MINUTE | {"misfire_grace_seconds": 1, "catch_up": "skip"})
    stack.turn()
    stack.clock.at = at(1)
    with monkeypatch.context() as throttled:
        throttled.setattr(SqsRunQueue, "send", refuse_all)
        stack.call(executor_app.lambda_handler, {"Records": stack.receive()})

    stack.go_on_until(at(3))

    assert outcomes(stack) == [("MISSED", 0), ("COMPLETED", 1)]


def test_what_follows_a_missed_run_is_held_by_its_timer_however_often_that_is_asked_for(stack: Stack) -> None:
    stack.write(EVERY_MINUTE | {"misfire_grace_seconds": 1, "catch_up": "skip"})
    stack.turn()
    planned = len(stack.timers())
    stack.clock.at = at(1) + timedelta(seconds=30)
    records = stack.receive()

    for _ in range(2):
        stack.call(executor_app.lambda_handler, {"Records": records})

    assert outcomes(stack) == [("MISSED", 0)]
    assert (len(stack.timers()), stack.waiting()) == (planned + 1, 1)


class LambdaContext:
    """Says how much of its 60 s an invocation has left, as Lambda's own does."""

    function_name, aws_request_id = "executor", "1"

    def __init__(self, stack: Stack) -> None:
        self.stack, self.ends_at = stack, stack.clock.at + timedelta(seconds=60)

    def get_remaining_time_in_millis(self) -> int:
        return int((self.ends_at - self.stack.clock.at) / timedelta(milliseconds=1))


def receive_with_slow_claims(stack: Stack, patch: pytest.MonkeyPatch, *, seconds: int) -> Any:
    """Let the executor take what waits, and need so long for claiming it."""
    claim = DynamoRuns.claim

    def slowly(self: DynamoRuns, runs: Any) -> Any:
        stack.clock.at += timedelta(seconds=seconds)
        return claim(self, runs)

    with patch.context() as slow:
        slow.setattr(DynamoRuns, "claim", slowly)
        return executor_app.lambda_handler({"Records": stack.receive()}, LambdaContext(stack))


def test_a_run_for_which_too_little_time_is_left_begins_when_its_message_comes_again(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    stack.write(EVERY_MINUTE | {"timeout_seconds": 50, "schedule": "at(2026-11-20T12:01:00)"} | ONE_TRY)
    stack.turn()
    stack.clock.at = at(1)

    response = receive_with_slow_claims(stack, monkeypatch, seconds=31)

    assert len(response["batchItemFailures"]) == 1
    assert outcomes(stack) == [("RETRYING", 0)]
    stack.go_on_until(at(5))
    assert outcomes(stack) == [("COMPLETED", 1)]


def test_a_run_ends_early_enough_to_be_recorded_in_what_its_invocation_has_left(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    deadlines = []

    def run(_: object, __: object, context: RunContext) -> None:
        deadlines.append(context.deadline)

    monkeypatch.setattr(RegisteredRunners, "run", run)
    stack.write(EVERY_MINUTE | {"timeout_seconds": 50})
    stack.turn()
    stack.clock.at = at(1)

    receive_with_slow_claims(stack, monkeypatch, seconds=29)

    assert deadlines == [at(1) + timedelta(seconds=55)]
    assert outcomes(stack) == [("COMPLETED", 1)]


@pytest.mark.parametrize("policy", ["skip", "queue"])
def test_runs_of_one_batch_that_may_not_overlap_do_not(
    stack: Stack, monkeypatch: pytest.MonkeyPatch, policy: str
) -> None:
    going_on, most, guard = [0], [0], threading.Lock()
    together = threading.Event()

    def run(*_: object) -> RunResult:
        with guard:
            going_on[0] += 1
            most[0] = max(most[0], going_on[0])
        together.wait(0.05)
        with guard:
            going_on[0] -= 1
        return RunResult(output=1)

    monkeypatch.setattr(RegisteredRunners, "run", run)
    stack.write(EVERY_MINUTE | {"schedule": "rate(1 day)", "overlap": policy})
    stack.turn()
    stack.clock.at = at(1)
    for _ in range(5):
        stack.send('{"target_id": "a"}')

    stack.go_on_until(at(5))

    assert most == [1]
    assert len(stack.runs()) == 5


def test_a_row_that_is_no_run_does_not_keep_reconcile_from_the_other_targets(stack: Stack) -> None:
    for name in ("a", "b"):
        stack.write(EVERY_MINUTE | {"id": name, "schedule": "rate(1 hour)"})
    stack.turn()
    junk = {"target_id": {"S": "a"}, "scheduled_at": {"S": "2026-11-20T12:00:00Z"}}
    stack.dynamodb.put_item(TableName="runs", Item=junk)
    for timer in stack.timers():
        key = {name: {"S": str(timer[name])} for name in ("slot", "timer_id")}
        stack.dynamodb.delete_item(TableName="timers", Key=key)
    assert stack.timers() == []
    stack.clock.at = at(1)

    stack.sweep()

    assert [timer["target_id"] for timer in stack.timers()] == ["b"]


def test_more_new_params_than_can_be_merged_fail_the_run_by_their_field(stack: Stack) -> None:
    many = {f"field{number}": number for number in range(400)}
    stack.write(EVERY_MINUTE | {"max_runs": 1, "params": {"result": {"new_params": many}}})

    stack.go_on_until(at(3))

    assert outcomes(stack) == [("FAILED", 1)]
    assert stack.runs()[0]["error"].startswith("new_params: at most 50 fields")


def two_that_fail_together(stack: Stack, patch: pytest.MonkeyPatch, refused: str, **fields: Any) -> set[str]:
    """Let the executor take a batch of two runs that fail, with a call of the queue refused for the first of them.

    Returns the targets whose messages come again.
    """
    for target_id in ("a", "b"):
        stack.write({"id": target_id, "type": "echo", "schedule": ONCE, "params": {"fail": True}} | fields)
    stack.turn()
    stack.clock.at = at(1)
    records = stack.receive()
    assert len(records) == 2
    patch.setattr(SqsRunQueue, refused, first_not(getattr(SqsRunQueue, refused)))
    response = stack.call(executor_app.lambda_handler, {"Records": records})
    failed = {failure["itemIdentifier"] for failure in response["batchItemFailures"]}
    return {json.loads(record["body"])["target_id"] for record in records if record["messageId"] in failed}


def first_not(answer: Callable[..., Any]) -> Callable[..., Any]:
    """Return a call that answers for the first of those given that it was refused, and does what the others ask."""

    def refusing(self: Any, given: Any) -> Any:
        return [UnavailableError("ThrottlingException"), *answer(self, given[1:])] if given else []

    return refusing


def test_of_two_that_fail_together_the_one_without_a_next_attempt_is_not_recorded_as_having_one(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    again = two_that_fail_together(stack, monkeypatch, "send", retry={"max_attempts": 2})

    statuses = {run["target_id"]: run["status"] for run in stack.runs()}
    (lost,) = again
    assert statuses == {"a": "RETRYING", "b": "RETRYING"} | {lost: "IN_PROGRESS"}


def test_of_two_that_fail_for_good_together_the_one_without_a_letter_is_not_recorded_as_failed(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    again = two_that_fail_together(stack, monkeypatch, "bury", retry={"max_attempts": 1})

    statuses = {run["target_id"]: run["status"] for run in stack.runs()}
    (lost,) = again
    assert statuses == {"a": "FAILED", "b": "FAILED"} | {lost: "IN_PROGRESS"}
    assert len(stack.dead_letters()) == 1

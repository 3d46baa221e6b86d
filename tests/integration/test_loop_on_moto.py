"""The whole loop on moto: the real entry points, tables and queues; nothing is called but what AWS calls."""

import json
from datetime import datetime, timedelta
from functools import reduce
from pathlib import Path
from typing import Any

import pytest

from functions import runners
from functions.aws.items import encode_item
from functions.aws.queue import SqsRunQueue
from functions.aws.rows import run_row
from functions.dispatcher.app import lambda_handler as dispatcher
from functions.executor import app as executor_app
from functions.executor import claiming
from functions.planner.app import lambda_handler as planner
from functions.ports import UnavailableError
from functions.registered_runners import RegisteredRunners
from functions.runners import registry
from schedule_model.errors import RunnerError
from schedule_model.plan import Plan, plan_of, revision_of
from schedule_model.run import Run
from schedule_model.run_request import DispatchedBy, RunRequest
from schedule_model.run_result import RunResult
from tests.integration.moto_stack import NOON, Record, Stack

EVERY_FIVE: dict[str, Any] = {"id": "homepage", "type": "echo", "schedule": "rate(5 minutes)", "params": {"message": 1}}
ONCE: dict[str, Any] = {"id": "once", "type": "echo", "schedule": "at(2026-11-20T12:05:00)", "params": {"message": 1}}
NO_WAIT = {"backoff_seconds": 0}


def at(minute: float) -> datetime:
    return NOON + timedelta(minutes=minute)


def text(minute: float) -> str:
    return f"{at(minute):%Y-%m-%dT%H:%M:%SZ}"


def instants(stack: Stack, target_id: str = "homepage") -> list[str]:
    return [run["scheduled_at"] for run in stack.runs(target_id)]


def known_plan(stack: Stack) -> Plan:
    found = plan_of(stack.target("homepage"))
    assert found is not None
    return found


def run_of(stack: Stack, minute: float = 5, target_id: str = "homepage") -> dict[str, Any]:
    return next(run for run in stack.runs(target_id) if run["scheduled_at"] == text(minute))


# --- The way of an occurrence ---


def test_a_target_runs_on_its_grid_again_and_again(stack: Stack) -> None:
    stack.write(EVERY_FIVE)

    stack.go_on_until(at(21))

    assert instants(stack) == [text(5), text(10), text(15), text(20)]
    assert {(run["status"], run["attempt"], run["dispatched_by"]) for run in stack.runs()} == {("COMPLETED", 1, "near")}
    assert run_of(stack)["output"] == {"message": 1}
    assert (stack.timers(), stack.waiting()) == ([], 1)


def test_an_accepted_target_shows_its_next_run(stack: Stack) -> None:
    stack.write(EVERY_FIVE)

    stack.turn()

    assert stack.plan("homepage")["status"] == "SCHEDULED"
    assert stack.plan("homepage")["next_run_at"] == text(5)


def test_a_run_40_minutes_ahead_is_held_by_its_timer_and_then_by_hops(stack: Stack) -> None:
    stack.write(ONCE | {"schedule": "at(2026-11-20T12:40:00)"})

    stack.go_on_until(at(17))
    held_by_timer = (len(stack.timers()), stack.waiting())
    stack.go_on_until(at(39))
    held_by_queue = (len(stack.timers()), stack.waiting())
    stack.go_on_until(at(41))

    assert held_by_timer == (1, 0)
    assert held_by_queue == (0, 1)
    assert [(run["dispatched_by"], run["lateness_ms"]) for run in stack.runs()] == [("ttl", 0)]


def test_a_timer_that_ttl_does_not_remove_is_taken_by_the_sweeper(stack: Stack) -> None:
    stack.ttl_works = False
    stack.write(ONCE | {"schedule": "at(2026-11-20T13:00:00)"})

    stack.go_on_until(at(56))
    early = stack.sweep()
    stack.go_on_until(at(57))
    in_time = stack.sweep()
    again = stack.sweep()
    stack.go_on_until(at(61))

    assert [report["dispatched"] for report in (early, in_time, again)] == [0, 1, 0]
    assert [(run["dispatched_by"], run["lateness_ms"]) for run in stack.runs()] == [("sweep", 0)]
    assert stack.timers() == []


def test_a_sweeper_that_stood_still_for_an_hour_takes_what_it_missed(stack: Stack) -> None:
    stack.ttl_works = False
    stack.write(ONCE | {"schedule": "at(2026-11-20T13:00:00)"})
    stack.go_on_until(at(56))
    stack.sweep()

    stack.clock.at = at(60 * 2)
    report = stack.sweep()
    stack.turn()

    assert report["dispatched"] == 1
    assert [run["status"] for run in stack.runs()] == ["COMPLETED"]


def test_ttl_and_sweeper_together_make_one_run(stack: Stack) -> None:
    stack.ttl_works = False
    stack.write(ONCE | {"schedule": "at(2026-11-20T13:00:00)"})
    stack.go_on_until(at(58))
    stack.sweep()

    removed = [record for record in stack.timer_records if record["eventName"] == "REMOVE"]
    identity = {"userIdentity": {"type": "Service", "principalId": "dynamodb.amazonaws.com"}}
    stack.call(dispatcher, {"Records": [record | identity for record in removed]})
    waiting = stack.waiting()
    stack.go_on_until(at(65))

    assert waiting == 2
    assert [run["attempt"] for run in stack.runs()] == [1]
    assert stack.waiting() == 0


def test_the_last_run_completes_the_schedule(stack: Stack) -> None:
    stack.write(ONCE)

    stack.go_on_until(at(6))

    assert stack.plan("once")["status"] == "COMPLETED"
    assert "next_run_at" not in stack.plan("once")
    assert stack.timers() == []


def test_a_target_that_is_to_go_when_it_is_complete_goes_and_leaves_its_runs(stack: Stack) -> None:
    stack.write(ONCE | {"on_complete": "delete"})

    stack.go_on_until(at(6))

    assert stack.target("once") == {}
    assert [run["status"] for run in stack.runs("once")] == ["COMPLETED"]


def test_a_failed_last_run_completes_the_schedule_too(stack: Stack) -> None:
    stack.write(ONCE | {"params": {"fail": True}, "retry": {"max_attempts": 1}})

    stack.go_on_until(at(6))

    assert stack.plan("once")["status"] == "COMPLETED"
    assert [run["status"] for run in stack.runs()] == ["FAILED"]


def test_after_an_outage_one_run_catches_up_and_the_grid_goes_on(stack: Stack) -> None:
    stack.write(EVERY_FIVE)
    stack.turn()

    stack.clock.at = at(62)
    stack.go_on_until(at(66))

    assert [(run["scheduled_at"], run["status"]) for run in stack.runs()] == [
        (text(5), "MISSED"),
        (text(60), "COMPLETED"),
        (text(65), "COMPLETED"),
    ]


# --- What a user does meanwhile ---


def test_a_paused_target_stops_before_its_next_run_and_resumes_on_its_grid(stack: Stack) -> None:
    stack.write(EVERY_FIVE)
    stack.go_on_until(at(6))

    stack.edit("homepage", active=False)
    stack.go_on_until(at(17))
    while_paused = instants(stack)
    status = stack.plan("homepage")["status"]
    stack.edit("homepage", active=True)
    stack.go_on_until(at(26))

    assert while_paused == [text(5)]
    assert status == "PAUSED"
    assert instants(stack) == [text(5), text(20), text(25)]


def test_a_deleted_target_never_runs_again(stack: Stack) -> None:
    stack.write(EVERY_FIVE)
    stack.go_on_until(at(6))

    stack.delete("homepage")
    stack.go_on_until(at(30))

    assert instants(stack) == [text(5)]
    assert (stack.timers(), stack.waiting()) == ([], 0)


def test_a_target_created_anew_has_one_chain(stack: Stack) -> None:
    stack.write(EVERY_FIVE)
    stack.go_on_until(at(6))

    stack.delete("homepage")
    stack.write(EVERY_FIVE)
    stack.go_on_until(at(17))

    assert instants(stack) == [text(5), text(11), text(16)]
    assert (stack.timers(), stack.waiting()) == ([], 1)


def test_a_schedule_changed_there_and_back_has_one_chain(stack: Stack) -> None:
    stack.write(EVERY_FIVE)
    stack.go_on_until(at(6))

    stack.edit("homepage", schedule="rate(1 hour)")
    stack.edit("homepage", schedule="rate(5 minutes)")
    stack.go_on_until(at(22))

    assert instants(stack) == [text(5), text(11), text(16), text(21)]
    assert stack.waiting() == 1


def test_a_schedule_edited_while_its_run_is_queued_skips_that_run(stack: Stack) -> None:
    stack.write(EVERY_FIVE)
    stack.turn()

    stack.edit("homepage", schedule="rate(7 minutes)")
    stack.go_on_until(at(8))

    assert instants(stack) == [text(7)]


def test_a_schedule_edited_a_moment_before_its_run_skips_that_run_although_it_is_not_planned_yet(stack: Stack) -> None:
    stack.write(EVERY_FIVE)
    stack.turn()

    stack.clock.at = at(5)
    stack.edit("homepage", schedule="rate(7 minutes)")
    stack.execute_all()

    assert stack.runs() == []


def test_an_edit_of_the_params_reaches_the_run_that_is_queued_already(stack: Stack) -> None:
    stack.write(EVERY_FIVE)
    stack.turn()

    stack.edit("homepage", params={"message": "new"})
    stack.go_on_until(at(6))

    assert run_of(stack)["output"] == {"message": "new"}


def test_writing_the_whole_item_again_changes_nothing(stack: Stack) -> None:
    stack.write(EVERY_FIVE)
    stack.go_on_until(at(6))
    before = known_plan(stack)

    stack.write(EVERY_FIVE)
    stack.go_on_until(at(11))

    assert known_plan(stack).is_same_as(before)
    assert instants(stack) == [text(5), text(10)]


@pytest.mark.parametrize(
    ("by_hand", "is_whole"),
    [
        ({"status": "COMPLETED"}, True),
        ({"status": "COMPLETED"}, False),
        ({"status": "PAUSED"}, True),
        ({"revision": "9" * 40}, True),
    ],
)
def test_a_plan_changed_by_hand_is_put_back_and_the_runs_go_on(
    stack: Stack, by_hand: dict[str, str], *, is_whole: bool
) -> None:
    stack.write(EVERY_FIVE)
    stack.go_on_until(at(6))
    before = stack.plan("homepage")
    planned = known_plan(stack)

    stack.edit("homepage", plan=before | by_hand if is_whole else {"revision": before["revision"]} | by_hand)
    stack.go_on_until(at(16))

    assert known_plan(stack).is_same_as(planned)
    assert instants(stack) == [text(5), text(10), text(15)]


def test_a_run_that_meets_a_plan_changed_by_hand_waits_until_it_is_put_back(stack: Stack) -> None:
    stack.write(EVERY_FIVE)
    stack.turn()

    stack.clock.at = at(5)
    stack.edit("homepage", plan=stack.plan("homepage") | {"status": "COMPLETED"})
    stack.execute_all()
    assert stack.runs() == []
    stack.go_on_until(at(11))

    assert instants(stack) == [text(5), text(10)]


def test_a_plan_removed_by_hand_is_put_back(stack: Stack) -> None:
    stack.write(EVERY_FIVE)
    stack.go_on_until(at(6))
    before = known_plan(stack)

    stack.write({name: value for name, value in stack.target("homepage").items() if name != "plan"})
    stack.go_on_until(at(11))

    assert known_plan(stack).is_same_as(before)
    assert instants(stack) == [text(5), text(10)]


def test_an_item_written_twice_at_once_has_one_chain(stack: Stack) -> None:
    stack.write(EVERY_FIVE)
    stack.write(EVERY_FIVE | {"params": {"message": 2}})

    stack.go_on_until(at(11))

    assert instants(stack) == [text(5), text(10)]
    assert (stack.timers(), stack.waiting()) == ([], 1)


def test_a_plan_wiped_and_put_back_at_once_loses_no_run_that_is_due(stack: Stack) -> None:
    stack.write(EVERY_FIVE)
    stack.go_on_until(at(4))
    copy = stack.target("homepage")

    stack.clock.at = at(5) + timedelta(seconds=1)
    stack.write({name: value for name, value in copy.items() if name != "plan"})
    stack.write(copy | {"params": {"message": 2}})
    stack.go_on_until(at(11))

    assert instants(stack) == [text(5), text(10)]


@pytest.mark.parametrize("edit", [{}, {"params": {"message": 2}}])
def test_an_old_copy_of_an_item_with_the_present_schedule_loses_no_run_that_is_due(
    stack: Stack, edit: dict[str, Any]
) -> None:
    stack.write(EVERY_FIVE)
    stack.turn()
    old_copy = stack.target("homepage")
    for schedule in ("rate(1 hour)", EVERY_FIVE["schedule"]):
        stack.edit("homepage", schedule=schedule)
        stack.turn()
    stack.go_on_until(at(4))

    stack.clock.at = at(5) + timedelta(seconds=1)
    stack.write(old_copy | edit)
    stack.go_on_until(at(11))

    assert instants(stack) == [text(5), text(10)]


def test_an_old_copy_of_an_item_written_back_with_its_old_plan_runs_again(stack: Stack) -> None:
    stack.write(EVERY_FIVE)
    stack.turn()
    old_copy = stack.target("homepage")
    stack.edit("homepage", schedule="rate(1 hour)")
    stack.turn()

    stack.write(old_copy)
    stack.go_on_until(at(11))

    assert instants(stack) == [text(5), text(10)]


@pytest.mark.parametrize("plan", ["nonsense", 5, {"revision": "zzz"}, {"revision": 5}, {"status": "SCHEDULED"}, None])
def test_an_item_with_a_plan_of_the_users_own_making_is_planned_all_the_same(stack: Stack, plan: object) -> None:
    stack.write_typed(encode_item(EVERY_FIVE) | encode_item({"wrapped": {"plan": plan}})["wrapped"]["M"])

    stack.go_on_until(at(6))

    assert instants(stack) == [text(5)]


# --- What cannot be accepted ---

INVALID: dict[str, tuple[dict[str, Any], str]] = {
    "unknown type": ({"type": {"S": "htp"}}, "type"),
    "bad expression": ({"schedule": {"S": "rate(5 minute"}}, "schedule"),
    "wrong params": ({"params": {"M": {"seconds": {"N": "-1"}}}}, "params.seconds"),
    "unknown params": ({"params": {"M": {"mesage": {"S": "hi"}}}}, "params.mesage"),
    "timezone typo": ({"timezone": {"S": "Europe/Berln"}}, "timezone"),
    "a very large item": ({"params": {"M": {"message": {"S": "x" * 390_000}}}}, "params"),
    "a number as a text": ({"timeout_seconds": {"S": "30"}}, "timeout_seconds"),
    "a text as a number": ({"schedule": {"N": "5"}}, "schedule"),
    "a truth value as a text": ({"active": {"S": "true"}}, "active"),
    "params as a text": ({"params": {"S": "{}"}}, "params"),
    "a set": ({"tags": {"SS": ["a"]}}, "tags"),
    "a binary value": ({"note": {"B": b"\xff"}, "tags": {"B": b"\xff"}}, "tags"),
    "an unknown field": ({"shedule": {"S": "rate(5 minutes)"}}, "shedule"),
    "a null": ({"schedule": {"NULL": True}}, "schedule"),
    "an instant without offset": ({"starts_at": {"S": "2026-11-20T12:00:00"}}, "starts_at"),
    "an instant beyond the calendar": ({"starts_at": {"S": "0001-01-01T00:00:00+23:00"}}, "starts_at"),
    "an end before the start": (
        {"starts_at": {"S": "2026-11-21T00:00:00Z"}, "ends_at": {"S": "2026-11-20T00:00:00Z"}},
        "ends_at",
    ),
    "exclusions that leave nothing": ({"except": {"L": [{"S": "rate(1 second)"}]}}, "except"),
    "a time limit that the stack does not allow": ({"timeout_seconds": {"N": "600"}}, "timeout_seconds"),
}
MISSING = {"no type": "type", "no schedule": "schedule"}


@pytest.mark.parametrize("kind", [*INVALID, *MISSING])
def test_what_cannot_be_accepted_is_told_by_its_field_and_leaves_the_others_alone(stack: Stack, kind: str) -> None:
    changes, field = INVALID.get(kind, ({}, MISSING.get(kind, "")))
    typed = {"id": {"S": "bad"}, "type": {"S": "echo"}, "schedule": {"S": "rate(5 minutes)"}} | changes
    if kind in MISSING:
        del typed[field]
    stack.write({**EVERY_FIVE, "id": "before"})
    stack.write_typed(typed)
    stack.write({**EVERY_FIVE, "id": "after"})

    stack.go_on_until(at(6))

    assert stack.plan("bad")["status"] == "INVALID"
    assert stack.plan("bad")["reason"].startswith(f"{field}: ")
    assert {run["target_id"] for run in stack.runs()} == {"after", "before"}


def test_an_id_that_cannot_be_one_is_told_by_its_field(stack: Stack) -> None:
    stack.write(EVERY_FIVE | {"id": "with a space"})

    stack.go_on_until(at(6))

    assert stack.plan("with a space")["status"] == "INVALID"
    assert stack.plan("with a space")["reason"].startswith("id: ")


def test_an_item_with_no_room_for_its_plan_never_runs_and_holds_up_nothing(stack: Stack) -> None:
    stack.write(EVERY_FIVE | {"id": "full", "params": {"message": "x" * 404_850}})
    stack.write(EVERY_FIVE)

    stack.go_on_until(at(6))

    assert stack.plan("full") == {}
    assert [run["target_id"] for run in stack.runs()] == ["homepage"]


def test_a_target_that_is_mended_runs(stack: Stack) -> None:
    stack.write(EVERY_FIVE | {"type": "eco"})
    stack.turn()

    stack.edit("homepage", type="echo")
    stack.go_on_until(at(6))

    assert stack.plan("homepage")["status"] == "SCHEDULED"
    assert instants(stack) == [text(5)]


def test_a_target_that_is_broken_stops_and_mended_goes_on_with_one_chain_on_its_grid(stack: Stack) -> None:
    stack.write(EVERY_FIVE)
    stack.go_on_until(at(6))

    stack.edit("homepage", type="eco")
    stack.go_on_until(at(12))
    while_broken = instants(stack)
    stack.edit("homepage", type="echo")
    stack.go_on_until(at(23))

    assert while_broken == [text(5)]
    assert instants(stack) == [text(5), text(15), text(20)]
    assert (stack.timers(), stack.waiting()) == ([], 1)


# --- Failures ---


def test_a_run_that_fails_is_tried_again_until_it_succeeds(stack: Stack) -> None:
    stack.write(EVERY_FIVE | {"params": {"fail": 2}, "retry": NO_WAIT})

    stack.go_on_until(at(6))

    run = run_of(stack)
    assert (run["status"], run["attempt"]) == ("COMPLETED", 3)
    assert "error" not in run
    assert stack.dead_letters() == []


def test_a_run_that_waits_for_its_retry_says_so(stack: Stack) -> None:
    stack.write(EVERY_FIVE | {"params": {"fail": True}, "retry": {"backoff_seconds": 600, "max_backoff_seconds": 600}})

    stack.go_on_until(at(5))

    run = run_of(stack)
    assert run["status"] == "RETRYING"
    assert run["error"] == "echo failed attempt 1, as params.fail asks"
    assert run["retry_at"] >= text(5)


def test_a_run_that_fails_for_good_is_in_the_runs_and_in_the_dead_letter_queue(stack: Stack) -> None:
    stack.write(EVERY_FIVE | {"params": {"fail": True}, "retry": NO_WAIT})

    stack.go_on_until(at(6))

    run = run_of(stack)
    assert (run["status"], run["attempt"]) == ("FAILED", 3)
    assert run["error"] == "echo failed attempt 3, as params.fail asks"
    assert run["failed_at"] == run["finished_at"]
    ((body, reason),) = stack.dead_letters()
    assert json.loads(body)["target_id"] == "homepage"
    assert reason == run["error"]


def test_a_chain_goes_on_after_a_failed_run(stack: Stack) -> None:
    stack.write(EVERY_FIVE | {"params": {"fail": True}, "retry": {"max_attempts": 1}})

    stack.go_on_until(at(11))

    assert [run["status"] for run in stack.runs()] == ["FAILED", "FAILED"]


def test_a_failed_run_goes_to_its_targets_own_dead_letter_queue(stack: Stack) -> None:
    own = stack.sqs.create_queue(QueueName="own")["QueueUrl"]
    stack.write(ONCE | {"params": {"fail": True}, "retry": {"max_attempts": 1}, "dead_letter_queue": own})

    stack.go_on_until(at(6))

    assert len(stack.dead_letters(own)) == 1
    assert stack.dead_letters() == []


def test_a_failed_run_goes_to_the_stacks_queue_if_the_targets_own_cannot_be_reached(stack: Stack) -> None:
    gone = stack.queue_url.replace("runs", "gone")
    stack.write(ONCE | {"params": {"fail": True}, "retry": {"max_attempts": 1}, "dead_letter_queue": gone})

    stack.go_on_until(at(6))

    ((_, reason),) = stack.dead_letters()
    assert "the target's own queue refused it" in reason
    assert [run["status"] for run in stack.runs()] == ["FAILED"]


def test_a_target_that_keeps_failing_is_paused_with_a_note(stack: Stack) -> None:
    stack.write(EVERY_FIVE | {"params": {"fail": True}, "retry": {"max_attempts": 1}, "pause_after_failures": 2})

    stack.go_on_until(at(30))

    assert [run["status"] for run in stack.runs()] == ["FAILED", "FAILED"]
    assert stack.target("homepage")["active"] is False
    assert "2 failed runs in a row" in stack.target("homepage")["note"]
    assert stack.plan("homepage")["status"] == "PAUSED"


def test_failures_that_are_not_in_a_row_do_not_pause(stack: Stack) -> None:
    stack.write(EVERY_FIVE | {"params": {"fail": True}, "retry": {"max_attempts": 1}, "pause_after_failures": 2})
    stack.go_on_until(at(6))
    stack.edit("homepage", params={"message": 1})
    stack.go_on_until(at(11))
    stack.edit("homepage", params={"fail": True})

    stack.go_on_until(at(16))

    assert [run["status"] for run in stack.runs()] == ["FAILED", "COMPLETED", "FAILED"]
    assert stack.target("homepage").get("active", True) is True


def test_a_retry_further_away_than_the_queue_reaches_is_held_by_a_timer(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("random.SystemRandom.uniform", lambda _self, _low, high: high)
    hour = {"backoff_seconds": 3600, "max_backoff_seconds": 3600, "max_age_seconds": 86_400}
    stack.write(ONCE | {"params": {"fail": 1}, "retry": hour})

    stack.go_on_until(at(6))
    held = (len(stack.timers()), stack.waiting())
    stack.go_on_until(at(66))

    assert held == (1, 0)
    assert [(run["status"], run["attempt"]) for run in stack.runs()] == [("COMPLETED", 2)]
    assert stack.plan("once")["status"] == "COMPLETED"


# --- Crashes ---


def die(*_: object) -> None:
    raise SystemExit


def crash(stack: Stack, monkeypatch: pytest.MonkeyPatch, module: object, name: str) -> None:
    """Let the executor die at this step of its next invocation."""
    with monkeypatch.context() as patch:
        patch.setattr(module, name, die)
        with pytest.raises(SystemExit):
            stack.execute_all()


def test_an_executor_that_dies_in_mid_run_leads_to_one_more_attempt_and_the_chain_goes_on(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    stack.write(EVERY_FIVE)
    stack.turn()
    stack.clock.at = at(5)

    crash(stack, monkeypatch, executor_app, "carry_out")
    left_behind = run_of(stack)
    stack.go_on_until(at(16))

    assert (left_behind["status"], left_behind["attempt"]) == ("IN_PROGRESS", 1)
    assert (run_of(stack)["status"], run_of(stack)["attempt"]) == ("COMPLETED", 2)
    assert instants(stack) == [text(5), text(10), text(15)]


def die_with_work(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the executor die between claiming a run and seeing to the next one."""
    set_runs = claiming.set_next_runs

    def die_if_any(attempts: list[object], *rest: Any, **named: Any) -> object:
        return die() if attempts else set_runs([], *rest, **named)

    with monkeypatch.context() as patch:
        patch.setattr(claiming, "set_next_runs", die_if_any)
        with pytest.raises(SystemExit):
            stack.execute_all()


@pytest.mark.parametrize(("max_attempts", "ending"), [(3, "COMPLETED"), (1, "FAILED")])
def test_an_executor_that_dies_before_it_has_set_the_next_timer_does_not_end_the_chain(
    stack: Stack, monkeypatch: pytest.MonkeyPatch, max_attempts: int, ending: str
) -> None:
    stack.write(EVERY_FIVE | {"retry": {"max_attempts": max_attempts}, "misfire_grace_seconds": 3600})
    stack.turn()
    stack.clock.at = at(5)

    die_with_work(stack, monkeypatch)
    stack.go_on_until(at(21))

    assert run_of(stack)["status"] == ending
    assert instants(stack)[-2:] == [text(15), text(20)]


def test_an_executor_that_dies_after_it_has_recorded_changes_nothing_more(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    stack.write(EVERY_FIVE)
    stack.turn()
    stack.clock.at = at(5)

    crash(stack, monkeypatch, executor_app.Inbox, "close")
    stack.go_on_until(at(16))

    assert [(run["status"], run["attempt"]) for run in stack.runs()] == [("COMPLETED", 1)] * 3


def test_a_next_run_that_is_near_goes_straight_to_the_queue_and_needs_no_timer(stack: Stack) -> None:
    stack.write(EVERY_FIVE)
    stack.turn()
    first = stack.timers()
    stack.clock.at = at(5)

    stack.execute_all()

    assert (stack.timers(), stack.waiting()) == (first, 1)


def test_a_next_run_too_far_away_for_the_queue_is_held_by_its_timer(stack: Stack) -> None:
    stack.write(EVERY_FIVE | {"schedule": "rate(20 minutes)"})
    stack.go_on_until(at(19))
    stack.clock.at = at(20)

    stack.execute_all()

    assert [timer["scheduled_at"] for timer in stack.timers()][-1:] == [text(40)]


def test_a_second_attempt_leaves_the_chain_as_the_first_has_made_it(stack: Stack) -> None:
    stack.write(EVERY_FIVE | {"params": {"fail": 1}, "retry": NO_WAIT})

    stack.go_on_until(at(16))

    assert [(run["scheduled_at"], run["attempt"]) for run in stack.runs()] == [(text(n), 2) for n in (5, 10, 15)]
    assert (stack.timers(), stack.waiting()) == ([], 1)


def test_a_run_that_an_older_revision_has_done_does_not_end_the_newer_ones_chain(stack: Stack) -> None:
    stack.write(EVERY_FIVE)
    stack.turn()
    asked = RunRequest(
        target_id="homepage",
        scheduled_at=at(5),
        due_at=at(5),
        revision=revision_of("1"),
        dispatched_by=DispatchedBy.TTL,
    )
    begun = Run.begun(asked, now=at(5), lease=timedelta(seconds=90), keep=timedelta(days=1))
    stack.dynamodb.put_item(TableName="runs", Item=encode_item(run_row(begun.completed(None, now=at(5)))))

    stack.go_on_until(at(11))

    assert instants(stack) == [text(5), text(10)]
    assert run_of(stack)["revision"] == revision_of("1")


# --- Duplicates and poison ---


def test_every_record_and_message_delivered_twice_makes_one_run_each(stack: Stack) -> None:
    stack.write(EVERY_FIVE)
    edits = stack.take(stack.target_records)
    for _ in range(2):
        stack.call(planner, {"Records": edits})
    plan = stack.plan("homepage")
    written = stack.take(stack.timer_records)
    for _ in range(2):
        stack.call(dispatcher, {"Records": written})
    waiting = stack.waiting()
    stack.target_records.clear()

    stack.go_on_until(at(11))

    assert plan == stack.plan("homepage")
    assert waiting == 2
    assert [(run["scheduled_at"], run["attempt"]) for run in stack.runs()] == [(text(5), 1), (text(10), 1)]
    assert (stack.timers(), stack.waiting()) == ([], 1)


def test_a_message_delivered_again_after_its_run_changes_nothing(stack: Stack) -> None:
    stack.write(EVERY_FIVE)
    stack.turn()
    stack.clock.at = at(5)
    records = stack.receive()
    stack.call(executor_app.lambda_handler, {"Records": records})
    before = stack.runs()
    timers = stack.timers()

    response = stack.call(executor_app.lambda_handler, {"Records": records})

    assert response == {"batchItemFailures": []}
    assert stack.runs() == before
    assert stack.timers() == timers


def test_the_same_message_twice_in_a_batch_makes_one_run(stack: Stack) -> None:
    stack.write(ONCE)
    stack.turn()
    stack.clock.at = at(5)
    (record,) = stack.receive()

    stack.call(executor_app.lambda_handler, {"Records": [record, record | {"messageId": "another"}]})
    stack.go_on_until(at(9))

    assert [(run["status"], run["attempt"]) for run in stack.runs()] == [("COMPLETED", 1)]
    assert stack.waiting() <= 1


def test_a_target_that_was_corrected_before_its_first_edit_was_planned_is_not_deleted(stack: Stack) -> None:
    stack.write(ONCE | {"schedule": "at(2026-11-20T11:00:00)", "on_complete": "delete"})
    first = stack.take(stack.target_records)
    stack.edit("once", schedule="at(2026-11-20T12:05:00)")

    stack.call(planner, {"Records": first})
    stack.go_on_until(at(4))

    assert stack.plan("once")["status"] == "SCHEDULED"


def test_a_target_with_a_set_of_schedules_is_deleted_once_it_is_over(stack: Stack) -> None:
    typed = encode_item(ONCE | {"on_complete": "delete"}) | {"schedule": {"SS": ["at(2026-11-20T12:05:00)"]}}
    stack.write_typed(typed)

    stack.go_on_until(at(6))

    assert [run["status"] for run in stack.runs()] == ["COMPLETED"]
    assert stack.target("once") == {}


@pytest.mark.parametrize("edit", [{"schedule": "rate(3 minutes)"}, {"on_complete": "keep"}])
def test_a_target_that_is_edited_during_its_last_run_is_not_deleted(
    stack: Stack, monkeypatch: pytest.MonkeyPatch, edit: dict[str, Any]
) -> None:
    def run(*_: object) -> RunResult:
        stack.edit("once", **edit)
        return RunResult(output=1)

    monkeypatch.setattr(RegisteredRunners, "run", run)
    stack.write(ONCE | {"on_complete": "delete"})

    stack.go_on_until(at(7))

    status = "SCHEDULED" if "schedule" in edit else "COMPLETED"
    assert stack.plan("once")["status"] == status


@pytest.mark.parametrize("edit", [{"schedule": "rate(3 minutes)"}, {"pause_after_failures": 100}])
def test_a_target_that_is_edited_during_its_last_failure_is_not_paused(
    stack: Stack, monkeypatch: pytest.MonkeyPatch, edit: dict[str, Any]
) -> None:
    def run(*_: object) -> RunResult:
        stack.edit("homepage", **edit)
        raise RunnerError("broke", is_retryable=False)

    monkeypatch.setattr(RegisteredRunners, "run", run)
    stack.write(EVERY_FIVE | {"pause_after_failures": 1})

    stack.go_on_until(at(6))

    assert [run["status"] for run in stack.runs()] == ["FAILED"]
    assert stack.target("homepage").get("active", True) is True
    assert stack.plan("homepage")["status"] == "SCHEDULED"


def test_a_record_that_cannot_be_read_is_buried_with_the_reason_and_the_others_are_planned(stack: Stack) -> None:
    for name in ("a", "b", "c"):
        stack.write(EVERY_FIVE | {"id": name})
    first, poison, last = stack.take(stack.target_records)
    poison["dynamodb"]["NewImage"] = {"id": "no type letter"}

    response = stack.call(planner, {"Records": [first, poison, last]})

    assert response == {"batchItemFailures": []}
    assert [bool(stack.plan(name)) for name in ("a", "b", "c")] == [True, False, True]
    ((body, reason),) = stack.dead_letters()
    assert json.loads(body) == poison
    assert reason.startswith("a stream record cannot be read: the record's NewImage cannot be read")


def test_a_record_that_can_be_neither_read_nor_buried_comes_again(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    stack.write(EVERY_FIVE)
    (poison,) = stack.take(stack.target_records)
    poison["dynamodb"]["NewImage"] = {"id": "no type letter"}
    monkeypatch.setattr(SqsRunQueue, "bury", lambda *_: [UnavailableError("throttled")])

    response = stack.call(planner, {"Records": [poison]})

    assert response == {"batchItemFailures": [{"itemIdentifier": poison["dynamodb"]["SequenceNumber"]}]}


def test_a_timer_that_cannot_be_read_is_buried_with_the_reason_and_the_others_are_dispatched(stack: Stack) -> None:
    for name in ("a", "b", "c"):
        stack.write(EVERY_FIVE | {"id": name})
    stack.plan_all()
    first, poison, last = stack.take(stack.timer_records)
    del poison["dynamodb"]["NewImage"]["due_at"]

    response = stack.call(dispatcher, {"Records": [first, poison, last]})

    assert response == {"batchItemFailures": []}
    assert stack.waiting() == 2
    ((_, reason),) = stack.dead_letters()
    assert reason == "a stream record cannot be read: the record's image is not a timer: due_at missing or wrong"


@pytest.mark.parametrize("body", ["nonsense", "{}", "[]", '{"target_id": 5}', '{"target_id": "homepage", "due_at": 1}'])
def test_a_message_that_cannot_be_read_is_buried_with_the_reason_and_the_others_are_carried_out(
    stack: Stack, body: str
) -> None:
    stack.write(ONCE)
    stack.turn()
    stack.clock.at = at(5)
    stack.send(body)

    stack.execute_all()

    ((found, reason),) = stack.dead_letters()
    assert found == body
    assert reason
    assert [run["status"] for run in stack.runs()] == ["COMPLETED"]
    assert stack.waiting() == 0


def test_a_target_that_leaves_no_room_for_its_plan_is_told_of_by_a_dead_letter(stack: Stack) -> None:
    stack.write(EVERY_FIVE | {"id": "full", "note": "x" * 404_750})
    stack.write(EVERY_FIVE)

    stack.turn()

    assert stack.plan("full") == {}
    assert stack.plan("homepage")["status"] == "SCHEDULED"
    ((body, reason),) = stack.dead_letters()
    assert json.loads(body) == {"too_large": "full"}
    assert reason.startswith("the item of target 'full' is so close to 400 KB that its plan does not fit")

    stack.clock.at = at(1)
    report = stack.sweep()
    assert report["reconciled"] == 0
    assert stack.dead_letters() == []


def test_a_timer_row_that_cannot_be_read_is_told_of_and_does_not_stop_the_sweep(
    stack: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    stack.ttl_works = False
    stack.write(ONCE | {"schedule": "at(2026-11-20T13:00:00)"})
    stack.turn()
    (row,) = stack.timers()
    junk = {"slot": row["slot"], "timer_id": "2026-11-20T12:59:00Z#junk", "near": False}
    stack.dynamodb.put_item(TableName="timers", Item=encode_item(junk))
    stack.clock.at = at(58)
    capsys.readouterr()

    report = stack.sweep()

    assert report["dispatched"] == 1
    assert '"BadRecords":1' in capsys.readouterr().out

    stack.clock.at = at(62)
    stack.sweep()
    stack.clock.at = at(63)
    capsys.readouterr()
    stack.sweep()
    assert "BadRecords" not in capsys.readouterr().out


# --- Ten at once ---

MEETING = """
import threading
from functions.runners.contract import RunContext, RunnerParams
from schedule_model.run_result import RunResult

ALL_THERE = threading.Barrier(10, timeout=20)


class Params(RunnerParams):
    pass


def run(params: Params, context: RunContext) -> RunResult:
    ALL_THERE.wait()
    return RunResult(output="met")
"""


@pytest.fixture
def meeting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A runner that ends only if ten of its runs go on at the same time."""
    (tmp_path / "meeting.py").write_text(MEETING)
    monkeypatch.setattr(runners, "__path__", [*runners.__path__, str(tmp_path)])
    registry.forget()


@pytest.mark.usefixtures("meeting")
def test_ten_messages_of_a_batch_are_carried_out_at_the_same_time(stack: Stack) -> None:
    for number in range(10):
        stack.write(ONCE | {"id": f"t{number}", "type": "meeting", "params": {}, "retry": {"max_attempts": 1}})

    stack.go_on_until(at(5))
    registry.forget()

    assert [(run["status"], run.get("output")) for run in stack.runs()] == [("COMPLETED", "met")] * 10


def test_one_run_that_fails_leaves_the_others_of_its_batch_alone(stack: Stack) -> None:
    for number in range(10):
        stack.write(ONCE | {"id": f"t{number}", "params": {"fail": number == 5}, "retry": {"max_attempts": 1}})

    stack.go_on_until(at(6))

    statuses = {run["target_id"]: run["status"] for run in stack.runs()}
    assert statuses == {f"t{number}": "FAILED" if number == 5 else "COMPLETED" for number in range(10)}


# --- What a runner may answer ---


def answering(result: object, **changes: object) -> dict[str, Any]:
    """Return a target whose first run answers this, and every further one plainly."""
    then = {"new_params": {"result": {"output": "plain"}}}
    params = {"result": result | then if isinstance(result, dict) else result}
    return EVERY_FIVE | {"params": params} | changes


def test_an_output_is_recorded(stack: Stack) -> None:
    stack.write(answering({"output": {"list": [1, None, {"deep": True}], "number": 1.5}}))

    stack.go_on_until(at(6))

    assert run_of(stack)["output"] == {"list": [1, None, {"deep": True}], "number": 1.5}


def test_completed_ends_the_schedule(stack: Stack) -> None:
    stack.write(answering({"completed": True, "output": "done"}))

    stack.go_on_until(at(30))

    assert instants(stack) == [text(5)]
    assert run_of(stack)["output"] == "done"
    assert stack.plan("homepage")["status"] == "COMPLETED"


def test_an_edit_told_again_does_not_revive_what_its_runner_has_ended(stack: Stack) -> None:
    stack.write(answering({"completed": True}))
    edits = list(stack.target_records)
    stack.go_on_until(at(6))

    stack.call(planner, {"Records": edits})
    stack.go_on_until(at(30))

    assert instants(stack) == [text(5)]
    assert stack.plan("homepage")["status"] == "COMPLETED"


def test_completed_deletes_a_target_that_is_to_go(stack: Stack) -> None:
    stack.write(answering({"completed": True}, on_complete="delete"))

    stack.go_on_until(at(30))

    assert instants(stack) == [text(5)]
    assert stack.target("homepage") == {}


def test_new_params_are_merged_over_the_targets_for_the_following_runs(stack: Stack) -> None:
    stack.write(EVERY_FIVE | {"params": {"message": "kept", "result": {"new_params": {"result": {"output": "new"}}}}})

    stack.go_on_until(at(11))

    assert stack.target("homepage")["params"] == {"message": "kept", "result": {"output": "new"}}
    assert run_of(stack, 10)["output"] == "new"


def test_a_next_run_earlier_than_the_schedules_is_added_and_the_schedule_goes_on(stack: Stack) -> None:
    stack.write(answering({"next_run_at": text(7)}))

    stack.go_on_until(at(16))

    assert instants(stack) == [text(5), text(7), text(10), text(15)]
    assert (stack.timers(), stack.waiting()) == ([], 1)


def test_a_next_run_later_than_the_schedules_puts_those_before_it_aside(stack: Stack) -> None:
    stack.write(answering({"next_run_at": text(22)}))

    stack.go_on_until(at(31))

    assert instants(stack) == [text(5), text(22), text(25), text(30)]
    assert (stack.timers(), stack.waiting()) == ([], 1)


def test_a_next_run_in_the_past_comes_at_once(stack: Stack) -> None:
    stack.write(answering({"next_run_at": text(1)}, schedule="at(2026-11-20T12:05:00)"))

    stack.go_on_until(at(6))

    assert instants(stack) == [text(5), "2026-11-20T12:05:01Z"]
    assert stack.plan("homepage")["status"] == "COMPLETED"


def test_a_next_run_within_a_second_is_never_early(stack: Stack) -> None:
    stack.write(answering({"next_run_at": "2026-11-20T13:07:00.500+01:00"}))

    stack.go_on_until(at(8))

    assert instants(stack) == [text(5), "2026-11-20T12:07:01Z"]


def test_a_one_off_goes_on_with_the_next_run_that_its_runner_chose(stack: Stack) -> None:
    stack.write(answering({"next_run_at": text(60)}, schedule="at(2026-11-20T12:05:00)"))

    stack.go_on_until(at(61))

    assert instants(stack) == [text(5), text(60)]
    assert stack.plan("homepage")["status"] == "COMPLETED"


def test_a_next_run_that_no_calendar_has_fails_the_run_by_its_field(stack: Stack) -> None:
    stack.write(answering({"next_run_at": "9999-12-31T23:59:59.999-23:00"}))

    stack.go_on_until(at(6))

    assert run_of(stack)["status"] == "FAILED"
    assert run_of(stack)["error"].startswith("next_run_at: ")


def test_follow_ups_become_targets_and_run(stack: Stack) -> None:
    stack.write(answering({"follow_ups": [{"type": "echo", "schedule": "at(2026-11-20T12:08:00)", "params": {}}]}))

    stack.go_on_until(at(9))

    assert instants(stack, f"homepage.{text(5)}.0") == [text(8)]


def test_a_follow_up_that_is_there_already_is_left_alone(stack: Stack) -> None:
    stack.write(ONCE | {"schedule": "rate(1 hour)"})
    stack.write(answering({"follow_ups": [{"id": "once", "type": "echo", "schedule": "rate(1 minute)"}]}))

    stack.go_on_until(at(6))

    assert stack.target("once")["schedule"] == "rate(1 hour)"
    assert run_of(stack)["status"] == "COMPLETED"


def test_a_follow_up_that_is_no_target_fails_the_run_by_its_field(stack: Stack) -> None:
    stack.write(answering({"follow_ups": [{"type": "echo", "schedule": "rate(5 minute"}]}))

    stack.go_on_until(at(6))

    assert (run_of(stack)["status"], run_of(stack)["attempt"]) == ("FAILED", 1)
    assert run_of(stack)["error"].startswith("follow_ups[0].schedule: ")


def test_no_answer_leaves_a_row_that_is_hidden_and_keeps_the_run_from_happening_twice(stack: Stack) -> None:
    stack.write(EVERY_FIVE | {"params": {"result": None}})
    stack.turn()
    stack.clock.at = at(5)
    records = stack.receive()

    for _ in range(2):
        stack.call(executor_app.lambda_handler, {"Records": records})

    (run,) = stack.runs()
    assert (run["status"], run["attempt"], run["hidden"]) == ("COMPLETED", 1, True)
    assert "output" not in run


@pytest.mark.parametrize(
    "output",
    [
        pytest.param("\ud800", id="half a surrogate"),
        pytest.param({"": 1}, id="a field without a name"),
        pytest.param(1e300, id="a number too large"),
        pytest.param(10**60, id="a number too long"),
        pytest.param("x" * 300_000, id="too much"),
        pytest.param(reduce(lambda inner, _: [inner], range(40), "deep"), id="nested too deep"),
    ],
)
def test_whatever_a_runner_answers_is_recorded_at_the_first_attempt(
    stack: Stack, monkeypatch: pytest.MonkeyPatch, output: object
) -> None:
    monkeypatch.setattr(RegisteredRunners, "run", lambda *_: RunResult(output=output))
    stack.write(ONCE)

    stack.go_on_until(at(6))

    assert [(run["status"], run["attempt"]) for run in stack.runs()] == [("COMPLETED", 1)]


# --- Messages written by hand ---


def test_a_message_with_a_target_id_runs_that_target_now_and_leaves_its_chain_alone(stack: Stack) -> None:
    stack.write(EVERY_FIVE)
    stack.turn()
    timers = stack.timers()

    stack.send('{"target_id": "homepage"}')
    stack.turn()

    (run,) = stack.runs()
    assert (run["status"], run["trigger"], run["dispatched_by"]) == ("COMPLETED", "manual", "manual")
    assert stack.timers() == timers


def test_a_message_with_a_target_id_attribute_runs_that_target_now(stack: Stack) -> None:
    stack.write(EVERY_FIVE)
    stack.turn()

    stack.send("run it", {"TargetId": "homepage"})
    stack.turn()

    assert [run["trigger"] for run in stack.runs()] == ["manual"]


def test_a_message_with_a_task_runs_it_once_without_a_target(stack: Stack) -> None:
    stack.send('{"task": "echo", "params": {"message": "hi"}}')

    stack.turn()

    (run,) = stack.runs()
    assert (run["status"], run["output"]) == ("COMPLETED", {"message": "hi"})
    assert run["target_id"].startswith("task.")


def test_a_message_for_a_target_that_is_not_there_is_buried(stack: Stack) -> None:
    stack.send('{"target_id": "nobody"}')

    stack.turn()

    ((_, reason),) = stack.dead_letters()
    assert "nobody" in reason


def test_records_of_another_source_are_buried_and_do_no_harm(stack: Stack) -> None:
    foreign: list[Record] = [{"messageId": "m-1", "body": "{}"}, {"dynamodb": {"SequenceNumber": "1"}}]

    response = stack.call(planner, {"Records": foreign})

    assert response == {"batchItemFailures": []}
    assert [json.loads(body) for body, _ in stack.dead_letters()] == foreign

from datetime import timedelta

import pytest

from hourglass.dead_letters import Discard, Keep, Letter, RunAgain, fate_of, request_in
from schedule_model.found import Found
from schedule_model.plan import PlanStatus, revision_of
from schedule_model.run import RunStatus
from schedule_model.run_request import Task, Trigger
from tests.unit.examples import NOON, item, planned, request, revision, run

LATER = NOON + timedelta(hours=3)
TARGET = Found.of(planned(item(schedule="rate(1 hour)"), first_at=NOON))


def letter(body, **changes):
    known = {"message_id": "m-1", "receipt": "r", "reason": "why", "attributes": {}, "sent_at": NOON}
    return Letter(body=body, **known | changes)


def fate(found, row, *, target=TARGET):
    return fate_of(found, row, target, now=LATER)


def test_a_failed_run_is_run_again_under_a_name_of_its_own():
    again = fate(request(), run(status=RunStatus.FAILED)).request

    assert again.run_id.startswith("2026-11-20T12:00:00Z#redrive-")
    assert (again.trigger, again.revision, again.due_at, again.attempt) == (Trigger.MANUAL, "", LATER, 1)


def test_what_is_redriven_waits_its_turn_instead_of_being_skipped_for_another():
    assert not request().waits_its_turn
    assert fate(request(), run(status=RunStatus.FAILED)).request.waits_its_turn


def test_two_letters_about_the_same_run_make_one_run():
    first = fate(request(), run(status=RunStatus.FAILED))
    second = fate(request(attempt=3), run(status=RunStatus.FAILED))

    assert first == second


def test_a_redriven_run_that_fails_again_can_be_redriven_again():
    first = fate(request(), run(status=RunStatus.FAILED)).request

    second = fate(first, run(status=RunStatus.FAILED)).request

    assert second.run_id != first.run_id


@pytest.mark.parametrize("target", [TARGET, Found.of(item()), Found.of(planned(item(), 0))])
def test_a_run_that_never_began_is_asked_for_under_its_own_name(target):
    again = fate(request(), None, target=target).request

    assert again.idempotency_key == request().idempotency_key
    assert (again.trigger, again.revision, again.due_at) == (Trigger.SCHEDULE, request().revision, LATER)


@pytest.mark.parametrize("is_still_named", [True, False])
@pytest.mark.parametrize("trigger", [Trigger.SCHEDULE, Trigger.MANUAL])
def test_a_run_whose_message_was_given_up_on_its_way_starts_no_sooner_than_it_is_due(trigger, is_still_named):
    coming = request(scheduled_at=LATER + timedelta(minutes=20), due_at=LATER + timedelta(minutes=21), trigger=trigger)
    of_another = Found.of(planned(item(schedule="rate(7 hours)"), 2, first_at=NOON))

    again = fate(coming, None, target=TARGET if is_still_named else of_another).request

    assert again.due_at == coming.due_at


def test_a_run_whose_row_may_have_gone_with_age_has_a_name_of_its_own():
    at = LATER - timedelta(days=1, seconds=1)
    old = request(scheduled_at=at, due_at=at)

    again = fate(old, None, target=Found.of(planned(item(schedule="rate(1 hour)"), first_at=NOON - timedelta(days=9))))

    assert "#redrive-" in again.request.run_id


def test_the_last_run_of_a_schedule_keeps_its_name_however_old_for_reconcile_asks_for_it_too():
    at = LATER - timedelta(days=2)
    once = planned(item(schedule=f"at({at:%Y-%m-%dT%H:%M:%S})"), first_at=at)

    again = fate(request(scheduled_at=at, due_at=at), None, target=Found.of(once)).request

    assert (again.run_id, again.due_at) == (request(scheduled_at=at).run_id, LATER)


def test_an_old_run_that_others_followed_has_a_name_of_its_own_though_the_last_of_them_is_yet_to_end():
    ends_at = (LATER - timedelta(hours=30)).isoformat()
    begun = LATER - timedelta(days=9)
    over = planned(item(schedule="rate(1 day)", ends_at=ends_at), first_at=begun, anchor_at=begun)
    at = LATER - timedelta(days=5)

    assert "#redrive-" in fate(request(scheduled_at=at, due_at=at), None, target=Found.of(over)).request.run_id


def test_a_run_by_hand_that_never_began_keeps_its_name():
    by_hand = request(trigger=Trigger.MANUAL, revision="", suffix="x")

    assert fate(by_hand, None).request.run_id == by_hand.run_id


@pytest.mark.parametrize(
    ("schedule", "first_at"),
    [("rate(1 hour)", NOON + timedelta(hours=1)), ("rate(7 hours)", NOON - timedelta(hours=1)), ("", NOON)],
)
def test_a_run_of_a_schedule_that_was_edited_since_and_names_it_no_more_has_a_name_of_its_own(schedule, first_at):
    changes = {"first_at": first_at, "anchor_at": first_at} | ({} if schedule else {"status": PlanStatus.PAUSED})
    edited = Found.of(planned(item(schedule=schedule or "rate(1 hour)"), 2, **changes))

    assert fate(request(), None, target=edited).request.run_id.startswith("2026-11-20T12:00:00Z#redrive-")


@pytest.mark.parametrize(("minutes_ago", "is_named_anew"), [(125, False), (126, True)])
def test_a_run_waits_for_the_plan_of_its_edit_only_while_that_can_come(minutes_ago, is_named_anew):
    guess = f"~{int((LATER - timedelta(minutes=minutes_ago)).timestamp()):011d}"
    found = Found.of(planned(item(schedule="rate(7 hours)"), revision=revision_of(guess), first_at=LATER))

    again = fate(request(revision=revision(10**20)), None, target=found).request

    assert ("#redrive-" in again.run_id) is is_named_anew


def test_a_run_that_never_began_before_its_schedule_ended_has_a_name_of_its_own():
    ended = Found.of(planned(item(schedule="rate(1 hour)"), first_at=NOON, status=PlanStatus.COMPLETED))

    assert fate(request(), None, target=ended).request.run_id.startswith("2026-11-20T12:00:00Z#redrive-")


def test_a_run_that_an_edited_schedule_still_names_comes_by_itself():
    edited = Found.of(planned(item(schedule="rate(1 hour)"), 2, first_at=NOON))

    assert isinstance(fate(request(), None, target=edited), Discard)


def test_a_run_that_has_found_another_end_is_not_run_again():
    for status in (RunStatus.COMPLETED, RunStatus.SKIPPED, RunStatus.MISSED):
        assert isinstance(fate(request(), run(status=status)), Discard)


def test_a_run_that_is_still_going_on_gets_its_own_message_back():
    for status in (RunStatus.IN_PROGRESS, RunStatus.RETRYING):
        assert fate(request(), run(status=status)) == RunAgain(request())


def test_a_letter_without_its_target_is_kept():
    found = fate(request(), None, target=None)

    assert isinstance(found, Keep)
    assert "write it again" in found.reason


def test_a_task_needs_no_target():
    found = fate(request(task=Task(type="echo", params={})), None, target=None)

    assert found.request.task == Task(type="echo", params={})


def test_a_failed_run_whose_target_is_gone_is_run_again_with_what_its_letter_says():
    task = Task(type="echo", params={"message": "hi"}, policies={"retry": {"max_attempts": 1}})

    first, second = (fate(request(task=task), run(status=RunStatus.FAILED), target=None) for _ in range(2))

    assert first == second
    assert (first.request.task, "#redrive-" in first.request.run_id) == (task, True)


def test_what_people_wrote_by_hand_is_read_as_the_executor_reads_it():
    found = request_in(letter('{"target_id": "homepage"}'))

    assert (found.target_id, found.suffix, found.scheduled_at) == ("homepage", "m-1", NOON)


def test_what_nobody_can_read_is_kept_with_the_reason():
    found = request_in(letter("{"))

    assert isinstance(found, Keep)
    assert "cannot be read" in found.reason

"""Whether a run request is carried out now."""

import re
from datetime import datetime, timedelta
from typing import Any

import pytest

from local.paths import ROOT
from schedule_model import occurrence
from schedule_model.admission import PATIENCE, RECORDS_LAST, Admission, Drop, GoOn, Proceed, Reject, admit, is_misfire
from schedule_model.dispatching import QueueRun
from schedule_model.occurrence import Occurrence, flexible_share
from schedule_model.plan import PlanStatus, revision_of
from schedule_model.run_request import DispatchedBy, RunRequest, Trigger
from schedule_model.target import Target
from tests.unit.examples import NOON, item, minutes, planned, request, revision, seconds, target

GRACE = seconds(60)


def admitted(asked: RunRequest, found: dict[str, Any] | None, late: float = 0) -> Admission:
    return admit(asked, found, now=asked.due_at + seconds(late))


def proceeding(asked: RunRequest, found: dict[str, Any] | None, late: float = 0) -> Proceed:
    decision = admitted(asked, found, late)
    assert isinstance(decision, Proceed)
    return decision


def test_a_run_that_is_due_proceeds_with_the_occurrence_after_it() -> None:
    decision = proceeding(request(), planned(item()))

    assert decision.target == target()
    assert decision.following == Occurrence(NOON + minutes(5), NOON + minutes(5))
    assert decision.missed is None


@pytest.mark.parametrize(("early", "delay"), [(0.1, 1), (1, 1), (60, 60), (900, 900), (2400, 900)])
def test_an_early_request_is_sent_on_with_the_rest_of_its_way(early: float, delay: int) -> None:
    assert admitted(request(), planned(item()), late=-early) == QueueRun(request(), delay)


def test_an_early_request_is_sent_on_even_if_its_target_is_gone() -> None:
    assert isinstance(admitted(request(), None, late=-1), QueueRun)


def test_a_request_for_a_deleted_target_is_dropped() -> None:
    assert admitted(request(), None) == Drop("the target was deleted")


def test_a_request_of_an_older_revision_is_dropped() -> None:
    assert admitted(request(), planned(item(), 2)) == Drop("the schedule was edited")


def test_a_request_ahead_of_its_targets_plan_waits_for_it() -> None:
    assert admitted(request(revision=revision(9)), planned(item())) == QueueRun(request(revision=revision(9)), 2)


def test_a_request_whose_plan_was_wiped_waits_for_it() -> None:
    assert admitted(request(), item()) == QueueRun(request(), 2)


@pytest.mark.parametrize(("late", "wait"), [(0, 2), (10, 10), (899, 899), (5000, 900)])
def test_a_request_waits_as_long_again_as_it_is_late(late: float, wait: int) -> None:
    assert admitted(request(), item(), late) == QueueRun(request(), wait)


def test_a_request_that_waited_a_day_for_a_plan_is_shown_to_a_person() -> None:
    decision = admitted(request(), item(), PATIENCE.total_seconds() + 1)

    assert isinstance(decision, Reject)
    assert "reconcile" in decision.reason


def found_ago(age: timedelta) -> dict[str, Any]:
    """Return the target with the plan that reconcile made so long before noon."""
    return planned(item(), revision=revision_of(f"~{int((NOON - age).timestamp()):011d}"))


def test_a_request_waits_for_its_plan_while_the_edits_record_may_come_to_replace_that_of_reconcile() -> None:
    retry = request(revision=revision(10**20), attempt=2)

    assert admitted(retry, found_ago(RECORDS_LAST)) == QueueRun(retry, 2)
    assert isinstance(admitted(retry, found_ago(RECORDS_LAST + seconds(1))), Drop)


@pytest.mark.parametrize(
    ("scheduled_at", "status", "goes_on"),
    [
        (NOON + minutes(5), PlanStatus.SCHEDULED, True),
        (NOON + minutes(4), PlanStatus.SCHEDULED, False),
        (NOON - minutes(5), PlanStatus.SCHEDULED, False),
        (NOON + minutes(5), PlanStatus.PAUSED, False),
    ],
)
def test_then_what_both_plans_name_goes_on_under_that_of_reconcile(
    scheduled_at: datetime, status: PlanStatus, *, goes_on: bool
) -> None:
    found = f"~{int((NOON - RECORDS_LAST - seconds(1)).timestamp()):011d}"
    known = planned(item(), revision=revision_of(found), first_at=NOON, status=status)
    old = request(revision=revision(10**20), scheduled_at=scheduled_at, due_at=NOON)

    decision = admitted(old, known)

    assert isinstance(decision, QueueRun if goes_on else Drop)
    if isinstance(decision, QueueRun):
        assert decision == QueueRun(old.model_copy(update={"revision": revision_of(found)}), 0)


def test_what_was_redriven_and_is_named_no_more_becomes_a_letter_again() -> None:
    redriven = request(revision=revision(10**20), dispatched_by=DispatchedBy.MANUAL)

    decision = admitted(redriven, found_ago(RECORDS_LAST + seconds(1)))

    assert isinstance(decision, Reject)
    assert "planned it anew" in decision.reason


def test_no_record_of_an_edit_comes_after_that() -> None:
    ages = re.findall(r"MaximumRecordAgeInSeconds: (\d+)", (ROOT / "template.yaml").read_text())

    assert ages
    assert all(timedelta(seconds=int(age)) < RECORDS_LAST for age in ages)


def test_a_run_of_a_schedule_that_is_over_goes_on_only_if_it_has_begun() -> None:
    over = planned(item(), status=PlanStatus.COMPLETED)

    decision = admitted(request(), over)

    assert isinstance(decision, GoOn)
    assert decision.proceed.following is None
    assert admitted(request(), planned(item(), status=PlanStatus.COMPLETED, stopped_at=NOON)) == Drop(
        "the schedule is completed"
    )


def test_of_a_schedule_that_a_runner_has_stopped_its_own_run_alone_goes_on_if_it_has_begun() -> None:
    stopped = planned(item(), status=PlanStatus.COMPLETED, stopped_at=NOON, stopped_by=request().run_id)
    later = request(scheduled_at=NOON + minutes(5), due_at=NOON)

    assert isinstance(admitted(request(), stopped), GoOn)
    assert admitted(later, stopped) == Drop("the schedule is completed")


@pytest.mark.parametrize("status", [PlanStatus.PAUSED, PlanStatus.INVALID])
def test_a_request_for_a_schedule_that_stands_still_is_dropped(status: PlanStatus) -> None:
    assert admitted(request(), planned(item(), status=status)) == Drop(f"the schedule is {status.lower()}")


def test_a_request_is_dropped_once_the_schedule_was_edited_although_its_plan_is_still_the_old_one() -> None:
    edited = item(schedule="rate(1 hour)") | {"plan": planned(item())["plan"]}

    assert admitted(request(), edited) == Drop("the schedule was edited a moment ago")


def test_an_occurrence_that_a_runner_has_put_aside_is_dropped() -> None:
    held = planned(item(), held_after=NOON - minutes(5), held_until=NOON + minutes(5))

    assert admitted(request(), held) == Drop("the run before it chose a later instant")


def test_the_occurrence_that_a_runner_chose_proceeds() -> None:
    held = planned(item(), held_after=NOON - minutes(5), held_until=NOON)

    assert proceeding(request(), held).following == Occurrence(NOON + minutes(5), NOON + minutes(5))


def test_the_last_occurrence_proceeds_with_none_after_it() -> None:
    ending = item(ends_at="2026-11-20T12:04:00Z")

    assert proceeding(request(), planned(ending)).following is None


def test_exclusions_that_leave_nothing_behind_this_run_do_not_stop_it() -> None:
    nothing_left = item(schedule="rate(1 minute)", **{"except": ["rate(1 second)"]})

    decision = proceeding(request(), planned(nothing_left))

    assert (decision.following, decision.missed, decision.is_lost) == (None, None, True)
    assert not proceeding(request(), planned(item(ends_at="2026-11-20T12:04:00Z"))).is_lost


@pytest.mark.parametrize("catch_up", ["latest", "skip"])
def test_a_late_run_is_carried_out_where_such_exclusions_hide_what_comes_in_its_place(catch_up: str) -> None:
    until_one = ["cron(0/5 13-23 20 11 ? 2026)", "2026-11-21..2026-12-31", "cron(0/5 * ? * * 2027-2199)"]
    ending_in_nothing = item(catch_up=catch_up, **{"except": until_one})

    decision = proceeding(request(), planned(ending_in_nothing), late=58 * 60)

    five_past = Occurrence(NOON + minutes(5), NOON + minutes(5))
    assert (decision.missed, decision.following, decision.is_lost) == (None, five_past, False)


def test_a_target_made_invalid_a_moment_ago_waits_for_the_planner_to_say_so() -> None:
    broken = planned(item()) | {"retry": "often"}

    assert isinstance(admitted(request(), broken), QueueRun)


@pytest.mark.parametrize("trigger", [Trigger.MANUAL, Trigger.BACKFILL])
def test_a_run_that_no_schedule_asked_for_waits_a_minute_at_the_most_for_a_plan_and_sets_no_timer(
    trigger: Trigger,
) -> None:
    asked = request(trigger=trigger, suffix="m1", revision="")

    assert admitted(asked, item()) == QueueRun(asked, 2)
    decision = proceeding(asked, item(), 60)
    assert decision.following is None
    assert decision.plan is None


def test_a_run_by_hand_waits_for_the_plan_of_an_edit_just_made() -> None:
    asked = request(trigger=Trigger.MANUAL, suffix="m1", revision="")
    edited = planned(item()) | {"schedule": "rate(7 minutes)"}

    assert admitted(asked, edited, 59) == QueueRun(asked, 59)
    assert proceeding(asked, edited, 60).plan is not None


def test_a_paused_target_can_be_run_by_hand() -> None:
    paused = planned(item(active=False), status=PlanStatus.PAUSED)

    assert proceeding(request(trigger=Trigger.MANUAL), paused).plan is not None


def test_an_invalid_target_cannot_be_run_by_hand_and_says_why() -> None:
    decision = admitted(request(trigger=Trigger.MANUAL), item(active="yes"))

    assert isinstance(decision, Reject)
    assert "active: must be true or false" in decision.reason


def test_a_run_within_its_grace_is_no_misfire() -> None:
    assert not is_misfire(request(), target(), NOON + GRACE)
    assert is_misfire(request(), target(), NOON + GRACE + seconds(0.001))
    assert proceeding(request(), planned(item()), 60).missed is None


def test_catching_up_with_the_latest_misses_this_run_and_sets_the_timer_of_the_latest() -> None:
    decision = proceeding(request(), planned(item()), late=60 * 23)

    others = "nor could those after it until 2026-11-20T12:20:00Z"
    assert decision.missed == f"could not start within 60 s of being due, {others}"
    assert decision.instead == Occurrence(NOON + minutes(20), NOON + minutes(20))


def test_what_would_be_a_misfire_tells_what_follows_it_if_it_has_begun() -> None:
    for catch_up in ("latest", "skip"):
        decision = proceeding(request(), planned(item(catch_up=catch_up)), late=60 * 23)

        assert decision.following == Occurrence(NOON + minutes(5), NOON + minutes(5))


def test_catching_up_with_the_latest_runs_this_one_if_it_is_the_latest() -> None:
    decision = proceeding(request(), planned(item()), late=60 * 4)

    assert decision.missed is None
    assert decision.following == Occurrence(NOON + minutes(5), NOON + minutes(5))


def test_catching_up_with_all_runs_every_one_however_late() -> None:
    decision = proceeding(request(), planned(item(catch_up="all")), late=86_400)

    assert decision.missed is None
    assert decision.following == Occurrence(NOON + minutes(5), NOON + minutes(5))


def test_catching_up_with_none_goes_on_with_the_first_that_can_be_in_time() -> None:
    decision = proceeding(request(), planned(item(catch_up="skip")), late=60 * 23)

    assert decision.missed is not None
    assert decision.instead == Occurrence(NOON + minutes(25), NOON + minutes(25))


def test_catching_up_with_none_takes_one_that_is_late_within_its_grace() -> None:
    decision = proceeding(request(), planned(item(catch_up="skip")), late=60 * 20 + 59)

    assert decision.instead == Occurrence(NOON + minutes(20), NOON + minutes(20))


def test_catching_up_with_none_of_a_schedule_that_is_over_has_none_to_follow() -> None:
    once = planned(item(schedule="at(2026-11-20T12:00:00)", catch_up="skip"))

    decision = proceeding(request(), once, late=3600)

    assert decision.missed is not None
    assert decision.instead is None


def test_a_one_off_that_is_late_runs_unless_misfires_are_skipped() -> None:
    once = planned(item(schedule="at(2026-11-20T12:00:00)"))

    assert proceeding(request(), once, late=3600).missed is None


def test_a_second_attempt_is_never_a_misfire() -> None:
    decision = proceeding(request(attempt=2), planned(item()), late=60 * 23)

    assert decision.missed is None


def test_without_an_anchor_a_rate_counts_from_the_run() -> None:
    decision = proceeding(request(), planned(item(), anchor_at=None))

    assert decision.following == Occurrence(NOON + minutes(5), NOON + minutes(5))


def test_a_slow_run_does_not_shift_the_next_one() -> None:
    decision = proceeding(request(), planned(item(), anchor_at=NOON - minutes(3)), late=59)

    assert decision.following == Occurrence(NOON + minutes(2), NOON + minutes(2))


def test_a_request_that_would_hop_for_weeks_is_turned_away() -> None:
    far = request(due_at=NOON + seconds(86_400 * 16), trigger=Trigger.MANUAL)

    decision = admit(far, None, now=NOON)

    assert isinstance(decision, Reject)
    assert decision.reason.startswith("due_at: ")


def test_catching_up_takes_an_occurrence_that_can_just_still_start_in_time() -> None:
    decision = proceeding(request(), planned(item(schedule="rate(30 seconds)")), late=120)

    assert decision.missed is not None
    assert decision.instead == Occurrence(NOON + seconds(60), NOON + seconds(60))


def test_a_misfire_of_a_dense_schedule_with_a_wide_window_takes_few_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    dense = item(schedule="rate(1 second)", flexible_window_seconds=86_400, catch_up="skip")
    asked: list[datetime] = []

    def share(of: Target, scheduled_at: datetime) -> timedelta:
        asked.append(scheduled_at)
        return flexible_share(of, scheduled_at)

    monkeypatch.setattr(occurrence, "flexible_share", share)

    decision = proceeding(request(), planned(dense), late=3 * 86_400)

    assert decision.instead is not None
    assert decision.instead.scheduled_at == NOON + seconds(3 * 86_400 - 60)
    assert len(asked) < 40

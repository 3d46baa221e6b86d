"""What reconcile finds, and what it leaves alone."""

from datetime import UTC, datetime, timedelta

import pytest

from schedule_model.admission import RECORDS_LAST
from schedule_model.dispatching import Nothing
from schedule_model.errors import InvalidTargetError
from schedule_model.instants import to_text
from schedule_model.plan import Plan, PlanStatus, fingerprint_of, fingerprint_of_all, grid_of, seal_of
from schedule_model.plan_decision import SavePlan
from schedule_model.planning import plan
from schedule_model.reconcile_pass import ReconcilePass, next_slice, shards_to_sweep
from schedule_model.reconciling import (
    PATIENCE,
    Complete,
    EnsureTimer,
    Finding,
    Replan,
    Requeue,
    reconcile,
)
from schedule_model.run import Run, RunStatus
from schedule_model.run_request import DispatchedBy, RunRequest, Trigger
from schedule_model.settings import LoopSettings

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
SETTINGS = LoopSettings()
REVISION = "1".zfill(40)


def item(schedule: str = "rate(1 hour)", *, first: datetime = NOW, **fields: object) -> dict[str, object]:
    raw: dict[str, object] = {"id": "a", "type": "echo", "schedule": schedule, **fields}
    known = Plan(
        revision=REVISION,
        status=PlanStatus.SCHEDULED,
        fingerprint=fingerprint_of(raw),
        anchor_at=first - timedelta(hours=1),
        first_at=first,
        next_run_at=first,
    )
    return raw | {"plan": known.item()}


def amended(target: dict[str, object], changes: dict[str, str]) -> dict[str, object]:
    """Return the target's plan as the system would have written it with these fields."""
    plan = target["plan"]
    assert isinstance(plan, dict)
    fields = {**plan, **changes}
    return fields | {"seal": seal_of(fields)}


def row(at: datetime, status: RunStatus = RunStatus.COMPLETED, *, trigger: Trigger = Trigger.SCHEDULE) -> Run:
    request = RunRequest(
        target_id="a",
        scheduled_at=at,
        due_at=at,
        revision=REVISION,
        dispatched_by=DispatchedBy.TTL,
        trigger=trigger,
        suffix="" if trigger is Trigger.SCHEDULE else "x",
    )
    begun = Run.begun(request, now=at, lease=SETTINGS.lease, keep=timedelta(days=30))
    if status is RunStatus.RETRYING:
        return begun.retrying("broke", now=at, retry_at=at + timedelta(seconds=10))
    return begun if status is RunStatus.IN_PROGRESS else begun.completed(None, now=at)


FORMER = row(NOW - timedelta(hours=1)).model_copy(update={"revision": "0".zfill(40)})
"""Of a target that had the same id."""


def look(target: dict[str, object], rows: list[Run], now: datetime) -> Finding:
    """Return what is found first: abandoned runs come before what the chain lacks."""
    return reconcile(target, rows, now=now, settings=SETTINGS)[0]


@pytest.mark.parametrize(
    ("was", "is_now"), [({"active": False}, {"active": True}), ({"active": False}, {}), ({}, {"active": False})]
)
def test_a_rate_whose_pause_or_its_end_was_lost_keeps_its_grid(
    was: dict[str, object], is_now: dict[str, object]
) -> None:
    before = item(first=NOW - timedelta(minutes=7), **was)
    found = look({name: value for name, value in before.items() if name != "active"} | is_now, [], NOW)

    assert isinstance(found, Replan)
    decision = plan(found.change, lambda _: None)
    assert isinstance(decision, SavePlan)
    assert decision.plan.anchor_at == NOW - timedelta(hours=1, minutes=7)
    assert decision.plan.revision > REVISION


@pytest.mark.parametrize("edit", [{"max_runs": 9}, {"active": False}, {"retries": 3}])
def test_a_rate_keeps_its_grid_over_an_edit_without_a_record_that_lays_no_new_one(edit: dict[str, object]) -> None:
    before = item(first=NOW - timedelta(minutes=7))
    before["plan"] = amended(before, {"grid": grid_of(before)})
    found = look(before | edit, [row(NOW)], NOW)

    assert isinstance(found, Replan)
    decision = plan(found.change, lambda _: None)
    assert isinstance(decision, SavePlan)
    assert decision.plan.anchor_at == NOW - timedelta(hours=1, minutes=7)
    assert decision.plan.revision > REVISION


def test_a_rate_whose_edit_was_lost_begins_a_grid_when_it_is_found() -> None:
    edited = item(first=NOW - timedelta(minutes=7)) | {"schedule": "rate(2 hours)"}
    found = look(edited, [], NOW)

    assert isinstance(found, Replan)
    decision = plan(found.change, lambda _: None)
    assert isinstance(decision, SavePlan)
    assert decision.plan.anchor_at == NOW


def test_a_target_without_a_plan_is_planned() -> None:
    raw = item()
    del raw["plan"]

    found = look(raw, [], NOW)

    assert isinstance(found, Replan)
    decision = plan(found.change, lambda _: None)
    assert isinstance(decision, SavePlan)
    assert decision.first is not None


def test_a_plan_made_for_another_schedule_is_made_again_with_a_newer_revision() -> None:
    edited = item() | {"schedule": "rate(2 hours)"}

    found = look(edited, [], NOW)

    assert isinstance(found, Replan)
    decision = plan(found.change, lambda _: None)
    assert isinstance(decision, SavePlan)
    assert REVISION < decision.plan.revision < "2".zfill(40)


def test_a_replanned_target_can_be_replanned_again_with_a_newer_revision() -> None:
    revisions = [REVISION]
    for minutes in (0, 15):
        edited = item() | {"schedule": "rate(2 hours)"}
        edited["plan"] = amended(edited, {"revision": revisions[-1]})
        found = look(edited, [], NOW + timedelta(minutes=minutes))
        assert isinstance(found, Replan)
        decision = plan(found.change, lambda _: None)
        assert isinstance(decision, SavePlan)
        revisions.append(decision.plan.revision)

    assert revisions == sorted(set(revisions))


@pytest.mark.parametrize("status", [PlanStatus.PAUSED, PlanStatus.COMPLETED, PlanStatus.INVALID])
def test_a_target_whose_schedule_rests_lacks_nothing(status: PlanStatus) -> None:
    resting = item()
    changes = {"fingerprint": fingerprint_of_all(resting)} if status is PlanStatus.INVALID else {}
    resting["plan"] = amended(resting, {"status": str(status), **changes})

    assert isinstance(look(resting, [], NOW + timedelta(days=9)), Nothing)


@pytest.mark.parametrize("field", ["type", "schedule", "params"])
def test_a_mistake_that_was_mended_by_an_edit_whose_record_was_lost_is_planned(field: str) -> None:
    mended = item()
    refused = fingerprint_of_all(mended | {field: "a mistake"})
    mended["plan"] = amended(mended, {"status": "INVALID", "fingerprint": refused})

    found = look(mended, [], NOW)

    assert isinstance(found, Replan)
    decision = plan(found.change, lambda _: None)
    assert isinstance(decision, SavePlan)
    assert decision.plan.status is PlanStatus.SCHEDULED


def test_a_run_on_its_way_is_left_alone_until_it_is_late_beyond_patience() -> None:
    target = item()

    assert isinstance(look(target, [], NOW - timedelta(minutes=10)), Nothing)
    assert isinstance(look(target, [], NOW + PATIENCE), Nothing)
    found = look(target, [], NOW + PATIENCE + timedelta(seconds=1))
    assert isinstance(found, Requeue)
    assert (found.request.scheduled_at, found.request.revision) == (NOW, REVISION)


def test_the_run_after_the_latest_row_is_the_one_expected() -> None:
    found = look(item(), [row(NOW)], NOW + timedelta(hours=1) + PATIENCE * 2)

    assert isinstance(found, Requeue)
    assert found.request.scheduled_at == NOW + timedelta(hours=1)


def test_rows_of_an_earlier_revision_and_manual_ones_do_not_count() -> None:
    rows = [row(NOW + timedelta(minutes=30), trigger=Trigger.MANUAL), row(NOW - timedelta(hours=5))]

    found = look(item(), rows, NOW + timedelta(minutes=40))

    assert isinstance(found, Requeue)
    assert found.request.scheduled_at == NOW


def test_a_run_further_away_than_the_lead_must_have_its_timer() -> None:
    found = look(item(), [row(NOW)], NOW + timedelta(minutes=1))

    assert isinstance(found, EnsureTimer)
    assert found.timer.scheduled_at == NOW + timedelta(hours=1)
    assert not found.timer.near


@pytest.mark.parametrize("status", [RunStatus.IN_PROGRESS, RunStatus.RETRYING])
def test_a_run_that_nobody_carries_on_is_asked_for_again(status: RunStatus) -> None:
    abandoned = row(NOW, status)

    assert not isinstance(look(item(), [abandoned], NOW + timedelta(minutes=2)), Requeue)
    found = look(item(), [abandoned], NOW + timedelta(minutes=10))

    assert isinstance(found, Requeue)
    assert (found.request.run_id, found.request.revision) == (abandoned.run_id, REVISION)


def test_a_chain_without_its_next_run_waits_for_no_abandoned_one_nor_they_for_each_other() -> None:
    hour = timedelta(hours=1)
    abandoned = [row(NOW + hour, RunStatus.IN_PROGRESS), row(NOW, RunStatus.RETRYING)]

    found = reconcile(item(), abandoned, now=NOW + 2 * hour + PATIENCE * 2, settings=SETTINGS)

    asked = [one.request.scheduled_at for one in found if isinstance(one, Requeue)]
    assert asked == [NOW + hour, NOW, NOW + 2 * hour]


def test_an_abandoned_run_does_not_wait_until_its_target_is_planned() -> None:
    edited = item() | {"schedule": "rate(2 hours)"}

    found = reconcile(edited, [row(NOW, RunStatus.RETRYING)], now=NOW + timedelta(hours=1), settings=SETTINGS)

    assert [type(one) for one in found] == [Requeue, Replan]


@pytest.mark.parametrize(("hours", "expected"), [(30, Requeue), (25, EnsureTimer)])
def test_a_chain_whose_latest_row_lies_behind_runs_by_hand_waits_for_the_occurrence_after_them(
    hours: int, expected: type[Finding]
) -> None:
    """Of which there is no row: a later one than the earliest of theirs would be among them."""
    by_hand = [row(NOW + timedelta(hours=hours, minutes=one), trigger=Trigger.MANUAL) for one in (3, 2, 1)]
    late = NOW + timedelta(hours=48, minutes=10) if expected is Requeue else NOW + timedelta(hours=26)

    (found,) = reconcile(item("rate(1 day)"), by_hand, now=late, settings=SETTINGS, is_cut=True)

    assert isinstance(found, expected)
    wanted = found.request if isinstance(found, Requeue) else found.timer
    assert wanted.scheduled_at == NOW + timedelta(hours=47)


def test_runs_by_hand_alone_do_not_end_a_one_off_whose_row_may_lie_behind_them() -> None:
    by_hand = [row(NOW + timedelta(minutes=one), trigger=Trigger.MANUAL) for one in (3, 2, 1)]
    once = item("at(2026-11-20T12:00:00)")

    (found,) = reconcile(once, by_hand, now=NOW + timedelta(hours=1), settings=SETTINGS, is_cut=True)

    assert isinstance(found, Requeue)
    assert found.request.scheduled_at == NOW


def test_the_last_run_that_a_limit_allows_is_counted_while_it_waits_for_its_turn() -> None:
    limited = item("rate(10 minutes)", max_runs=2)
    second = row(NOW + timedelta(minutes=10), RunStatus.IN_PROGRESS).waiting(NOW + timedelta(hours=1))
    rows = [second.model_copy(update={"number": 2, "attempt": 0}), row(NOW, RunStatus.IN_PROGRESS)]
    going_on = [one.model_copy(update={"lease_expires_at": NOW + timedelta(hours=2)}) for one in rows[1:]]

    (found,) = reconcile(limited, [rows[0], *going_on], now=NOW + timedelta(minutes=30), settings=SETTINGS)

    assert found == Nothing("a run is going on")


def test_a_schedule_that_is_over_is_completed_once_its_last_run_has_ended() -> None:
    once = item("at(2026-11-20T12:00:00)")

    assert isinstance(look(once, [row(NOW, RunStatus.IN_PROGRESS)], NOW + timedelta(minutes=1)), Nothing)
    found = look(once, [row(NOW)], NOW + timedelta(minutes=1))

    assert isinstance(found, Complete)
    assert (found.plan.status, found.is_deleted) == (PlanStatus.COMPLETED, False)


def test_a_target_that_was_to_go_stays_while_its_latest_edit_cannot_be_read() -> None:
    over = item("at(2026-11-20T12:00:00)", on_complete="delete")
    over["plan"] = amended(over, {"status": "COMPLETED"})

    assert isinstance(look(over, [row(NOW)], NOW + timedelta(minutes=1)), Complete)
    assert isinstance(look(over | {"retries": 3}, [row(NOW)], NOW + timedelta(minutes=1)), Nothing)


def test_a_target_that_goes_with_its_schedule_is_deleted() -> None:
    once = item("at(2026-11-20T12:00:00)", on_complete="delete")

    found = look(once, [row(NOW)], NOW + timedelta(minutes=1))

    assert isinstance(found, Complete)
    assert found.is_deleted


def test_an_instant_that_a_runner_chose_is_the_one_expected() -> None:
    target = item()
    chosen = NOW + timedelta(hours=3, minutes=20)
    held = {"held_after": "2026-11-20T12:00:00Z", "held_until": "2026-11-20T15:20:00Z"}
    target["plan"] = amended(target, held)

    found = look(target, [row(NOW)], chosen + PATIENCE * 2)

    assert isinstance(found, Requeue)
    assert found.request.scheduled_at == chosen


def a_pass(after: str | None, *, started_at: datetime = NOW, shards: int = 16, most: int = 16) -> ReconcilePass:
    return ReconcilePass(started_at, after, shards, most)


def test_a_pass_begins_once_a_period_and_goes_on_until_it_is_through() -> None:
    period = SETTINGS.reconcile_period

    assert next_slice(None, now=NOW, settings=SETTINGS) == a_pass(None)
    assert next_slice(a_pass("m"), now=NOW + period * 3, settings=SETTINGS) == a_pass("m")
    assert next_slice(a_pass(None), now=NOW + period / 2, settings=SETTINGS) is None
    assert next_slice(a_pass(None), now=NOW + period, settings=SETTINGS) == a_pass(None, started_at=NOW + period)


@pytest.mark.parametrize("before", [0, 4, 40])
def test_another_number_of_shards_begins_a_pass_at_once(before: int) -> None:
    later = NOW + timedelta(seconds=60)

    begun = next_slice(a_pass("m", shards=before, most=before), now=later, settings=SETTINGS)

    assert begun == a_pass(None, started_at=later, most=max(before, 16))


def test_the_most_shards_are_swept_until_a_day_and_the_lead_after_the_pass_with_the_new_ones() -> None:
    lowered = LoopSettings(shards=2)
    (begun, halfway) = next_slice(a_pass(None), now=NOW, settings=lowered), NOW + timedelta(days=9)
    assert begun is not None
    going_on = begun.went_on("m", again=(), now=halfway, settings=lowered)
    through = going_on.went_on(None, again=(), now=halfway, settings=lowered)
    known_until = halfway + timedelta(days=1) + lowered.lead + PATIENCE

    assert shards_to_sweep(going_on, now=halfway, settings=lowered) == 16
    assert through.forgets_at == known_until
    assert shards_to_sweep(through, now=known_until - timedelta(seconds=1), settings=lowered) == 16
    assert shards_to_sweep(through, now=known_until, settings=lowered) == 2
    again = next_slice(through, now=known_until, settings=lowered)
    assert again is not None
    assert (again.shards_most, again.forgets_at) == (2, known_until)


def test_shards_that_were_lowered_in_mid_pass_begin_it_anew_and_forget_none() -> None:
    first = next_slice(a_pass(None), now=NOW, settings=LoopSettings(shards=4))

    second = next_slice(first, now=NOW, settings=LoopSettings(shards=2))

    assert second == a_pass(None, shards=2, most=16)


@pytest.mark.parametrize("instead", [NOW + timedelta(hours=9), None])
def test_after_a_misfire_what_comes_instead_of_it_is_asked_for(instead: datetime | None) -> None:
    ends_at = "2026-11-20T21:30:00Z" if instead is None else "2026-11-22T00:00:00Z"
    target, decided_at = item(ends_at=ends_at), NOW + timedelta(hours=9, minutes=40)
    passed = row(NOW).missed("could not start", instead, now=decided_at)

    found = look(target, [passed], decided_at + timedelta(minutes=6))

    if instead is None:
        assert isinstance(found, Complete)
    else:
        assert isinstance(found, Requeue)
        assert found.request.scheduled_at == instead


def rarely() -> dict[str, object]:
    target = item("rate(90 days)")
    target["plan"] = amended(target, {"anchor_at": "2026-11-20T12:00:00Z"})
    return target


def test_an_occurrence_of_the_last_day_that_has_no_row_is_asked_for() -> None:
    found = look(rarely(), [], NOW + timedelta(days=1))

    assert isinstance(found, Requeue)
    assert found.request.scheduled_at == NOW


def test_an_older_one_may_have_lost_its_row_to_age_and_is_asked_for_only_where_the_chain_is_broken() -> None:
    found = look(rarely(), [], NOW + timedelta(days=1, seconds=1))

    assert isinstance(found, EnsureTimer)
    assert found.timer.scheduled_at == NOW + timedelta(days=90)
    assert found.instead is not None
    assert found.instead.scheduled_at == NOW


def test_where_there_may_be_more_rows_it_is_looked_at_again() -> None:
    (found,) = reconcile(rarely(), [], now=NOW + timedelta(days=3), settings=SETTINGS, is_cut=True)

    assert isinstance(found, Requeue)


def test_a_chain_too_dense_for_timers_goes_on_with_an_occurrence_of_the_last_day() -> None:
    now = NOW + timedelta(days=3)
    found = look(item("rate(5 minutes)"), [], now)

    assert isinstance(found, Requeue)
    assert found.request.scheduled_at == now - timedelta(days=1) + timedelta(minutes=5)


def test_while_the_next_timer_of_such_a_chain_is_on_its_way_nothing_is_asked_for() -> None:
    every_two_days = item("rate(2 days)")
    every_two_days["plan"] = amended(every_two_days, {"anchor_at": "2026-11-20T12:00:00Z"})

    assert isinstance(look(every_two_days, [], NOW + timedelta(days=1, hours=23, minutes=40)), Nothing)


@pytest.mark.parametrize("days", [31, 75])
def test_an_occurrence_older_than_rows_are_kept_is_not_asked_for(days: int) -> None:
    found = look(rarely(), [], NOW + timedelta(days=days))

    assert isinstance(found, EnsureTimer)
    assert found.instead is None
    assert found.timer.scheduled_at == NOW + timedelta(days=90)


def test_a_schedule_that_would_end_without_any_row_runs_its_last_occurrence() -> None:
    once = item("at(2026-11-20T12:00:00)", keep_results_days=1, on_complete="delete")

    found = look(once, [], NOW + timedelta(days=5))

    assert isinstance(found, Requeue)
    assert found.request.scheduled_at == NOW


def unplanned(**fields: object) -> dict[str, object]:
    return {"id": "a", "type": "echo", "schedule": "at(2026-11-20T12:00:00)", "on_complete": "delete", **fields}


@pytest.mark.parametrize("late", [timedelta(seconds=1), timedelta(hours=23)])
def test_a_one_off_whose_instant_passed_before_the_planner_saw_it_runs_late(late: timedelta) -> None:
    found = look(unplanned(), [], NOW + late)

    assert isinstance(found, Replan)
    decision = plan(found.change, lambda _: None)
    assert isinstance(decision, SavePlan)
    assert decision.first is not None
    assert decision.first.scheduled_at == NOW


def test_a_one_off_that_is_found_within_its_window_runs() -> None:
    found = look(unplanned(flexible_window_seconds=3600), [], NOW + timedelta(seconds=1))

    assert isinstance(found, Replan)
    decision = plan(found.change, lambda _: None)
    assert isinstance(decision, SavePlan)
    assert decision.first is not None
    assert decision.first.scheduled_at == NOW


def first_of(target: dict[str, object], now: datetime) -> SavePlan:
    """Return what reconcile saves of a target that it finds."""
    found = look(target, [], now)
    assert isinstance(found, Replan)
    decision = plan(found.change, lambda _: None)
    assert isinstance(decision, SavePlan)
    return decision


def test_what_has_passed_unseen_is_followed_by_nothing_that_a_guessed_grid_makes_up() -> None:
    ends_at = NOW + timedelta(minutes=50)
    both = unplanned(schedule=["rate(3 hours)", "cron(20 * * * ? *)"], ends_at=to_text(ends_at), on_complete="keep")

    decision = first_of(both, NOW + timedelta(minutes=45, seconds=7))

    assert decision.first is not None
    assert decision.first.scheduled_at == NOW + timedelta(minutes=20)
    assert decision.plan.anchor_at is not None
    assert decision.plan.anchor_at > ends_at
    assert decision.plan.has_guessed_grid


def test_the_edit_that_laid_the_grid_of_a_rate_is_no_occurrence_that_passed_unseen() -> None:
    short = item("rate(1 hour)", ends_at=to_text(NOW + timedelta(minutes=30)))
    short["plan"] = amended(short, {"anchor_at": to_text(NOW)})

    decision = first_of(short | {"active": True}, NOW + timedelta(minutes=45))

    assert decision.plan.status is PlanStatus.COMPLETED
    assert decision.first is None


def test_a_rate_that_starts_in_the_second_of_the_finding_runs() -> None:
    short = unplanned(schedule="rate(1 hour)", starts_at=to_text(NOW), ends_at=to_text(NOW + timedelta(minutes=30)))

    decision = first_of(short, NOW)

    assert decision.first is not None
    assert decision.first.scheduled_at == NOW


def test_a_rate_that_is_over_when_it_is_found_invents_no_occurrence_within_its_window() -> None:
    ends_at = to_text(NOW + timedelta(minutes=30))
    over = unplanned(schedule="rate(1 hour)", ends_at=ends_at, flexible_window_seconds=1200, on_complete="keep")

    decision = first_of(over, NOW)

    assert decision.plan.status is PlanStatus.COMPLETED
    assert decision.first is None


def test_a_refusal_by_an_earlier_version_is_made_anew_and_keeps_the_grid_of_its_rate() -> None:
    invalid = item(type="a mistake")
    invalid["plan"] = amended(invalid, {"status": "INVALID", "fingerprint": "", "anchor_at": "2026-11-20T10:07:00Z"})

    found = look(invalid, [], NOW)

    assert isinstance(found, Replan)

    def refuse(_: object) -> None:
        raise InvalidTargetError("type: no such type")

    decision = plan(found.change, refuse)
    assert isinstance(decision, SavePlan)
    assert decision.plan.anchor_at == NOW - timedelta(hours=1, minutes=53)
    assert isinstance(look(invalid | {"plan": decision.plan.item()}, [], NOW), Nothing)


@pytest.mark.parametrize("paused", [False, True])
def test_a_schedule_that_was_over_when_it_was_found_does_not_go_with_its_end(*, paused: bool) -> None:
    target, now = unplanned(), NOW + timedelta(days=1, seconds=1)
    if paused:
        before = item("at(2026-11-20T12:00:00)", on_complete="delete", active=False)
        stands = {"status": "PAUSED", "paused_at": "2026-11-20T11:00:00Z"}
        target, now = before | {"active": True, "plan": amended(before, stands)}, NOW + timedelta(hours=1)
    found = look(target, [], now)

    assert isinstance(found, Replan)
    decision = plan(found.change, lambda _: None)
    assert isinstance(decision, SavePlan)
    assert decision.plan.status is PlanStatus.COMPLETED


@pytest.mark.parametrize(
    ("rows", "after", "goes"),
    [
        ([], timedelta(days=9), False),
        ([row(NOW)], RECORDS_LAST, False),
        ([row(NOW)], RECORDS_LAST * 2, True),
        ([FORMER], RECORDS_LAST * 2, False),
    ],
)
def test_a_guessed_end_takes_a_target_away_only_after_a_run_and_when_no_record_can_come(
    rows: list[Run], after: timedelta, *, goes: bool
) -> None:
    target = item("at(2026-11-20T12:00:00)", on_complete="delete")
    guess = f"{REVISION}~{int(NOW.timestamp()):011d}"
    target["plan"] = amended(target, {"revision": guess, "status": "COMPLETED"})

    assert isinstance(look(target, rows, NOW + after), Complete) is goes


@pytest.mark.parametrize("revision", ["zzz", "", REVISION, f"{REVISION}~00000000001"])
def test_a_plan_with_a_broken_seal_is_made_anew_in_the_order_of_its_edits(revision: str) -> None:
    target = item()
    target["plan"] = {**amended(target, {}), "status": "COMPLETED", "revision": revision}

    found = look(target, [row(NOW)], NOW + timedelta(minutes=30))

    assert isinstance(found, Replan)
    number = found.change.sequence_number
    assert number.startswith(f"{REVISION}~" if revision.startswith(REVISION) else "~")
    assert number.count("~") == 1

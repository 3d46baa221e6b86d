"""What an edit of a target asks for: every branch, by the edit that leads to it."""

from typing import Any

import pytest

from schedule_model.dispatching import Nothing
from schedule_model.errors import InvalidTargetError
from schedule_model.plan import Plan, PlanStatus, fingerprint_of, fingerprint_of_all, plan_of
from schedule_model.plan_decision import DeleteTarget, LookAgain, PlanDecision, RestorePlan, SavePlan
from schedule_model.planning import plan, plan_current
from schedule_model.target import Target
from schedule_model.target_change import TargetChange
from tests.unit.examples import NOON, item, minutes, plan_for, planned, revision, seconds

EDITED = NOON + minutes(2)


def accepts(target: Target) -> None:
    if target.type == "unknown":
        raise InvalidTargetError("type: 'unknown' is not a known type")


def change(old: dict[str, Any] | None, new: dict[str, Any] | None, number: int = 7) -> TargetChange:
    return TargetChange("homepage", old=old, new=new, sequence_number=str(number), edited_at=EDITED)


def decide(old: dict[str, Any] | None, new: dict[str, Any] | None, number: int = 7) -> PlanDecision:
    return plan(change(old, new, number), accepts)


def saved(decision: PlanDecision) -> SavePlan:
    assert isinstance(decision, SavePlan)
    return decision


def restored(before: dict[str, Any], seen: object = None, number: int = 7) -> RestorePlan:
    written_back = plan_on(before).model_copy(update={"restored_by": revision(number)})
    return RestorePlan(written_back, was=before["plan"], seen=seen)


def plan_on(target: dict[str, Any]) -> Plan:
    found = plan_of(target)
    assert found is not None
    return found


def test_a_new_target_gets_a_plan_and_its_first_occurrence() -> None:
    decision = saved(decide(None, item()))

    assert decision.plan.revision == revision(7)
    assert decision.plan.status is PlanStatus.SCHEDULED
    assert decision.plan.fingerprint == fingerprint_of(item())
    assert decision.plan.reason == ""
    assert decision.first is not None
    assert decision.first.scheduled_at == EDITED + minutes(5)
    assert decision.plan.next_run_at == decision.first.due_at
    assert decision.seen_revision == ""


def test_a_rate_counts_from_the_edit_that_laid_its_grid() -> None:
    assert saved(decide(None, item())).plan.anchor_at == EDITED


def test_a_rate_counts_from_its_start_where_it_has_one() -> None:
    decision = saved(decide(None, item(starts_at="2026-11-20T11:59:00Z")))

    assert decision.plan.anchor_at == NOON - minutes(1)
    assert decision.first is not None
    assert decision.first.scheduled_at == NOON + minutes(4)


def test_a_start_within_a_second_is_where_its_grid_begins_and_leaves_the_fingerprint_alone() -> None:
    written = item(schedule="rate(1 day)", starts_at="2026-11-20T13:00:00.250Z")

    decision = saved(decide(None, written))

    assert decision.plan.anchor_at == NOON + minutes(60) + seconds(1)
    assert decision.first is not None
    assert decision.first.scheduled_at == decision.plan.anchor_at
    assert decision.plan.fingerprint == fingerprint_of(written)
    assert decision.plan.fingerprint != fingerprint_of(written | {"starts_at": "2026-11-20T13:00:01Z"})


def test_a_record_delivered_again_asks_for_the_same() -> None:
    assert decide(None, item()) == decide(None, item())
    assert decide(planned(item()), item(schedule="rate(1 hour)")) == decide(
        planned(item()), item(schedule="rate(1 hour)")
    )


def test_a_deleted_target_asks_for_nothing() -> None:
    assert isinstance(decide(planned(item()), None), Nothing)


def test_the_plan_being_written_asks_for_nothing() -> None:
    assert isinstance(decide(item(), planned(item())), Nothing)
    assert isinstance(decide(planned(item(), 1), planned(item(), 2)), Nothing)


def test_an_edit_of_the_schedule_makes_a_new_revision() -> None:
    decision = saved(decide(planned(item()), planned(item(schedule="rate(1 hour)"), fingerprint="old")))

    assert decision.plan.revision == revision(7)
    assert decision.seen_revision == revision(1)
    assert decision.first is not None
    assert decision.first.scheduled_at == EDITED + minutes(60)


@pytest.mark.parametrize(
    "edit",
    [{"params": {"message": "other"}}, {"note": "n"}, {"retry": {"max_attempts": 9}}, {"tags": {"team": "a"}}],
)
def test_an_edit_beside_the_schedule_keeps_the_revision(edit: dict[str, Any]) -> None:
    before = planned(item())

    assert isinstance(decide(before, before | edit), Nothing)


def test_a_whole_item_write_that_wipes_the_plan_gets_it_back() -> None:
    assert decide(planned(item()), item()) == restored(planned(item()))


def test_a_whole_item_write_that_wipes_the_plan_and_edits_params_gets_it_back() -> None:
    assert decide(planned(item()), item(params={"message": "other"})) == restored(planned(item()))


BY_HAND = (
    {"status": "COMPLETED"},
    {"revision": revision(9)},
    {"revision": revision(0)},
    {"anchor_at": "2026-01-01T00:00:00Z"},
)


@pytest.mark.parametrize("edit", BY_HAND)
@pytest.mark.parametrize("other", [{}, {"params": {"message": "other"}}])
def test_a_plan_edited_by_hand_is_replaced_by_the_one_before(edit: dict[str, Any], other: dict[str, Any]) -> None:
    before = planned(item(), number=3)
    by_hand = before["plan"] | edit

    assert decide(before, before | other | {"plan": by_hand}) == restored(before, seen=by_hand)


def test_a_plan_written_by_hand_in_place_of_the_systems_is_replaced() -> None:
    by_hand = {"revision": revision(1), "status": "COMPLETED"}

    assert decide(planned(item()), item(plan=by_hand)) == restored(planned(item()), seen=by_hand)
    assert decide(planned(item()), item(plan="rubbish")) == restored(planned(item()), seen="rubbish")


def test_a_later_plan_of_a_release_that_did_not_seal_stands() -> None:
    unsealed = {name: value for name, value in planned(item(), number=2)["plan"].items() if name != "seal"}

    assert isinstance(decide(planned(item()), item(plan=unsealed)), Nothing)


def test_the_systems_own_words_about_its_plan_stand() -> None:
    ended = planned(item(), status=PlanStatus.COMPLETED, reason="over")
    by_hand = item(plan=planned(item())["plan"] | {"status": "COMPLETED"})

    assert isinstance(decide(planned(item()), ended), Nothing)
    assert isinstance(decide(by_hand, planned(item())), Nothing)


def test_a_whole_item_write_that_wipes_the_plan_and_edits_the_schedule_is_planned_anew() -> None:
    decision = saved(decide(planned(item()), item(schedule="rate(1 hour)")))

    assert decision.plan.revision == revision(7)


@pytest.mark.parametrize("edit", [{"params": {"message": "other"}}, {"schedule": "rate(1 hour)"}])
def test_a_target_written_twice_before_it_was_planned_is_looked_at_again(edit: dict[str, Any]) -> None:
    assert decide(item(), item(**edit)) == LookAgain()


@pytest.mark.parametrize("copied", [{}, {"plan": plan_for(item(), counted_from=NOON - minutes(60)).item()}])
def test_a_new_target_counts_its_runs_from_its_creation(copied: dict[str, Any]) -> None:
    assert saved(decide(None, item(**copied))).plan.counted_from == EDITED
    assert saved(decide(None, item(schedule="rate(0 minutes)", **copied))).plan.counted_from == EDITED


@pytest.mark.parametrize("edit", [{"schedule": "rate(1 hour)"}, {"schedule": "rubbish"}, {"active": False}])
def test_the_count_goes_on_over_an_edit_from_where_it_began(edit: dict[str, Any]) -> None:
    before = planned(item(), counted_from=NOON)

    assert saved(decide(before, before | edit)).plan.counted_from == NOON
    assert saved(decide(before, item(**edit))).plan.counted_from == NOON


def test_a_plan_from_before_counts_were_dated_stays_undated() -> None:
    assert saved(decide(planned(item()), planned(item()) | {"schedule": "rate(1 hour)"})).plan.counted_from is None


def test_looked_at_again_a_planned_target_asks_for_nothing() -> None:
    twice = change(item(), item(params={"message": "other"}))

    decision = plan_current(twice, planned(item(params={"message": "other"})), accepts)

    assert isinstance(decision, Nothing)


def test_looked_at_again_an_unplanned_target_is_planned_until_a_record_tells_more() -> None:
    twice = change(item(), item(params={"message": "other"}))

    plan = saved(plan_current(twice, item(params={"message": "other"}), accepts)).plan

    assert (plan.found_at, plan.has_guessed_grid) == (EDITED, True)
    assert plan.first_at == EDITED + minutes(5)


def test_looked_at_again_an_unplanned_target_whose_record_comes_again_gets_the_same_plan_and_timer() -> None:
    twice, left = change(item(), item(note="n")), item(note="n")
    at_first = saved(plan_current(twice, left, accepts))

    again = saved(plan_current(twice, left | {"plan": at_first.plan.item()}, accepts))

    assert (again.plan, again.first) == (at_first.plan, at_first.first)


def test_looked_at_again_an_unplanned_target_that_was_edited_again_is_left_to_that_edits_record() -> None:
    twice = change(item(), item(params={"message": "other"}))

    assert isinstance(plan_current(twice, item(note="later"), accepts), Nothing)


def test_looked_at_again_a_target_whose_record_tells_the_plan_of_another_schedule_gets_one_that_gives_way() -> None:
    stale = planned(item(schedule="rate(9 minutes)"))["plan"]
    back = change(item() | {"plan": stale}, item(note="n"))

    plan = saved(plan_current(back, item(note="n"), accepts)).plan

    assert (plan.found_at, plan.has_guessed_grid) == (EDITED, True)


def test_looked_at_again_a_pause_that_was_not_planned_keeps_the_grid_and_gives_way() -> None:
    running = planned(item()) | {"active": False}

    plan = saved(
        plan_current(change(running, item(active=False, note="n")), item(active=False, note="n"), accepts)
    ).plan

    assert (plan.status, plan.anchor_at) == (PlanStatus.PAUSED, NOON)
    assert revision(1) < plan.revision < revision(2)


def test_looked_at_again_a_deleted_target_asks_for_nothing() -> None:
    assert isinstance(plan_current(change(item(), item(note="n")), None, accepts), Nothing)


def test_looked_at_again_an_invalid_target_is_refused() -> None:
    invalid = item(type="unknown")

    decision = saved(plan_current(change(item(), invalid), invalid, accepts))

    assert decision.plan.status is PlanStatus.INVALID


@pytest.mark.parametrize("edit", [{}, {"params": {"message": "other"}}])
def test_a_stale_plan_copied_back_gives_way_to_the_one_it_replaced(edit: dict[str, Any]) -> None:
    before, copy = planned(item(), 5), planned(item(), 3)

    assert decide(before, copy | edit) == restored(before, seen=copy["plan"])


def test_what_a_runner_chose_is_put_back_over_a_copy_from_before() -> None:
    before, copy = planned(item(), 5, held_after=NOON, held_until=NOON + minutes(60)), planned(item(), 5)

    assert decide(before, copy | {"note": "n"}) == restored(before, seen=copy["plan"])


@pytest.mark.parametrize("edit", [{}, {"params": {"message": "other"}}])
def test_a_stale_plan_copied_back_over_a_schedule_that_is_over_begins_it_anew(edit: dict[str, Any]) -> None:
    decision = saved(decide(planned(item(), 5, status=PlanStatus.COMPLETED), planned(item(), 3) | edit))

    assert decision.plan.revision == revision(7)
    assert decision.seen_revision == revision(3)


def test_a_newer_plan_that_comes_with_an_edit_is_looked_at_again() -> None:
    assert decide(planned(item(), 3), planned(item(), 5) | {"note": "n"}) == LookAgain()


def test_the_present_plan_copied_back_with_other_params_is_kept() -> None:
    before = planned(item(), 5)

    assert isinstance(decide(before, before | {"params": {"message": "other"}}), Nothing)


def test_a_copy_from_before_the_plan_was_written_back_is_kept() -> None:
    before, copy = planned(item(), 5, restored_by=revision(6)), planned(item(), 5)

    assert isinstance(decide(before, copy | {"params": {"message": "other"}}), Nothing)


def test_a_plan_wiped_and_put_back_at_once_stays_once_it_was_restored() -> None:
    wiped, put_back = item(), planned(item(params={"message": "other"}), 5)
    first = decide(planned(item(), 5), wiped, number=7)
    assert isinstance(first, RestorePlan)
    second = change(wiped, put_back, number=8)

    assert plan(second, accepts) == LookAgain()
    assert isinstance(plan_current(second, put_back | {"plan": first.plan.item()}, accepts), Nothing)
    assert saved(plan_current(second, put_back, accepts)).plan.revision == revision(8)


def test_a_plan_for_another_schedule_than_the_items_is_planned_anew() -> None:
    foreign = planned(item(), 5, fingerprint="of another")

    edit = foreign | {"note": "n"}

    assert decide(foreign, edit) == LookAgain()
    assert saved(plan_current(change(foreign, edit), edit, accepts)).plan.revision == revision(7)


def test_an_edit_that_leaves_a_schedule_still_to_be_planned_takes_nothing_of_it_away() -> None:
    paused = planned(item(active=False), 5)
    resumed = paused | {"active": True}
    edit = resumed | {"note": "n"}
    by_then = planned(item(note="n", active=True), 6)

    assert decide(resumed, edit) == LookAgain()
    assert plan_current(change(resumed, edit), by_then, accepts) == Nothing("planned already")


@pytest.mark.parametrize(
    "before",
    [planned(item(active=False), 5, anchor_at=NOON), planned(item(), 5, status=PlanStatus.INVALID, anchor_at=NOON)],
)
def test_a_grid_that_only_the_later_edit_knows_is_kept(before: dict[str, Any]) -> None:
    seen = before | {"active": True}
    edit = item(active=True, note="n")
    made_without_it = planned(edit, 6, anchor_at=NOON + minutes(1))

    assert decide(seen, edit) == LookAgain()
    assert saved(plan_current(change(seen, edit), made_without_it, accepts)).plan.anchor_at == NOON


def test_a_grid_that_lay_in_another_edits_plan_is_kept_when_that_is_wiped() -> None:
    refused = planned(item(), 5, status=PlanStatus.INVALID, fingerprint="")
    made_without_it = planned(item(), 6, anchor_at=NOON + minutes(1))

    assert decide(refused, item()) == LookAgain()
    assert saved(plan_current(change(refused, item()), made_without_it, accepts)).plan.anchor_at == NOON


def guess(written: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Return the item with the plan that reconcile gave it, knowing no earlier one."""
    found = {"revision": f"{0:028}~{int(NOON.timestamp()):011d}", "anchor_at": NOON} | changes
    return planned(written, **found)


def test_the_grid_of_an_edit_that_reconcile_could_only_guess_is_that_of_its_record() -> None:
    mistaken = item(tpye="echo")
    guessed = guess(mistaken, status=PlanStatus.INVALID, fingerprint="", anchor_at=None)
    refused = planned(item(), 6, status=PlanStatus.INVALID, fingerprint="", anchor_at=NOON - minutes(1))

    assert decide(guessed, item()) == LookAgain()
    assert saved(plan_current(change(guessed, item()), refused, accepts)).plan.anchor_at == NOON - minutes(1)


def test_a_pause_that_follows_a_guess_keeps_the_grid_of_the_record() -> None:
    paused = item(active=False)
    by_then = planned(item(), 6, anchor_at=NOON - minutes(1))

    assert decide(guess(item()), paused) == LookAgain()
    assert saved(plan_current(change(guess(item()), paused), by_then, accepts)).plan.anchor_at == NOON - minutes(1)


def test_a_guess_gives_way_to_the_grid_that_the_record_tells() -> None:
    edit = item(note="n")
    before = planned(item(active=False), 5, anchor_at=NOON - minutes(1)) | {"active": True}

    assert saved(plan_current(change(before, edit), guess(edit), accepts)).plan.anchor_at == NOON - minutes(1)


def test_a_later_guess_gives_way_to_an_earlier_one() -> None:
    later = guess(item(note="n"), revision=f"{0:028}~{int(EDITED.timestamp()):011d}", anchor_at=EDITED)

    assert saved(plan_current(change(guess(item()), item(note="n")), later, accepts)).plan.anchor_at == NOON


def test_a_guess_that_is_all_there_was_is_written_back() -> None:
    edit = item(note="n")

    decision = plan_current(change(guess(item()), edit), edit, accepts)

    assert decision == restored(guess(item()))


def test_an_edit_beside_a_guess_that_is_all_there_is_asks_for_nothing() -> None:
    edit = guess(item()) | {"note": "n"}

    assert decide(guess(item()), edit) == LookAgain()
    assert isinstance(plan_current(change(guess(item()), edit), edit, accepts), Nothing)


def test_a_guess_is_not_written_back_on_a_mistake() -> None:
    mistaken = item(tpye="echo")

    decision = saved(plan_current(change(guess(item()), mistaken), mistaken, accepts))

    assert decision.plan.status is PlanStatus.INVALID


def test_what_reconcile_knew_of_the_grid_is_taken_for_the_planners() -> None:
    known = guess(item(active=False), anchor_at=NOON - minutes(1))

    assert saved(decide(known, item())).plan.anchor_at == NOON - minutes(1)


def test_a_plan_that_came_with_the_edit_is_not_taken_for_the_planners() -> None:
    edit = planned(item(note="n"), 4)

    assert decide(item(), edit) == LookAgain()
    assert saved(plan_current(change(item(), edit), edit, accepts)).plan.revision == revision(7)


def test_an_old_plan_in_a_new_targets_edit_does_not_lay_its_grid() -> None:
    edit = planned(item(note="n"), 4)
    by_then = planned(item(note="n"), 6)

    assert plan_current(change(item(), edit), by_then, accepts) == Nothing("planned already")


def test_a_paused_target_has_a_plan_that_says_why_and_no_occurrence() -> None:
    decision = saved(decide(planned(item()), planned(item()) | {"active": False, "note": "holidays"}))

    assert decision.plan.status is PlanStatus.PAUSED
    assert decision.plan.reason == "active is false: holidays"
    assert decision.first is None
    assert decision.plan.next_run_at is None


def test_a_target_created_paused_is_paused() -> None:
    decision = saved(decide(None, item(active=False)))

    assert decision.plan.status is PlanStatus.PAUSED
    assert decision.plan.reason == "active is false"


def test_a_rate_keeps_its_grid_over_a_pause() -> None:
    paused = item(active=False)
    pausing = saved(decide(planned(item()), planned(item()) | {"active": False}))
    resumed = saved(decide(paused | {"plan": pausing.plan.item()}, item() | {"plan": pausing.plan.item()}, 8))

    assert pausing.plan.anchor_at == NOON
    assert resumed.plan.anchor_at == NOON
    assert resumed.first is not None
    assert resumed.first.scheduled_at == NOON + minutes(5)
    assert resumed.plan.revision == revision(8)


def test_a_rate_keeps_its_grid_when_its_plan_is_wiped_with_an_edit() -> None:
    decision = saved(decide(planned(item()), item(active=False)))

    assert decision.plan.anchor_at == NOON


@pytest.mark.parametrize("edit", [{"schedule": "rate(1 hour)"}, {"timezone": "Europe/Paris"}])
def test_a_new_schedule_or_timezone_lays_a_new_grid(edit: dict[str, Any]) -> None:
    assert saved(decide(planned(item()), planned(item()) | edit)).plan.anchor_at == EDITED


def test_a_schedule_changed_there_and_back_ends_in_one_new_revision() -> None:
    other = item(schedule="rate(1 hour)")
    there = saved(decide(planned(item(), 1), other | {"plan": plan_for(item(), 1).item()}, 2))
    back = saved(decide(other | {"plan": there.plan.item()}, item() | {"plan": there.plan.item()}, 3))

    assert [there.plan.revision, back.plan.revision] == [revision(2), revision(3)]
    assert back.plan.fingerprint == plan_for(item()).fingerprint
    assert back.seen_revision == revision(2)


@pytest.mark.parametrize(
    ("edit", "field"),
    [
        ({"schedule": "rate(5 minute"}, "schedule"),
        ({"type": "unknown"}, "type"),
        ({"timezone": "Europe/Berln"}, "timezone"),
        ({"params": "x"}, "params"),
        ({"params": {"body": "x" * 400_000}}, "params"),
        ({"except": ["rate(1 second)"], "schedule": "rate(1 minute)"}, "except"),
    ],
)
def test_an_invalid_target_gets_a_plan_that_names_the_field(edit: dict[str, Any], field: str) -> None:
    decision = saved(decide(None, item(**edit)))

    assert decision.plan.status is PlanStatus.INVALID
    assert decision.plan.reason.startswith(f"{field}: ")
    assert decision.first is None


def test_an_edit_that_makes_a_target_invalid_starts_a_revision_that_stops_its_chain() -> None:
    decision = saved(decide(planned(item()), planned(item()) | {"type": "unknown"}))

    assert decision.plan.revision == revision(7)
    assert decision.plan.status is PlanStatus.INVALID


def test_an_invalid_target_made_valid_is_planned_although_its_schedule_is_the_same() -> None:
    refused = {"plan": plan_for(item(), 3, status=PlanStatus.INVALID, fingerprint="", anchor_at=None).item()}

    decision = saved(decide(item(type="unknown") | refused, item() | refused))

    assert decision.plan.status is PlanStatus.SCHEDULED
    assert decision.plan.revision == revision(7)
    assert decision.first is not None


def test_a_target_that_is_refused_already_is_left_as_it_is() -> None:
    invalid = item(type="unknown")
    refused = saved(decide(None, invalid)).plan

    assert isinstance(decide(invalid, invalid | {"plan": refused.item()}), Nothing)


def test_the_refusal_of_the_edit_before_is_not_written_over_the_one_that_knows_the_grid() -> None:
    spoiled = item(type="unknown")
    switched = spoiled | {"active": True}
    late = plan_for(spoiled, 3, status=PlanStatus.INVALID, fingerprint=fingerprint_of_all(spoiled), anchor_at=None)

    assert isinstance(decide(switched, switched | {"plan": late.item()}), Nothing)


def test_another_edit_that_is_refused_for_the_same_reason_is_what_reconcile_compares_with() -> None:
    invalid = item(type="unknown")
    refused = saved(decide(None, invalid)).plan
    edited = invalid | {"plan": refused.item(), "note": "n"}

    again = saved(decide(invalid | {"plan": refused.item()}, edited)).plan

    assert (again.status, again.reason) == (PlanStatus.INVALID, refused.reason)
    assert again.fingerprint == fingerprint_of_all(edited) != refused.fingerprint


def test_a_target_invalid_for_another_reason_gets_that_reason() -> None:
    refused = saved(decide(None, item(type="unknown"))).plan

    edit = item(schedule="x") | {"plan": refused.item()}

    assert decide(item(type="unknown"), edit) == LookAgain()
    decision = saved(plan_current(change(item(type="unknown"), edit), edit, accepts))

    assert decision.plan.reason.startswith("schedule: ")


def test_an_invalid_target_whose_plan_was_wiped_is_refused_again() -> None:
    invalid = item(type="unknown")
    refused = saved(decide(None, invalid)).plan

    decision = saved(decide(invalid | {"plan": refused.item()}, invalid))

    assert decision.plan.status is PlanStatus.INVALID


def test_an_at_in_the_past_is_completed_at_once() -> None:
    decision = saved(decide(None, item(schedule="at(2026-11-20T11:00:00)")))

    assert decision.plan.status is PlanStatus.COMPLETED
    assert decision.plan.reason == "the schedule names no instant after this edit"
    assert decision.first is None


def test_a_completed_target_that_is_to_go_is_deleted() -> None:
    gone = item(schedule="at(2026-11-20T11:00:00)", on_complete="delete")

    decision = decide(None, gone)

    assert isinstance(decision, DeleteTarget)
    assert decision.seen == gone
    assert (decision.ended.plan.status, decision.ended.first) == (PlanStatus.COMPLETED, None)


def test_an_edit_after_one_that_is_not_planned_yet_takes_neither_its_grid_nor_its_pause_from_the_plan_before() -> None:
    """As update-item writes it, so that the plan of the schedule before stays on the item until it is planned."""
    paused = planned(item(active=False), status=PlanStatus.PAUSED, paused_at=NOON - minutes(600), anchor_at=NOON)
    edited = paused | {"schedule": "rate(7 minutes)", "catch_up": "all"}
    resumed = edited | {"active": True}
    of_edit = saved(decide(paused, edited, 7)).plan

    assert isinstance(decide(edited, resumed, 8), LookAgain)
    decision = saved(plan_current(change(edited, resumed, 8), resumed | {"plan": of_edit.item()}, accepts))

    assert decision.plan.anchor_at == of_edit.anchor_at == EDITED
    assert decision.first is not None
    assert decision.first.scheduled_at == EDITED + minutes(7)


@pytest.mark.parametrize("mistake", [{}, {"retries": 3}])
def test_where_the_edit_between_was_given_up_the_next_one_lays_a_grid(mistake: dict[str, Any]) -> None:
    before = planned(item(schedule="rate(1 hour)"), anchor_at=NOON - minutes(600))
    edited = before | {"schedule": "rate(7 minutes)"}
    again = edited | {"max_runs": 3} | mistake

    decision = saved(plan_current(change(edited, again), again, accepts))

    assert decision.plan.anchor_at == (None if mistake else EDITED)


def test_a_field_without_a_value_lays_no_other_grid_than_none() -> None:
    before = planned(item(schedule="rate(1 hour)"), anchor_at=NOON - minutes(600))

    assert saved(decide(before, before | {"starts_at": None})).plan.anchor_at == NOON - minutes(600)


def test_a_record_that_comes_again_because_its_timer_may_not_have_been_set_sets_the_same_one() -> None:
    """Though its own plan stands on the item by now, which tells nothing of the pause that it ended."""
    since = NOON - minutes(30)
    paused = planned(item(active=False, catch_up="all"), status=PlanStatus.PAUSED, paused_at=since, anchor_at=since)
    unplanned = {name: value for name, value in paused.items() if name != "plan"}
    resumed, resuming = unplanned | {"active": True}, change(unplanned, unplanned | {"active": True})
    first = saved(plan_current(resuming, resumed | {"plan": paused["plan"]}, accepts))
    assert first.first is not None
    assert first.first.scheduled_at == since + minutes(5)

    again = saved(plan_current(resuming, resumed | {"plan": first.plan.item()}, accepts))

    assert (again.plan, again.first) == (first.plan, first.first)


def test_a_completed_target_keeps_its_end_when_its_params_are_edited() -> None:
    over = planned(item(schedule="at(2026-11-20T11:00:00)"), status=PlanStatus.COMPLETED)

    assert isinstance(decide(over, over | {"note": "n"}), Nothing)


def test_a_completed_target_runs_again_once_its_schedule_is_edited() -> None:
    over = planned(item(schedule="at(2026-11-20T11:00:00)"), status=PlanStatus.COMPLETED)

    decision = saved(decide(over, over | {"schedule": "at(2026-11-20T13:00:00)"}))

    assert decision.plan.status is PlanStatus.SCHEDULED
    assert decision.first is not None
    assert decision.first.scheduled_at == NOON + minutes(60)


def test_a_paused_target_says_paused_although_its_schedule_is_over() -> None:
    decision = saved(decide(None, item(schedule="at(2026-11-20T11:00:00)", active=False)))

    assert decision.plan.status is PlanStatus.PAUSED


def test_a_flexible_window_moves_the_due_instant_and_not_the_scheduled_one() -> None:
    decision = saved(decide(None, item(flexible_window_seconds=600)))

    assert decision.first is not None
    assert decision.first.scheduled_at == EDITED + minutes(5)
    assert seconds(0) <= decision.first.due_at - decision.first.scheduled_at < seconds(600)
    assert decision.plan.next_run_at == decision.first.due_at


@pytest.mark.parametrize("found", ["nonsense", 5, {"revision": "zzz"}, {"revision": 5}, []])
def test_a_plan_that_cannot_be_read_is_replaced(found: object) -> None:
    decision = saved(decide(None, item(plan=found)))

    assert decision.plan.status is PlanStatus.SCHEDULED

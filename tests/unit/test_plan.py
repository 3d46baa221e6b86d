"""Plans, revisions and fingerprints."""

from typing import Any

import pytest

from schedule_model.plan import SCHEDULE_FIELDS, PlanStatus, fingerprint_of, plan_of, revision_of, seal_of
from tests.unit.examples import NOON, item, minutes, plan_for, planned, revision


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("schedule", "rate(6 minutes)"),
        ("timezone", "Europe/Paris"),
        ("active", False),
        ("starts_at", "2026-11-20T12:00:00Z"),
        ("ends_at", "2026-11-20T12:00:00Z"),
        ("except", ["2026-12-25"]),
        ("flexible_window_seconds", 60),
    ],
)
def test_the_fingerprint_changes_with_every_schedule_field(field: str, value: object) -> None:
    assert field in SCHEDULE_FIELDS
    assert fingerprint_of(item(**{field: value})) != fingerprint_of(item())


@pytest.mark.parametrize("field", ["params", "type", "note", "retry", "timeout_seconds", "plan", "tags"])
def test_the_fingerprint_stays_with_every_other_field(field: str) -> None:
    assert fingerprint_of(item(**{field: "anything"})) == fingerprint_of(item())


def test_revisions_sort_as_their_edits_do_whatever_their_width() -> None:
    numbers = ["9", "10", "111", "40000000000000000000000", "4" * 40]

    assert sorted(map(revision_of, numbers)) == [revision_of(number) for number in numbers]


def test_a_plan_is_read_back_as_it_was_written() -> None:
    written = plan_for(item(), held_after=NOON, held_until=NOON + minutes(9))

    assert plan_of({"plan": written.item()}) == written


@pytest.mark.parametrize("found", [None, "nonsense", 5, {}, {"revision": "1"}, {"revision": 1, "status": "SCHEDULED"}])
def test_what_is_no_plan_counts_as_none(found: object) -> None:
    assert plan_of(item(plan=found)) is None
    assert plan_of(item()) is None


def test_what_a_newer_release_adds_to_a_plan_is_left_alone() -> None:
    newer = planned(item())
    newer["plan"]["invented_later"] = 1
    newer["plan"]["seal"] = seal_of(newer["plan"])

    assert plan_of(newer) == plan_for(item())


@pytest.mark.parametrize("edit", [{"status": "COMPLETED"}, {"next_run_at": None}, {"note": "mine"}, {"seal": "x"}])
def test_a_plan_edited_by_hand_is_none(edit: dict[str, Any]) -> None:
    by_hand = planned(item())
    by_hand["plan"] |= edit

    assert plan_of(by_hand) is None


def test_a_plan_from_before_plans_were_sealed_can_be_read() -> None:
    older = planned(item())
    del older["plan"]["seal"]

    assert plan_of(older) == plan_for(item())


def test_empty_fields_are_not_written() -> None:
    refused = plan_for(item(), status=PlanStatus.INVALID, anchor_at=None, next_run_at=None)

    assert "anchor_at" not in refused.item()
    assert "next_run_at" not in refused.item()
    assert refused.item()["revision"] == revision(1)


@pytest.mark.parametrize(("minute", "is_held"), [(0, False), (1, True), (9, True), (10, False), (11, False)])
def test_occurrences_strictly_between_the_two_held_instants_are_held(minute: int, *, is_held: bool) -> None:
    plan = plan_for(item(), held_after=NOON, held_until=NOON + minutes(10))

    assert plan.is_held(NOON + minutes(minute)) is is_held


def test_without_a_runners_own_choice_nothing_is_held() -> None:
    assert not plan_for(item()).is_held(NOON)

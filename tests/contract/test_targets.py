"""The contract of the Targets port."""

import pytest

from functions.ports import Targets, TooLargeError
from schedule_model.plan import Plan, PlanStatus, plan_of
from schedule_model.target import Item

ITEM = {"id": "a", "type": "echo", "schedule": "rate(1 hour)", "params": {"x": 1, "y": [1, 2.5, "z", None]}}


def plan(revision: str, status: PlanStatus = PlanStatus.SCHEDULED) -> Plan:
    return Plan(revision=revision, status=status)


def revision_on(targets: Targets, target_id: str = "a") -> str | None:
    found = plan_of(targets.read([target_id], consistent=True)[target_id])
    return found.revision if found else None


def status_on(targets: Targets, target_id: str = "a") -> str | None:
    found = plan_of(targets.read([target_id], consistent=True)[target_id])
    return found.status if found else None


def test_only_targets_that_exist_are_read(targets: Targets) -> None:
    targets.create(ITEM)

    assert targets.read(["a", "b"]) == {"a": ITEM}


def test_a_repeated_id_is_read_once(targets: Targets) -> None:
    targets.create(ITEM)

    assert list(targets.read(["a", "a"])) == ["a"]


def test_no_ids_are_read_as_nothing(targets: Targets) -> None:
    assert targets.read([]) == {}


def test_a_hundred_targets_are_read_at_once(targets: Targets) -> None:
    for number in range(100):
        targets.create(ITEM | {"id": f"t{number}"})

    assert len(targets.read([f"t{number}" for number in range(100)], consistent=True)) == 100


def test_a_target_is_not_created_over_another(targets: Targets) -> None:
    assert targets.create(ITEM)
    assert not targets.create(ITEM | {"type": "http"})

    assert targets.read(["a"])["a"]["type"] == "echo"


def test_a_first_plan_is_saved(targets: Targets) -> None:
    targets.create(ITEM)

    assert targets.save_plan("a", plan("2"), seen_revision="")
    assert revision_on(targets) == "2"


def test_a_newer_plan_replaces_an_older_one_that_was_seen(targets: Targets) -> None:
    targets.create(ITEM)
    targets.save_plan("a", plan("1"), seen_revision="")

    assert targets.save_plan("a", plan("2"), seen_revision="1")
    assert revision_on(targets) == "2"


@pytest.mark.parametrize("seen", ["", "1"])
def test_an_older_plan_that_was_not_seen_is_kept(targets: Targets, seen: str) -> None:
    targets.create(ITEM)
    targets.save_plan("a", plan("2"), seen_revision="")

    assert not targets.save_plan("a", plan("3"), seen_revision=seen)
    assert revision_on(targets) == "2"


def test_a_guess_of_a_later_edit_is_kept_from_the_records_of_earlier_ones(targets: Targets) -> None:
    targets.create(ITEM)
    targets.save_plan("a", plan("1~7").model_copy(update={"guessed_by": "3"}), seen_revision="")

    assert not targets.save_plan("a", plan("2"), seen_revision="")
    assert targets.save_plan("a", plan("4"), seen_revision="")
    assert revision_on(targets) == "4"


@pytest.mark.parametrize(("present", "seen"), [("1~7", ""), ("1", "2")])
def test_a_guess_and_an_old_copy_give_way_to_a_newer_plan(targets: Targets, present: str, seen: str) -> None:
    targets.create(ITEM)
    targets.save_plan("a", plan(present), seen_revision="")

    assert targets.save_plan("a", plan("3"), seen_revision=seen)
    assert not targets.save_plan("a", plan("2"), seen_revision="")
    assert revision_on(targets) == "3"


@pytest.mark.parametrize("present", ["2", "2~7"])
def test_a_newer_plan_is_kept(targets: Targets, present: str) -> None:
    targets.create(ITEM)
    targets.save_plan("a", plan(present), seen_revision="")

    assert not targets.save_plan("a", plan("1"), seen_revision="")
    assert revision_on(targets) == present


def test_a_newer_plan_that_was_seen_is_replaced(targets: Targets) -> None:
    targets.create(ITEM)
    targets.save_plan("a", plan("2"), seen_revision="")

    assert targets.save_plan("a", plan("1"), seen_revision="2")
    assert revision_on(targets) == "1"


def test_a_plan_that_is_no_plan_is_replaced(targets: Targets) -> None:
    targets.create(ITEM | {"plan": "mine"})

    assert targets.save_plan("a", plan("1"), seen_revision="")
    assert revision_on(targets) == "1"


def test_no_plan_is_saved_for_a_target_that_is_gone(targets: Targets) -> None:
    assert not targets.save_plan("a", plan("1"), seen_revision="")
    assert targets.read(["a"]) == {}


def test_an_item_with_no_room_for_its_plan_is_told_apart(targets: Targets) -> None:
    targets.create(ITEM | {"note": "x" * 404_500})

    with pytest.raises(TooLargeError):
        targets.save_plan("a", plan("1" * 40).model_copy(update={"reason": "y" * 6_000}), seen_revision="")


def test_a_plan_is_restored_where_there_is_none(targets: Targets) -> None:
    targets.create(ITEM)

    assert targets.restore_plan("a", plan("1"))
    assert revision_on(targets) == "1"


def test_a_plan_is_not_restored_over_another(targets: Targets) -> None:
    targets.create(ITEM)
    targets.save_plan("a", plan("2"), seen_revision="")

    assert not targets.restore_plan("a", plan("1"))
    assert not targets.restore_plan("gone", plan("1"))
    assert revision_on(targets) == "2"


def test_a_plan_is_restored_over_an_older_one(targets: Targets) -> None:
    targets.create(ITEM)
    targets.save_plan("a", plan("1"), seen_revision="")

    assert targets.restore_plan("a", plan("2"))
    assert revision_on(targets) == "2"


@pytest.mark.parametrize("by_hand", ["nonsense", {"revision": "9", "status": "COMPLETED"}, {"revision": 5}])
def test_a_plan_is_restored_over_what_its_user_was_seen_to_write(targets: Targets, by_hand: object) -> None:
    targets.create(ITEM | {"plan": by_hand})

    assert targets.restore_plan("a", plan("1"), over=[by_hand])
    assert revision_on(targets) == "1"


def test_a_plan_is_restored_over_a_copy_of_itself(targets: Targets) -> None:
    targets.create(ITEM | {"plan": plan("1").item()})
    restored = plan("1").model_copy(update={"restored_by": "5"})

    assert targets.restore_plan("a", restored, over=[plan("1").item(), None])
    assert targets.read(["a"])["a"]["plan"] == restored.item()
    assert not targets.restore_plan("a", restored, over=[plan("1").item(), None])


def test_a_plan_is_not_restored_over_one_that_was_not_seen(targets: Targets) -> None:
    targets.create(ITEM)
    targets.save_plan("a", plan("2"), seen_revision="")

    assert not targets.restore_plan("a", plan("1"), over=[{"revision": "2", "status": "COMPLETED"}])
    assert not targets.restore_plan("gone", plan("1"), over=[{"revision": "2"}])
    assert revision_on(targets) == "2"


def test_params_are_merged(targets: Targets) -> None:
    targets.create(ITEM)
    targets.save_plan("a", plan("1"), seen_revision="")

    assert targets.update_params("a", {"y": {"deep": True}, "new-er name": 2}, revision="1")
    assert targets.read(["a"], consistent=True)["a"]["params"] == {"x": 1, "y": {"deep": True}, "new-er name": 2}


def test_params_are_added_to_a_target_that_has_none(targets: Targets) -> None:
    targets.create({name: value for name, value in ITEM.items() if name != "params"})
    targets.save_plan("a", plan("1"), seen_revision="")

    assert targets.update_params("a", {"x": 2}, revision="1")
    assert targets.read(["a"], consistent=True)["a"]["params"] == {"x": 2}


def test_params_of_another_revision_are_left_alone(targets: Targets) -> None:
    targets.create(ITEM)

    assert not targets.update_params("a", {"x": 2}, revision="1")
    targets.save_plan("a", plan("2"), seen_revision="")
    assert not targets.update_params("a", {"x": 2}, revision="1")
    assert not targets.update_params("gone", {"x": 2}, revision="1")
    assert targets.read(["a"])["a"]["params"] == ITEM["params"]


def planned_item(targets: Targets, **fields: object) -> Item:
    """Create a target with a plan, and return it as it stands."""
    targets.create(ITEM | fields)
    targets.save_plan("a", plan("1"), seen_revision="")
    return targets.read(["a"], consistent=True)["a"]


# What a user may have written since the target was seen, and what matters of it.
EDITS = [
    {"schedule": "rate(2 hours)"},
    {"schedule": ["rate(1 hour)"]},
    {"ends_at": "2027-01-01T00:00:00Z"},
    {"active": False},
    {"on_complete": "keep"},
    {"pause_after_failures": 3},
    {"flexible_window_seconds": 60},
]


def test_a_target_is_deactivated_with_a_note(targets: Targets) -> None:
    seen = planned_item(targets)

    assert targets.deactivate("a", "why", seen=seen)
    item = targets.read(["a"], consistent=True)["a"]
    assert (item["active"], item["note"]) == (False, "why")


def test_a_target_of_another_revision_stays_active(targets: Targets) -> None:
    seen = planned_item(targets)
    targets.save_plan("a", plan("2"), seen_revision="1")

    assert not targets.deactivate("a", "why", seen=seen)
    assert not targets.deactivate("gone", "why", seen=seen)
    assert "active" not in targets.read(["a"])["a"]
    assert targets.read(["gone"]) == {}


@pytest.mark.parametrize("edit", EDITS)
def test_a_target_that_was_edited_since_it_was_seen_is_neither_deleted_nor_deactivated(
    targets: Targets, edit: dict[str, object]
) -> None:
    before = ITEM | {"plan": plan("1").item()}
    targets.create(before | edit)

    assert not targets.delete("a", seen=before)
    assert not targets.deactivate("a", "why", seen=before)
    assert targets.read(["a"], consistent=True)["a"] == before | edit


@pytest.mark.parametrize("edit", EDITS)
def test_an_edit_that_was_taken_back_keeps_a_target_too(targets: Targets, edit: dict[str, object]) -> None:
    now = ITEM | {"plan": plan("1").item()}
    targets.create(now)

    assert not targets.delete("a", seen=now | edit)
    assert targets.delete("a", seen=now)


def test_what_does_not_end_a_target_may_have_changed_since_it_was_seen(targets: Targets) -> None:
    seen = planned_item(targets)

    assert targets.deactivate("a", "why", seen={**seen, "params": {"x": 2}, "note": "then", "timeout_seconds": 3})
    assert targets.delete("a", seen={**seen, "active": False, "params": {"x": 2}})


@pytest.mark.parametrize("edit", EDITS)
def test_a_target_is_deleted_as_it_was_seen(targets: Targets, edit: dict[str, object]) -> None:
    seen = planned_item(targets, **edit)

    assert targets.delete("a", seen=seen)
    assert targets.read(["a"], consistent=True) == {}


@pytest.mark.parametrize("seen", ["1", ""])
def test_a_target_with_another_plan_than_the_one_seen_is_kept(targets: Targets, seen: str) -> None:
    item = planned_item(targets)
    targets.save_plan("a", plan("2"), seen_revision="1")

    assert not targets.delete("a", seen={**item, "plan": plan(seen).item()} if seen else ITEM)
    assert "a" in targets.read(["a"], consistent=True)


def test_a_target_without_a_plan_is_deleted_when_none_was_seen(targets: Targets) -> None:
    targets.create(ITEM)

    assert not targets.delete("a", seen=ITEM | {"plan": plan("1").item()})
    assert targets.delete("a", seen=ITEM)
    assert not targets.delete("a", seen=ITEM)


def test_a_pass_over_all_pages_sees_every_target_once(targets: Targets) -> None:
    for number in range(7):
        targets.create(ITEM | {"id": f"t{number}"})

    seen: list[str] = []
    after: str | None = None
    for _ in range(9):
        items, after = targets.page(after=after, limit=3)
        assert len(items) <= 3
        seen.extend(str(item["id"]) for item in items)
        if after is None:
            break

    assert after is None
    assert sorted(seen) == [f"t{number}" for number in range(7)]


def test_no_targets_are_one_empty_page(targets: Targets) -> None:
    assert targets.page(after=None, limit=3) == ([], None)


def test_a_plan_saved_again_leaves_what_was_written_into_it_since(targets: Targets) -> None:
    targets.create(ITEM)
    targets.save_plan("a", plan("1"), seen_revision="")
    targets.amend_plan("a", plan("1").model_copy(update={"status": PlanStatus.COMPLETED}))

    assert not targets.save_plan("a", plan("1"), seen_revision="")
    assert status_on(targets) == "COMPLETED"


def test_a_plan_is_amended_while_it_is_scheduled_and_of_the_same_revision(targets: Targets) -> None:
    targets.create(ITEM)
    assert not targets.amend_plan("a", plan("1"))
    targets.save_plan("a", plan("2"), seen_revision="")
    ended = plan("2").model_copy(update={"status": PlanStatus.COMPLETED})

    assert not targets.amend_plan("a", plan("1"))
    assert targets.amend_plan("a", ended)
    assert not targets.amend_plan("a", plan("2"))
    assert status_on(targets) == "COMPLETED"


def test_a_plan_without_a_readable_revision_is_restored_over(targets: Targets) -> None:
    targets.create(ITEM | {"plan": {"status": "RUNNING"}})

    assert targets.restore_plan("a", plan("1"))
    assert revision_on(targets) == "1"

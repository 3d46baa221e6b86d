"""What the planner makes of edits that follow each other faster than it plans them; nothing fails, nothing is lost."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import pytest

from functions.aws.items import decode_item, encode_item
from functions.planner.app import handle
from schedule_model.plan import Plan, PlanStatus, fingerprint_of, plan_of
from schedule_model.run import Run
from schedule_model.target import Item
from tests.simulation.memory.table import Change
from tests.simulation.memory.targets import MemoryTargets
from tests.unit.examples import LEASE, NOON, item, minutes, planned, request, seconds
from tests.unit.executing import Stack

STANDING = 10**20
LATER = NOON + minutes(50)


class Edits:
    """A user who writes a target, beside a planner that reads the stream when it is told to.

    Args:
        standing: the item before, None where there is none.
    """

    def __init__(self, standing: dict[str, Any] | None) -> None:
        self.stack = Stack(item())
        self.table = self.stack.targets.table
        self.table.delete("homepage")
        self.records: list[dict[str, Any]] = []
        self._number, self._at = STANDING, NOON
        if standing is not None:
            self.table.put(encode_item(standing))
        self.table.listeners.append(self._note)

    def put(self, at: datetime, written: dict[str, Any]) -> None:
        self._at = at
        self.table.put(encode_item(written))

    def update(self, at: datetime, **fields: Any) -> None:
        self._at = at
        self.table.put((self.table.get("homepage") or {}) | encode_item(fields))

    def delete(self, at: datetime) -> None:
        self._at = at
        self.table.delete("homepage")

    def plan(self, count: int | None = None) -> None:
        """Let the planner take the next records in one batch, or all that there are and those of its own writes."""
        self.stack.clock.wait_until(self._at)
        while self.records:
            batch, self.records = self.records[:count], self.records[count or len(self.records) :]
            assert handle({"Records": batch}, self.stack.ports()) == {"batchItemFailures": []}
            if count is not None:
                return

    def ran(self, *times: datetime) -> None:
        for number, at in enumerate(times, 1):
            asked = request(scheduled_at=at, due_at=at, number=number)
            self.stack.runs.claim([Run.begun(asked, now=at, lease=LEASE, keep=minutes(90_000)).completed(None, now=at)])

    @property
    def standing(self) -> Plan:
        typed = self.table.get("homepage")
        assert typed is not None
        found = plan_of(decode_item(typed))
        assert found is not None
        return found

    def _note(self, change: Change) -> None:
        self._number += 1
        told = {"Keys": {"id": {"S": "homepage"}}, "SequenceNumber": str(self._number)}
        images = {"OldImage": change.old, "NewImage": change.new}
        shown = {name: image for name, image in images.items() if image is not None}
        self.records.append({"dynamodb": {"ApproximateCreationDateTime": int(self._at.timestamp()), **told, **shown}})


def three_notes(standing: dict[str, Any], written: dict[str, Any], at: datetime = LATER) -> Edits:
    """Write a target three times within a second, the third time when the planner has come to the first."""
    edits = Edits(standing)
    edits.put(at, written | {"note": "first"})
    edits.put(at + seconds(0.2), written | {"note": "second"})
    edits.plan(1)
    edits.put(at + seconds(0.4), written | {"note": "third"})
    edits.plan()
    return edits


@pytest.mark.parametrize("last", ["third", "second"])
def test_notes_in_quick_succession_leave_the_grid_of_a_rate(last: str) -> None:
    daily = item(schedule="rate(1 day)")
    first = {"first_at": NOON + minutes(1440), "next_run_at": NOON + minutes(1440)}
    edits = Edits(planned(daily, STANDING, counted_from=NOON, **first))
    edits.put(NOON + minutes(1430), daily | {"note": "first"})
    edits.put(NOON + minutes(1430.1), daily | {"note": "second"})
    edits.plan(1)
    edits.put(NOON + minutes(1430.2), daily | {"note": last})
    edits.plan()

    assert (edits.standing.anchor_at, edits.standing.counted_from) == (NOON, NOON)
    assert edits.standing.first_at == NOON + minutes(1440)


def test_notes_in_quick_succession_do_not_take_a_one_off_away_that_is_due() -> None:
    once = item(schedule="at(2026-11-20T12:00:00)", on_complete="delete")
    standing = planned(once, STANDING, first_at=NOON, next_run_at=NOON)

    assert three_notes(standing, once, NOON + seconds(0.1)).standing.first_at == NOON


def test_notes_in_quick_succession_leave_a_schedule_over_that_its_runner_has_ended() -> None:
    over = planned(item(), STANDING, status=PlanStatus.COMPLETED, stopped_at=NOON, next_run_at=None)

    assert three_notes(over, item()).standing.status is PlanStatus.COMPLETED


def test_notes_in_quick_succession_leave_the_beginning_of_a_pause() -> None:
    paused, since = item(active=False, catch_up="all"), NOON - minutes(9_000)
    standing = planned(paused, STANDING, status=PlanStatus.PAUSED, paused_at=since, next_run_at=None)

    assert three_notes(standing, paused).standing.paused_at == since


def test_notes_on_a_target_just_created_leave_the_runs_of_a_former_life_uncounted() -> None:
    limited = item(max_runs=2, schedule="rate(1 hour)")
    edits = Edits(None)
    edits.ran(NOON - minutes(120), NOON - minutes(60))
    edits.put(NOON, limited)
    edits.put(NOON + seconds(0.3), limited | {"note": "second"})
    edits.plan(1)
    edits.put(NOON + seconds(0.6), limited | {"note": "third"})
    edits.plan()

    assert (edits.standing.status, edits.standing.counted_from) == (PlanStatus.SCHEDULED, NOON)


def test_an_edit_whose_forerunners_record_never_came_is_planned_all_the_same() -> None:
    edits = Edits(item())
    edits.put(NOON + minutes(2), item(note="edited"))
    edits.plan()

    assert (edits.standing.status, edits.standing.first_at) == (PlanStatus.SCHEDULED, NOON + minutes(7))


def test_a_pause_begins_with_the_edit_that_paused() -> None:
    edits = Edits(planned(item(catch_up="all"), STANDING))
    edits.update(NOON + minutes(12), active=False)
    edits.update(NOON + minutes(32), max_runs=100)
    edits.plan()

    assert edits.standing.paused_at == NOON + minutes(12)


def test_a_pause_keeps_its_beginning_over_a_mistake_that_follows_at_once() -> None:
    edits = Edits(planned(item(catch_up="all"), STANDING))
    edits.update(NOON + minutes(12), active=False)
    edits.update(NOON + minutes(12.1), retries=3)
    edits.plan()
    mended = edits.standing.item()

    edits.put(NOON + minutes(900), item(catch_up="all", active=False) | {"plan": mended})
    edits.plan()

    assert (edits.standing.status, edits.standing.paused_at) == (PlanStatus.PAUSED, NOON + minutes(12))


@pytest.mark.parametrize("edit", [{"note": "x"}, {"active": True}, {"ends_at": "2027-01-01T00:00:00Z"}])
def test_a_target_created_from_a_copy_with_its_plan_counts_from_its_creation(edit: dict[str, Any]) -> None:
    limited, earlier = item(max_runs=2, schedule="rate(1 hour)"), NOON - minutes(300)
    of_old = planned(limited, STANDING, counted_from=earlier, anchor_at=earlier)
    edits = Edits(of_old)
    edits.ran(NOON - minutes(120), NOON - minutes(60))
    edits.delete(NOON + minutes(10))
    edits.put(NOON + minutes(11), of_old)
    edits.update(NOON + minutes(11) + seconds(0.5), **edit)
    edits.plan()

    assert (edits.standing.status, edits.standing.anchor_at) == (PlanStatus.SCHEDULED, NOON + minutes(11))


def test_the_plan_of_a_former_life_that_came_late_gives_way_to_that_of_the_creation() -> None:
    edits = Edits(None)
    edits.put(NOON, item())
    edits.delete(NOON + minutes(1))
    edits.put(NOON + minutes(2), item(note="again"))
    edits.plan()

    assert edits.standing.anchor_at == NOON + minutes(2)


def test_a_target_that_is_over_stays_where_its_next_edit_is_a_mistake() -> None:
    edits = Edits(None)
    edits.put(NOON, item(schedule="at(2026-11-20T11:00:00)", on_complete="delete"))
    edits.update(NOON + seconds(0.3), schedul="at(2026-11-20T13:00:00)")
    edits.plan()

    assert edits.standing.status is PlanStatus.INVALID


def test_there_and_back_lays_a_grid_that_the_edit_after_it_keeps() -> None:
    edits = Edits(planned(item(schedule="rate(1 hour)"), STANDING))
    edits.update(NOON + minutes(10), schedule="rate(2 hours)")
    edits.update(NOON + minutes(20), schedule="rate(1 hour)")
    edits.update(NOON + minutes(30), max_runs=9)
    edits.plan()

    assert edits.standing.anchor_at == NOON + minutes(20)


def test_notes_after_a_pause_leave_its_beginning() -> None:
    paused = item(active=False)
    edits = Edits(planned(item(), STANDING))
    edits.update(NOON + minutes(10), active=False)
    edits.put(NOON + minutes(11), paused | {"note": "first"})
    edits.plan(1)
    edits.put(NOON + minutes(12), paused | {"note": "first"})
    edits.plan()

    assert (edits.standing.status, edits.standing.paused_at) == (PlanStatus.PAUSED, NOON + minutes(10))


def thrice_planned(last: dict[str, Any]) -> tuple[Edits, dict[str, Any]]:
    """Return three put-items, each planned before the next, and the record of the second."""
    edits = Edits(None)
    edits.put(NOON, item(schedule="rate(7 minutes)"))
    edits.put(NOON + minutes(1), item(schedule="rate(9 minutes)"))
    (_, second) = edits.records
    edits.plan()
    edits.put(NOON + minutes(2), last)
    edits.plan()
    return edits, second


def test_the_record_of_an_earlier_edit_that_comes_again_undoes_no_later_plan() -> None:
    edits, second = thrice_planned(item())
    standing = edits.standing

    edits.records.append(second)
    edits.plan()

    assert standing.fingerprint == fingerprint_of(item())
    assert edits.standing == standing


def test_the_record_of_an_earlier_edit_that_is_redriven_does_not_undo_what_was_planned_without_it() -> None:
    edits = Edits(None)
    edits.put(NOON, item(schedule="rate(7 minutes)"))
    edits.put(NOON + minutes(1), item(schedule="rate(9 minutes)"))
    edits.put(NOON + minutes(2), item())
    (_, second, third) = edits.records
    edits.records[:] = [third]
    edits.plan()
    standing = edits.standing

    edits.records.append(second)
    edits.plan()

    assert standing.guessed_by is not None
    assert edits.standing == standing


class EndedMeanwhile(MemoryTargets):
    """A table in which a runner ends the schedule right after the planner has read the target."""

    def read(self, target_ids: Sequence[str], *, consistent: bool = False) -> Mapping[str, Item]:
        found = super().read(target_ids, consistent=consistent)
        plan = plan_of(found["homepage"])
        if plan is not None and plan.status is PlanStatus.SCHEDULED:
            self.amend_plan("homepage", plan.model_copy(update={"status": PlanStatus.COMPLETED, "stopped_at": NOON}))
        return found


def test_a_record_that_comes_again_leaves_over_what_its_runner_has_just_ended() -> None:
    edits = Edits(None)
    edits.put(NOON, item(schedule="rate(7 minutes)"))
    edits.put(NOON + minutes(1), item())
    (_, second) = edits.records
    edits.plan()
    edits.stack.targets = EndedMeanwhile(edits.table)

    edits.records.append(second)
    edits.plan()

    assert edits.standing.status is PlanStatus.COMPLETED


@pytest.mark.parametrize("last", [{}, {"active": False}, {"retry": "often"}])
def test_a_plan_that_was_wiped_before_the_edit_after_its_own_was_planned_leaves_the_grid(last: dict[str, Any]) -> None:
    edits = Edits(planned(item(), STANDING, first_at=NOON + minutes(5), next_run_at=NOON + minutes(5)))
    edits.put(LATER, item(active=False))
    edits.put(LATER + seconds(0.1), item(active=True))
    edits.plan(1)
    edits.put(LATER + seconds(0.2), item(active=True, note="second"))
    edits.put(LATER + seconds(0.3), item(active=True, note="third") | last)
    edits.plan()

    assert edits.standing.anchor_at == NOON

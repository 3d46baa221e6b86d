"""What reconcile could not look at, or not set going again, is looked at again by the next sweep."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta

import pytest

from functions.aws.items import encode_item
from functions.ports import UnavailableError
from functions.sweeper.reconciling import reconcile_some
from schedule_model.dispatching import QueueRun
from schedule_model.instants import to_text
from schedule_model.occurrence import Occurrence
from schedule_model.plan import PlanStatus, plan_of
from schedule_model.reconcile_pass import AGAIN_MAX, ReconcilePass
from schedule_model.reconciling import LOOK_BACK
from schedule_model.run import Run
from schedule_model.run_request import RunRequest
from schedule_model.settings import LoopSettings
from schedule_model.target import Item
from schedule_model.timer import Timer, set_timer
from tests.simulation.memory import MemoryRunQueue, MemoryRuns, MemoryTargets, MemoryTimers
from tests.simulation.memory.table import Table
from tests.unit.examples import KEEP, LEASE, NOON, item, minutes, plan_for, planned, request, revision
from tests.unit.executing import Stack

REFUSED = UnavailableError("throttled")
LATE = minutes(20)


class RefusingRuns(MemoryRuns):
    """A table that refuses once the rows of many targets, or once a look further back at those of one."""

    def __init__(self, *, of_many: bool) -> None:
        super().__init__()
        self._of_many, self._is_refusing = of_many, True

    def latest_of(self, target_ids: Sequence[str], *, limit: int) -> Sequence[Sequence[Run] | UnavailableError]:
        return (
            [REFUSED for _ in target_ids]
            if self._refuses(is_meant=self._of_many)
            else super().latest_of(target_ids, limit=limit)
        )

    def latest(self, target_id: str, *, before: str, limit: int) -> Sequence[Run]:
        if self._refuses(is_meant=limit > LOOK_BACK and not self._of_many):
            raise REFUSED
        return super().latest(target_id, before=before, limit=limit)

    def _refuses(self, *, is_meant: bool) -> bool:
        refuses = is_meant and self._is_refusing
        self._is_refusing = self._is_refusing and not refuses
        return refuses


class RefusingTimers(MemoryTimers):
    """A table that does not tell which timers are missing."""

    def missing(self, timers: Sequence[Timer]) -> Sequence[Timer]:
        raise REFUSED


class BrokenQueue(MemoryRunQueue):
    """A queue on which code of ours fails."""

    def send(self, messages: Sequence[QueueRun]) -> Sequence[UnavailableError | None]:
        raise KeyError("a programming error")


class CountingTargets(MemoryTargets):
    """A table that counts how often its pages are read."""

    pages = 0

    def page(self, *, after: str | None, limit: int) -> tuple[Sequence[Item], str | None]:
        self.pages += 1
        return super().page(after=after, limit=limit)


def lacking(schedule: str = "rate(5 minutes)", late: timedelta = LATE) -> Stack:
    """Return a stack whose target has a plan, and neither a timer nor a run."""
    stack = Stack(item(schedule=schedule), late)
    planned_anew = planned(item(schedule=schedule), first_at=NOON + minutes(5))
    stack.targets.table.put(encode_item(planned_anew))
    return stack


def sweep(stack: Stack) -> int:
    stack.clock.wait_until(stack.clock.now() + minutes(1))
    return reconcile_some(stack.timers.reconcile_pass(), stack.ports())


def left(stack: Stack) -> tuple[str, ...]:
    progress = stack.timers.reconcile_pass()
    assert progress is not None
    return progress.again


@pytest.mark.parametrize("of_many", [True, False])
def test_a_target_whose_runs_could_not_be_read_is_looked_at_by_the_next_sweep(*, of_many: bool) -> None:
    stack = lacking()
    stack.runs = RefusingRuns(of_many=of_many)

    assert (sweep(stack), left(stack), len(stack.queue.messages)) == (0, ("homepage",), 0)
    assert (sweep(stack), left(stack), len(stack.queue.messages)) == (1, (), 1)


def test_a_sweep_with_nothing_to_look_at_again_reads_no_page_until_the_next_pass() -> None:
    stack = lacking()
    stack.runs = RefusingRuns(of_many=True)
    stack.targets = targets = CountingTargets(stack.targets.table)

    for _ in range(5):
        sweep(stack)

    assert targets.pages == 1


def test_a_target_whose_timer_may_be_missing_is_looked_at_again() -> None:
    stack = lacking("rate(1 day)", minutes(6))
    stack.timers = RefusingTimers()
    sweep(stack)
    refusing = stack.timers
    stack.timers = MemoryTimers()
    stack.timers.table = refusing.table

    assert left(stack) == ("homepage",)
    assert (sweep(stack), left(stack)) == (1, ())
    assert stack.timers_set() == {"2026-11-21T12:00:00Z"}


def test_a_target_that_was_deleted_is_looked_at_no_more() -> None:
    stack = lacking()
    stack.runs = RefusingRuns(of_many=True)
    sweep(stack)
    stack.targets.table.delete("homepage")

    assert (sweep(stack), left(stack)) == (0, ())


def test_what_our_own_code_fails_at_waits_for_the_next_pass() -> None:
    stack = lacking()
    stack.queue = BrokenQueue(stack.clock)

    assert (sweep(stack), left(stack)) == (0, ())


def test_no_more_targets_are_looked_at_again_than_one_call_reads() -> None:
    begun = ReconcilePass(NOON, None)

    gone_on = begun.went_on("m", again=[f"t{number}" for number in range(300)] * 2, now=NOON, settings=LoopSettings())

    assert gone_on.again == tuple(f"t{number}" for number in range(AGAIN_MAX))


@pytest.mark.parametrize("is_broken", [True, False])
def test_a_run_whose_row_may_be_too_old_is_asked_for_only_where_the_next_timer_is_missing(*, is_broken: bool) -> None:
    stack = lacking("rate(9 days)", timedelta(days=3))
    chain = planned(item(schedule="rate(9 days)"), first_at=NOON + minutes(5), anchor_at=NOON + minutes(5))
    stack.targets.table.put(encode_item(chain))
    if not is_broken:
        following = Occurrence(NOON + timedelta(days=9, minutes=5), NOON + timedelta(days=9, minutes=5))
        stack.timers.put([set_timer("homepage", following, revision(1), now=NOON, settings=LoopSettings(shards=1))])
    timers = len(stack.timers.table.items)

    assert sweep(stack) == int(is_broken)
    assert len(stack.queue.messages) == int(is_broken)
    assert len([key for key in stack.timers.table.items if key[0] != "sweeper"]) == timers


def test_runs_by_hand_hide_neither_the_rows_of_a_chain_nor_that_its_timer_is_missing() -> None:
    stack = lacking("rate(9 days)", timedelta(days=3))
    first = NOON + minutes(5)
    chain = planned(item(schedule="rate(9 days)"), first_at=first, anchor_at=first)
    stack.targets.table.put(encode_item(chain))
    of_schedule = request(scheduled_at=first, due_at=first)
    by_hand = [RunRequest.by_hand("homepage", now=NOON + timedelta(days=2), drawn=f"{one}") for one in range(LOOK_BACK)]
    keep, lease = timedelta(days=30), timedelta(seconds=90)
    begun = [Run.begun(one, now=NOON, lease=lease, keep=keep) for one in [of_schedule, *by_hand]]
    stack.runs.claim([one.completed(None, now=NOON) for one in begun])

    assert sweep(stack) == 1
    assert len(stack.queue.messages) == 0
    assert stack.timers_set() == {to_text(first + timedelta(days=9))}


def test_all_abandoned_runs_of_a_target_and_its_next_one_are_asked_for_in_one_sweep() -> None:
    stack = lacking()
    by_hand = [RunRequest.by_hand("homepage", now=NOON, drawn=f"{one}") for one in range(LOOK_BACK + 2)]
    stack.runs.claim([Run.begun(one, now=NOON, lease=minutes(1), keep=timedelta(days=30)) for one in by_hand])

    assert sweep(stack) == len(by_hand) + 1
    asked = [RunRequest.model_validate_json(held.body) for held in stack.queue.messages.values()]
    assert sorted(one.run_id for one in asked) == sorted([*(one.run_id for one in by_hand), "2026-11-20T12:05:00Z"])


def test_a_sweep_that_is_short_of_time_leaves_the_rest_of_its_targets_to_the_next_one() -> None:
    stack = lacking()
    for name in ("a", "b"):
        chain = planned(item(schedule="rate(5 minutes)"), first_at=NOON + minutes(5)) | {"id": name}
        stack.targets.table.put(encode_item(chain))

    stack.ends_at = stack.clock.now() + minutes(1.2)
    assert sweep(stack) == 1
    stack.ends_at = None
    assert sweep(stack) == 2

    asked = [RunRequest.model_validate_json(held.body).target_id for held in stack.queue.messages.values()]
    assert sorted(asked) == ["a", "b", "homepage"]


def test_runs_by_hand_hide_no_lost_run_nor_how_many_there_have_been() -> None:
    stack = lacking("rate(1 day)", timedelta(days=2, hours=2))
    first = NOON + minutes(5)
    chain = planned(item(schedule="rate(1 day)", max_runs=20), first_at=first, anchor_at=first)
    stack.targets.table.put(encode_item(chain))
    of_schedule = request(scheduled_at=first + timedelta(days=1), due_at=first + timedelta(days=1), number=7)
    today = NOON + timedelta(days=2, hours=1)
    by_hand = [RunRequest.by_hand("homepage", now=today, drawn=f"{one}") for one in range(LOOK_BACK)]
    begun = [
        Run.begun(one, now=today, lease=minutes(1), keep=timedelta(days=30)).completed(None, now=today)
        for one in [of_schedule, *by_hand]
    ]
    stack.runs.claim(begun)

    assert sweep(stack) == 1
    (held,) = stack.queue.messages.values()
    asked = RunRequest.model_validate_json(held.body)
    assert (asked.scheduled_at, asked.number) == (first + timedelta(days=2), 8)


class EndingRuns(MemoryRuns):
    """A table in which a run ends, having chosen the next one, between its rows' being read and what comes after."""

    def __init__(self, ends: Callable[[], None]) -> None:
        super().__init__()
        self._ends = ends

    def latest(self, target_id: str, *, before: str, limit: int) -> Sequence[Run]:
        found = super().latest(target_id, before=before, limit=limit)
        self._ends()
        return found


class EndedTargets(MemoryTargets):
    """A table after whose reading a run ends."""

    def __init__(self, table: Table, ends: Callable[[], None]) -> None:
        super().__init__(table)
        self._ends = ends

    def read(self, target_ids: Sequence[str], *, consistent: bool = False) -> Mapping[str, Item]:
        found = super().read(target_ids, consistent=consistent)
        self._ends()
        return found


@pytest.mark.parametrize("is_after_rows", [True, False])
def test_a_schedule_is_not_over_whose_last_run_chooses_the_next_one_while_it_is_looked_at(
    *, is_after_rows: bool
) -> None:
    once = item(schedule="at(2026-11-20T12:00:00)")
    stack = Stack(once, LATE)
    chain = planned(once, first_at=NOON)
    chosen = NOON + timedelta(hours=9)
    running = Run.begun(request(), now=NOON + LATE, lease=minutes(9), keep=timedelta(days=30))
    # Which hide that of the schedule from the first look, so that there is a second one.
    by_hand = [
        Run.begun(RunRequest.by_hand("homepage", now=NOON + LATE, drawn=f"{one}"), now=NOON, lease=LATE, keep=LATE)
        for one in range(LOOK_BACK)
    ]

    def ends() -> None:
        held = plan_for(once, first_at=NOON, held_after=NOON, held_until=chosen)
        stack.targets.table.put(encode_item(chain | {"plan": held.item()}))
        stack.runs.by_target["homepage"][running.run_id] = running.completed(None, now=NOON + LATE)

    stack.runs = EndingRuns(ends) if is_after_rows else MemoryRuns()
    stack.targets.table.put(encode_item(chain))
    stack.targets = stack.targets if is_after_rows else EndedTargets(stack.targets.table, ends)
    stack.runs.claim([running, *(one.completed(None, now=NOON + LATE) for one in by_hand)])

    sweep(stack)

    standing = plan_of(MemoryTargets(stack.targets.table).read(["homepage"])["homepage"])
    assert standing is not None
    assert standing.status is PlanStatus.SCHEDULED


def test_what_ran_before_a_hundred_runs_by_hand_is_not_asked_for_again() -> None:
    stack = lacking(late=minutes(430))
    for minute in range(300, 420):
        at = NOON + minutes(minute)
        asked = RunRequest.by_hand("homepage", now=at, drawn=f"{minute:08x}")
        stack.runs.claim([Run.begun(asked, now=at, lease=LEASE, keep=KEEP).completed(None, now=at)])

    sweep(stack)

    (asked_for,) = [json.loads(held.body)["scheduled_at"] for held in stack.queue.messages.values()]
    assert asked_for == "2026-11-20T17:25:00Z"

"""Two invocations that decide at the same instant whether their runs of one target may start."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from functions.executor.keeping_apart import View, keep_apart, look
from functions.ports import Ports, UnavailableError
from schedule_model.open_runs import OpenRun, OpenRuns
from schedule_model.overlapping import Skip, Start, WaitUntil
from schedule_model.run_request import RunRequest, Trigger
from schedule_model.target import Target
from tests.property.virtual_loop import START, VirtualLoop
from tests.simulation.memory import MemoryRuns
from tests.unit.examples import LEASE, minutes, request, run, seconds, target

FIRST = request(scheduled_at=START, due_at=START)
SECOND = request(scheduled_at=START + minutes(5), due_at=START)
BACKFILL = SECOND.model_copy(update={"trigger": Trigger.BACKFILL, "suffix": "backfill"})
REDRIVEN = SECOND.model_copy(update={"trigger": Trigger.MANUAL, "suffix": "redrive-1"})
SKIP, QUEUE = target(overlap="skip"), target(overlap="queue")


class RacingRuns(MemoryRuns):
    """The Runs table of a target on which another run is faster, so many times."""

    def __init__(self, times: int, attempt: int) -> None:
        super().__init__()
        self.times_left, self.attempt = times, attempt

    def save_open_runs(self, open_runs: OpenRuns, *, seen: str) -> bool:
        if self.times_left:
            self.times_left -= 1
            entered = OpenRun(run_id=f"2026-11-20T11:00:0{self.times_left}Z", attempt=self.attempt, until=START + LEASE)
            faster = OpenRuns(target_id=open_runs.target_id, token=f"faster{self.times_left}", runs=(entered,))
            assert super().save_open_runs(faster, seen=seen)
        return super().save_open_runs(open_runs, seen=seen)


def views(ports: Ports, *requests: RunRequest) -> Sequence[View]:
    return [look(one, ports) for one in requests]


@pytest.mark.parametrize(("first", "second"), [(FIRST, SECOND), (SECOND, FIRST)])
@pytest.mark.parametrize(("policy", "kind"), [(SKIP, Skip), (QUEUE, WaitUntil)])
def test_of_two_runs_that_saw_none_open_at_the_same_instant_one_starts(
    policy: Target, kind: type, first: RunRequest, second: RunRequest
) -> None:
    ports = VirtualLoop().ports
    seen_by_first, seen_by_second = views(ports, first, second)

    answers = [keep_apart(first, policy, seen_by_first, ports), keep_apart(second, policy, seen_by_second, ports)]

    assert answers[0] == Start()
    assert isinstance(answers[1], kind)


def test_of_two_runs_that_would_wait_at_the_same_instant_one_does() -> None:
    ports = VirtualLoop().ports
    third = request(scheduled_at=START + minutes(10), due_at=START)
    keep_apart(FIRST, QUEUE, look(FIRST, ports), ports)
    seen_by_second, seen_by_third = views(ports, SECOND, third)

    answers = [keep_apart(SECOND, QUEUE, seen_by_second, ports), keep_apart(third, QUEUE, seen_by_third, ports)]

    assert answers[0] == WaitUntil(START + seconds(1))
    assert answers[1] == Skip(
        "the run of 2026-11-20T12:05:00Z is waiting already, and at most one waits", held_by=SECOND.run_id
    )


@pytest.mark.parametrize("asked_for", [BACKFILL, REDRIVEN])
def test_a_backfill_or_a_redriven_run_that_waits_leaves_the_one_place_to_wait_to_others(asked_for: RunRequest) -> None:
    ports = VirtualLoop().ports
    third = request(scheduled_at=START + minutes(10), due_at=START)
    keep_apart(FIRST, QUEUE, look(FIRST, ports), ports)

    assert isinstance(keep_apart(asked_for, QUEUE, look(asked_for, ports), ports), WaitUntil)
    assert isinstance(keep_apart(third, QUEUE, look(third, ports), ports), WaitUntil)


def racing(**how: int) -> Ports:
    ports = VirtualLoop().ports
    return replace(ports, runs=RacingRuns(**how))


def test_a_run_that_another_was_faster_than_looks_again() -> None:
    ports = racing(times=1, attempt=1)

    decision = keep_apart(FIRST, SKIP, look(FIRST, ports), ports)

    assert decision == Skip("the run of 2026-11-20T11:00:00Z is still in progress", held_by="2026-11-20T11:00:00Z")


def test_a_retry_that_others_keep_being_faster_than_comes_again() -> None:
    ports = racing(times=3, attempt=0)
    ports.runs.claim([run().retrying("failed", now=START, retry_at=START)])

    with pytest.raises(UnavailableError):
        keep_apart(FIRST, SKIP, look(FIRST, ports), ports)


def test_a_run_is_entered_once_while_it_waits() -> None:
    ports = VirtualLoop().ports
    keep_apart(FIRST, QUEUE, look(FIRST, ports), ports)
    keep_apart(SECOND, QUEUE, look(SECOND, ports), ports)
    before = ports.runs.open_runs("homepage")

    keep_apart(SECOND, QUEUE, look(SECOND, ports), ports)

    assert ports.runs.open_runs("homepage") == before


def test_a_run_in_progress_is_seen_however_many_rows_lie_between() -> None:
    ports = VirtualLoop().ports
    keep_apart(FIRST, SKIP, look(FIRST, ports), ports)
    much_later = request(scheduled_at=START + minutes(600), due_at=START)
    earlier = request(scheduled_at=START - minutes(600), due_at=START)

    assert {one.run_id for one in look(much_later, ports).others.values()} == {FIRST.run_id}
    assert {one.run_id for one in look(earlier, ports).others.values()} == {FIRST.run_id}

"""Whatever happens in whatever order, the promises hold: the real handlers, one step at a time, in Hypothesis's hands.

The state is three tables, a queue, and two lists of stream records that wait. Hypothesis writes targets, delivers,
repeats and drops records and messages, lets timers expire and executors die, and moves the clock. At the end all that
is left is delivered, and what was promised must have come about.
"""

import json
from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from functions.aws.items import decode_item, encode_item
from functions.runners.contract import RunContext
from schedule_model.errors import RunnerError
from schedule_model.instants import to_text
from schedule_model.plan import Plan, PlanStatus, plan_of
from schedule_model.run import MOVES, Run, RunStatus
from schedule_model.run_result import RunResult
from schedule_model.target import Target
from tests.property.still_loop import DiedError, StillLoop
from tests.simulation.memory.queue import Held

ATTEMPTS_MAX = 3
PERIODS = {"rate(1 minute)": 60, "rate(7 minutes)": 420, "rate(2 hours)": 7_200}
IDS = st.sampled_from(["a", "b"])
SCHEDULES = st.sampled_from(sorted(PERIODS))
ANY = st.integers(0, 1_000)


class Fate(StrEnum):
    """What becomes of an attempt."""

    SUCCEEDS = "SUCCEEDS"
    FAILS = "FAILS"
    FAILS_FOR_GOOD = "FAILS_FOR_GOOD"
    DIES = "DIES"
    IS_DELIVERED_TWICE = "IS_DELIVERED_TWICE"
    OUTLIVES_ITS_DEADLINE = "OUTLIVES_ITS_DEADLINE"


class LoopMachine(RuleBasedStateMachine):
    """One stack, in which nothing happens by itself."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = StillLoop(self._attempt)
        self.running: set[tuple[str, str]] = set()
        # A handler takes an exception for its runner's own, so that what is seen within one is kept until it is over.
        self.broken: list[str] = []
        self.buried: set[tuple[str, str]] = set()
        self.fate, self.present = Fate.SUCCEEDS, ""
        self.loop.runs.listeners.append(self._row_written)

    @initialize()
    def begin(self) -> None:
        self.write("a", "rate(1 minute)", "latest")
        self.loop.deliver("planner")

    @rule(target_id=IDS, schedule=SCHEDULES, catch_up=st.sampled_from(["latest", "all", "skip"]))
    def write(self, target_id: str, schedule: str, catch_up: str) -> None:
        """Create, edit or re-create a target, by a put-item without its plan."""
        retry = {"max_attempts": ATTEMPTS_MAX, "backoff_seconds": 40}
        item = {"id": target_id, "type": "echo", "schedule": schedule, "params": {}, "catch_up": catch_up}
        self.loop.targets.table.put(encode_item(item | {"retry": retry}))

    @rule(target_id=IDS, active=st.booleans())
    def pause_or_resume(self, target_id: str, active: bool) -> None:  # noqa: FBT001  Hypothesis names it
        if typed := self.loop.targets.table.get(target_id):
            self.loop.targets.table.put(typed | {"active": {"BOOL": active}})

    @rule(target_id=IDS)
    def delete(self, target_id: str) -> None:
        self.loop.targets.table.delete(target_id)

    @rule(seconds=st.sampled_from([1, 1, 30, 61, 100, 420, 1_000]))
    def let_time_pass(self, seconds: int) -> None:
        self.loop.clock.advance(seconds=seconds)

    @rule(steps=st.integers(1, 20), seconds=st.sampled_from([20, 61]), fate=st.sampled_from(Fate))
    def live(self, steps: int, seconds: int, fate: Fate) -> None:
        """Let time pass in which everything is delivered, and the sweeper comes, but attempts go as they go."""
        for _ in range(steps):
            self.loop.clock.advance(seconds=seconds)
            self._settle(fate)
        self.loop.sweep()

    @precondition(lambda self: self.loop.records["planner"])
    @rule(is_repeated=st.booleans())
    def plan(self, is_repeated: bool) -> None:  # noqa: FBT001  Hypothesis names it
        self.loop.deliver("planner", times=1 + is_repeated)

    @precondition(lambda self: self.loop.records["dispatcher"])
    @rule(place=ANY, is_repeated=st.booleans())
    def dispatch(self, place: int, is_repeated: bool) -> None:  # noqa: FBT001  Hypothesis names it
        self.loop.deliver("dispatcher", place, times=1 + is_repeated)

    @rule(stream=st.sampled_from(["planner", "dispatcher"]))
    def give_up_a_record(self, stream: str) -> None:
        del self.loop.records[stream][:1]

    @rule(place=ANY)
    def let_a_timer_expire(self, place: int) -> None:
        """Take a timer away as TTL does, in whatever order; before its time too, which harms nothing."""
        if keys := sorted(key for key, row in self.loop.timers.table.items.items() if "expires_at" in row):
            self.loop.timers.table.delete(*keys[place % len(keys)], by_ttl=True)

    @rule()
    def sweep(self) -> None:
        self.loop.sweep()

    @precondition(lambda self: self.loop.queue.messages)
    @rule(place=ANY, fate=st.sampled_from(Fate))
    def deliver_a_message(self, place: int, fate: Fate) -> None:
        """Hand out any message: on time, late, or before its delay is over."""
        messages = sorted(self.loop.queue.messages.items())
        self._execute(messages[place % len(messages)][1], fate)

    @precondition(lambda self: self.loop.delivered)
    @rule(place=ANY)
    def deliver_a_message_again(self, place: int) -> None:
        self.loop.queue.put(self.loop.delivered[place % len(self.loop.delivered)].body, timedelta(0))

    @precondition(lambda self: self.loop.queue.messages)
    @rule(place=ANY)
    def lose_a_message(self, place: int) -> None:
        """Have a message go to the dead-letter queue, from which nobody redrives it."""
        message_ids = sorted(self.loop.queue.messages)
        held = self.loop.queue.messages.pop(message_ids[place % len(message_ids)])
        request = json.loads(held.body)
        self.buried.add((request["target_id"], request["scheduled_at"]))

    @invariant()
    def no_promise_is_broken(self) -> None:
        assert self.broken == []

    def teardown(self) -> None:
        """Deliver what is left, let three hours pass without faults, and look at what has come of everything.

        A retry whose target was planned by reconcile waits two of them for a record that may bring its own plan back.
        """
        for step in range(540):
            self.loop.clock.advance(seconds=20)
            if step % 3 == 0:
                self.loop.sweep()
            self._settle()
        for (target_id,), typed in self.loop.targets.table.items.items():
            plan = plan_of(decode_item(typed))
            assert plan is not None, f"{target_id} was never planned"
            if plan.status is PlanStatus.SCHEDULED:
                self._has_one_chain(target_id, plan.revision)
                self._has_run_lately(target_id, plan, timedelta(seconds=PERIODS[typed["schedule"]["S"]]))
        for rows in self.loop.runs.by_target.values():
            unended = [row for row in rows.values() if not row.status.is_final]
            lost = [row for row in unended if (row.target_id, row.run_id) not in self.buried]
            assert lost == [], "each run ends in a status, or in a dead-letter queue"
        assert self.broken == []

    def _settle(self, fate: Fate = Fate.SUCCEEDS) -> None:
        while any(self.loop.records.values()) or self.loop.visible():
            for stream, waiting in self.loop.records.items():
                while waiting:
                    self.loop.deliver(stream)
            for held in self.loop.visible():
                # One attempt at most: if each took longer than its schedule's period, there would always be a next.
                self._execute(held, fate)
                fate = Fate.SUCCEEDS

    def _has_one_chain(self, target_id: str, revision: str) -> None:
        sent = [json.loads(held.body) for held in self.loop.queue.messages.values()]
        set_ones = [decode_item(row) for row in self.loop.timers.table.items.values() if "target_id" in row]
        coming = {one["scheduled_at"] for one in sent + set_ones if _names(one, target_id, revision)}
        ahead = sorted(coming - set(self.loop.runs.by_target[target_id]))
        assert len(ahead) == 1, f"{target_id} has these next runs: {ahead}"

    def _has_run_lately(self, target_id: str, plan: Plan, period: timedelta) -> None:
        """Look for each run of the last half hour; what was due a minute ago may still be on its way."""
        assert plan.anchor_at is not None
        rows, end = self.loop.runs.by_target[target_id], self.loop.clock.now() - timedelta(minutes=1)
        latest = plan.anchor_at + (end - plan.anchor_at) // period * period
        while latest > end - timedelta(minutes=30):
            row = rows.get(to_text(latest))
            assert row is not None, f"{target_id} has lost its run at {latest}"
            assert row.status is RunStatus.COMPLETED, f"{target_id} did not run at {latest}: {row.error}"
            latest -= period

    def _execute(self, held: Held, fate: Fate) -> None:
        self.fate, self.present = fate, held.body
        try:
            self.loop.execute(held)
        except DiedError:
            self.running.clear()

    def _attempt(self, target: Target, context: RunContext) -> RunResult | None:
        """Be the runner: look at what may be seen of the promises, then do as the fate says."""
        run_id = context.idempotency_key.partition("/")[2]
        row = self.loop.runs.by_target[target.id][run_id]
        self._may_start(row, target, context)
        self.running.add((target.id, run_id))
        fate, self.fate = self.fate, Fate.SUCCEEDS
        if fate is Fate.DIES:
            raise DiedError
        if fate is Fate.IS_DELIVERED_TWICE:
            self._execute(self.loop.queue.put(self.present, timedelta(0)), Fate.SUCCEEDS)
        if fate is Fate.OUTLIVES_ITS_DEADLINE:
            self.loop.clock.advance(seconds=70)
        self.running.discard((target.id, run_id))
        if fate in {Fate.FAILS, Fate.FAILS_FOR_GOOD}:
            raise RunnerError("failed", is_retryable=fate is Fate.FAILS)
        return RunResult()

    def _may_start(self, row: Run, target: Target, context: RunContext) -> None:
        item = self.loop.targets.read([target.id]).get(target.id) or {}
        plan = plan_of(item)
        if plan is None or plan.anchor_at is None:
            self.broken.append("a target that is gone or has no plan does not run")
            return
        off_grid = (context.scheduled_at - plan.anchor_at) % timedelta(seconds=PERIODS[str(item["schedule"])])
        promises = {
            "a target that is paused does not run": item.get("active", True),
            "a revision that was superseded does not run": row.revision == plan.revision,
            "a run is never early": self.loop.clock.now() >= row.due_at,
            "a run has one lease holder": (target.id, row.run_id) not in self.running,
            "attempts are bounded": context.attempt <= ATTEMPTS_MAX,
            "a rate does not drift": not off_grid,
        }
        self.broken += [f"{promise}: {row!r}" for promise, is_kept in promises.items() if not is_kept]

    def _row_written(self, old: Run | None, new: Run) -> None:
        if old is None:
            return
        if new.status not in MOVES[old.status]:
            self.broken.append(f"a run that has ended stays as it is: {old!r} became {new!r}")
        lease = old.lease_expires_at
        if new.attempt > old.attempt and lease is not None and lease > self.loop.clock.now():
            self.broken.append(f"a lease is not taken before it is over: {old!r} became {new!r}")


def _names(one: Mapping[str, Any], target_id: str, revision: str) -> bool:
    return bool(one["target_id"] == target_id and one["revision"] == revision)


TestLoopMachine = LoopMachine.TestCase
TestLoopMachine.settings = settings(max_examples=20, stateful_step_count=25, deadline=None)

"""Short lives of one target, from noon on, and how the docs write down what came of them."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from functions.runners.contract import RunContext
from schedule_model.backfilling import backfill
from schedule_model.dispatching import QueueRun
from schedule_model.errors import RunnerError
from schedule_model.plan import PlanStatus
from schedule_model.reading_targets import parse_target
from schedule_model.run import Run
from schedule_model.run_result import RunResult
from schedule_model.target import Target
from tests.property.virtual_loop import VirtualLoop, at

Act = Callable[[VirtualLoop], object]
Check = Callable[[VirtualLoop], bool]
ALWAYS = 999
TWENTY_FORTY_SIXTY_NINE = ["at(2026-11-20T12:00:20)", "at(2026-11-20T12:00:40)", "at(2026-11-20T12:01:09)"]
WAITS = {"retry": {"max_attempts": 2, "backoff_seconds": 120}}


@dataclass(frozen=True)
class Life:
    """What is written at noon, what happens to it, and how its runs go.

    Attributes:
        fields: of the target, besides its id and type; every five minutes unless it says so.
        until: the last minute that is lived.
        acts: what users do, by minute.
        outage: from which minute to which no function runs.
        takes: how many seconds a run takes.
        fails: how many attempts fail, of every run or by its time, such as `{"12:05": 2}`.
        asks_to_wait: how many seconds a failed attempt's other side asks to be left alone.
        answers: what runs answer, by their time; None for nothing.
        also: what else must hold at the end.
    """

    fields: Mapping[str, Any] = field(default_factory=dict)
    until: float = 16
    acts: Mapping[float, Act] = field(default_factory=dict)
    outage: tuple[float, float] | None = None
    takes: float = 1
    fails: int | Mapping[str, int] = 0
    asks_to_wait: float | None = None
    answers: Mapping[str, RunResult | None] = field(default_factory=dict)
    also: Check = lambda _: True
    reconciles: bool = False

    def live(self) -> VirtualLoop:
        def script(target: Target, context: RunContext) -> RunResult | None:
            time = clock(context.idempotency_key.partition("/")[2])
            loop.take(self.takes, context.deadline)
            failing = self.fails if isinstance(self.fails, int) else self.fails.get(time, 0)
            if context.attempt <= failing:
                wait = None if self.asks_to_wait is None else timedelta(seconds=self.asks_to_wait)
                raise RunnerError("broke", retry_after=wait)
            return self.answers.get(time, RunResult(output=dict(target.params)))

        outages = [(int(self.outage[0] * 60), int(self.outage[1] * 60))] if self.outage else []
        loop = VirtualLoop(script, outages=outages, reconciles=self.reconciles)
        item = {"id": "a", "type": "echo", "schedule": "rate(5 minutes)"} | dict(self.fields)
        loop.user(0, lambda: loop.write({name: value for name, value in item.items() if value is not None}))
        for minute, act in self.acts.items():
            loop.user(minute * 60, _bound(act, loop))
        loop.go_on_until(self.until * 60)
        assert not loop.telemetry.exceptions, loop.telemetry.exceptions
        return loop


def _bound(act: Act, loop: VirtualLoop) -> Callable[[], object]:
    return lambda: act(loop)


def told(loop: VirtualLoop, target_id: str = "a") -> str:
    """Return the rows, and the plan unless it goes on, as the third column of the docs' tables has them."""
    parts = [_told(run) for run in loop.rows(target_id)] or ["no run"]
    plan = loop.plan(target_id)
    if plan is None:
        parts.append("target deleted")
    elif plan.status is not PlanStatus.SCHEDULED:
        parts.append(f"plan {plan.status}")
    return ", ".join(parts)


def _told(run: Run) -> str:
    mark = {"manual": " by hand", "backfill": " backfill"}.get(str(run.trigger), "")
    attempts = f" after {run.attempt} attempts" if run.attempt > 1 else ""
    return f"{clock(run.run_id)}{mark} {run.status}{attempts}"


def clock(run_id: str) -> str:
    """Return `12:05`, with seconds where there are any."""
    time = run_id.partition("#")[0][11:19]
    return time.removesuffix(":00")


def edit(**fields: Any) -> Act:
    return lambda loop: loop.edit("a", **fields)


PAUSE, RESUME = edit(active=False), edit(active=True)


def run_now(loop: VirtualLoop) -> None:
    loop.run_now("a")


def make_late(time: str, *, minutes: float) -> Act:
    """Return the act of a queue that keeps an occurrence's messages back for so long from now."""

    def act(loop: VirtualLoop) -> None:
        late = [held for held in loop.queue.messages.values() if clock(json.loads(held.body)["scheduled_at"]) == time]
        assert late, f"no message of {time} is in the queue"
        loop.queue.postpone([held.receipt for held in late], int(minutes * 60))

    return act


def delete(loop: VirtualLoop) -> None:
    loop.targets.table.delete("a")


def create_again(**fields: Any) -> Act:
    """Return the act of deleting the target and writing it anew at once."""

    def act(loop: VirtualLoop) -> None:
        delete(loop)
        loop.write({"id": "a", "type": "echo", "schedule": "rate(5 minutes)"} | fields)

    return act


def create_again_and_edit(**fields: Any) -> Act:
    """Return the act of writing the target anew with two runs, and of an edit before that is planned."""

    def act(loop: VirtualLoop) -> None:
        create_again(max_runs=2)(loop)
        loop.edit("a", **fields)

    return act


def run_of(loop: VirtualLoop, time: str) -> Run:
    return next(run for run in loop.rows() if clock(run.run_id) == time)


def ask_for_backfill(start: float, end: float, name: str = "") -> Act:
    """Return the act of backfilling from one minute to another."""

    def act(loop: VirtualLoop) -> None:
        item = loop.item()
        assert item is not None
        bounds = at(start * 60), at(end * 60)
        asked = backfill(parse_target(item), loop.plan(), *bounds, now=loop.now(), name=name)
        loop.queue.send([QueueRun(request, 0) for request in asked])

    return act

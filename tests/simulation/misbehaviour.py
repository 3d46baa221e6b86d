"""The runners of the simulation: each does as its target's params say, and some misbehave."""

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

from functions.runners.contract import RunContext
from schedule_model.errors import InvalidTargetError, RunnerError
from schedule_model.instants import to_text
from schedule_model.run_result import RunResult
from schedule_model.target import Target
from tests.simulation.journal import Body

if TYPE_CHECKING:
    from tests.simulation.invocation import Invocation
    from tests.simulation.world import World


class SimulatedRunners:
    """What one invocation of the executor can run."""

    def __init__(self, world: "World", by: "Invocation") -> None:
        self._world = world
        self._by = by

    def check(self, target: Target) -> None:
        """Return if the type is the one there is."""
        if target.type != "simulated":
            raise InvalidTargetError(f"type: {target.type!r} is not a known type; write simulated")

    def run(self, target: Target, context: RunContext) -> RunResult | None:
        """Carry out one attempt."""
        body = self._begin(context)
        try:
            answer = _BEHAVIOURS[str(target.params.get("mode", "steady"))](self._world, context)
        finally:
            body.ended_ms = self._world.hub.now_ms
        if answer is not None and answer.next_run_at is not None:
            body.chosen = max(answer.next_run_at, context.clock.now())
        return answer

    def redact(self, text: str) -> str:
        """Return the text; there are no secrets here."""
        return text

    def _begin(self, context: RunContext) -> Body:
        world, run_id = self._world, context.idempotency_key.partition("/")[2]
        row = world.runs.by_target[context.target_id][run_id]
        deadline_ms = self._by.clock.true_ms(context.deadline)
        now_ms = world.hub.now_ms
        body = Body(row, context.attempt, now_ms, self._by.clock.now(), self._by, deadline_ms)
        world.journal.bodies.append(body)
        world.journal.note(now_ms, context.target_id, run_id, f"{self._by.name}: attempt {context.attempt} runs")
        return body


def _steady(world: "World", context: RunContext) -> RunResult | None:
    world.hub.pause(int(min(5_000, world.random.lognormvariate(5.5, 0.8))))
    return RunResult(output={"attempt": context.attempt})


def _silent(world: "World", context: RunContext) -> RunResult | None:
    world.hub.pause(50)
    return None


def _flaky(world: "World", context: RunContext) -> RunResult | None:
    world.hub.pause(200)
    if world.knobs.misbehaving and world.random.random() < 0.4:
        raise RunnerError("flaked", is_retryable=world.random.random() < 0.9)
    return RunResult(output="held")


def _failing(world: "World", context: RunContext) -> RunResult | None:
    world.hub.pause(100)
    raise RunnerError("always fails")


def _raising(world: "World", context: RunContext) -> RunResult | None:
    world.hub.pause(100)
    if world.knobs.misbehaving and world.random.random() < 0.5:
        raise KeyError("a programming error")
    return RunResult()


def _hanging(world: "World", context: RunContext) -> RunResult | None:
    if world.knobs.misbehaving and world.random.random() < 0.3:
        world.hub.pause(600_000)
    world.hub.pause(300)
    return RunResult(output="back")


def _slow(world: "World", context: RunContext) -> RunResult | None:
    world.hub.pause(world.random.randint(1_000, 29_000))
    return RunResult(output="slow")


def _junk(world: "World", context: RunContext) -> RunResult | None:
    world.hub.pause(100)
    answers = (
        RunResult(follow_ups=({"nonsense": 1},)),
        RunResult(output="x" * 300_000),
        RunResult(new_params={"mode": "junk", "seen": to_text(context.scheduled_at)}),
        RunResult(),
    )
    return world.random.choice(answers) if world.knobs.misbehaving else RunResult()


def _choosing(world: "World", context: RunContext) -> RunResult | None:
    world.hub.pause(100)
    if world.random.random() < 0.5:
        return RunResult()
    return RunResult(next_run_at=context.clock.now() + timedelta(seconds=world.random.choice((-60, 0, 90, 4000))))


def _spawning(world: "World", context: RunContext) -> RunResult | None:
    world.hub.pause(100)
    at = (context.scheduled_at + timedelta(minutes=world.random.choice((2, 40)))).strftime("%Y-%m-%dT%H:%M:%S")
    follow_up = {"type": "simulated", "schedule": f"at({at})", "on_complete": "delete"}
    return RunResult(follow_ups=(follow_up,))


def _finishing(world: "World", context: RunContext) -> RunResult | None:
    world.hub.pause(100)
    return RunResult(completed=world.random.random() < 0.1)


_BEHAVIOURS: dict[str, Callable[["World", RunContext], RunResult | None]] = {
    "steady": _steady,
    "silent": _silent,
    "flaky": _flaky,
    "failing": _failing,
    "raising": _raising,
    "hanging": _hanging,
    "slow": _slow,
    "junk": _junk,
    "choosing": _choosing,
    "spawning": _spawning,
    "finishing": _finishing,
}

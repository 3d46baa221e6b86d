"""How late a run with `precise: true` starts, and what that costs: `python -m bench.precise`.

The real handlers run in virtual time on the counting endpoint; modelled are SQS's delay of whole seconds, the way from
the queue to Lambda (lognormal through a median of 16 ms and a 99th percentile of 105 ms, as published), and each call's
time (bench/prices.py). The function waits out the last part of a second, and that is what it pays for. By how much
waiting ends late is measured on this machine, and added.
"""

import math
from datetime import UTC, datetime, timedelta
from random import Random

from bench.calls import Call, busy_s
from bench.local_stack import LocalStack
from bench.prices import LAMBDA_GB_SECOND_USD, MEMORY_GB
from bench.report import Figures, main, rounded, table, tell
from bench.standing_stack import local_stack
from schedule_model.clock import SystemClock
from schedule_model.target import Target

_MEDIAN_S, _P99_S, _NORMAL_P99 = 0.016, 0.105, 2.326
_SIGMA = math.log(_P99_S / _MEDIAN_S) / _NORMAL_P99
BATCHES = (1, 10)


def measure(quick: bool) -> Figures:  # noqa: FBT001  the one switch of every bench
    """Return lateness in milliseconds, and what waiting adds, of precise runs and of ordinary ones beside them.

    Nothing where a target cannot ask for precise runs.
    """
    if "precise" not in Target.model_fields:
        return {}
    rounds = 20 if quick else 600
    wakes_ms = _wakes_ms(10 if quick else 200)
    found: Figures = {}
    with local_stack() as stack:
        for is_precise in (True, False):
            for batch in BATCHES:
                tell(f"precise: {batch} at a time, precise: {is_precise}")
                name = f"{'precise' if is_precise else 'ordinary'}, {batch} at a time"
                late = wakes_ms if is_precise else [0.0]
                found[name] = _runs(stack, Random(1), batch=batch, rounds=rounds // batch + 1, wakes_ms=late)
    tell("")
    alone = found["precise, 1 at a time"]
    return rounded({"precise": alone | {"by_batch": found}})


def _wakes_ms(count: int) -> list[float]:
    """Return by how much the clock's waiting ended late, each time that it was tried."""
    clock, late = SystemClock(), []
    for _ in range(count):
        instant = clock.now() + timedelta(milliseconds=20)
        clock.wait_until(instant)
        late.append((clock.now() - instant).total_seconds() * 1000)
    return late


def _runs(stack: LocalStack, random: Random, *, batch: int, rounds: int, wakes_ms: list[float]) -> Figures:
    is_precise = wakes_ms != [0.0]
    stack.clear()
    for number in range(batch):
        item = {"id": {"S": f"target-{number}"}, "type": {"S": "echo"}, "schedule": {"S": "rate(5 minutes)"}}
        stack.put_target(item | ({"precise": {"BOOL": True}} if is_precise else {}))
    stack.plan_all()
    lateness_ms: list[float] = []
    waited_s = 0.0
    for _ in range(rounds):
        # The dispatcher comes at any moment of a second; SQS holds a message for whole ones.
        stack.clock.at += timedelta(seconds=random.uniform(0.2, 1.2))
        stack.dispatch_all(10)
        visible_at = stack.endpoint.queues.next_visible_at("runs")
        assert visible_at is not None
        way_s = random.lognormvariate(math.log(_MEDIAN_S), _SIGMA)
        stack.clock.wait_until(datetime.fromtimestamp(visible_at, UTC) + timedelta(seconds=way_s))
        waited_s += _execute(stack, batch)
        lateness_ms += [late + random.choice(wakes_ms) for late in _lateness_ms(stack)]
    assert len(lateness_ms) == batch * rounds
    gb_seconds = waited_s * MEMORY_GB / len(lateness_ms)
    return {
        "p50_ms": _quantile(lateness_ms, 0.5),
        "p99_ms": _quantile(lateness_ms, 0.99),
        "max_ms": max(lateness_ms),
        "earliest_ms": min(lateness_ms),
        "added_gb_seconds_per_run": gb_seconds,
        "added_usd_per_million": gb_seconds * LAMBDA_GB_SECOND_USD * 1e6,
    }


def _execute(stack: LocalStack, batch: int) -> float:
    """Hand a batch over with its calls taking their time; return the seconds that the handler waited."""

    def spend(call: Call) -> None:
        stack.clock.at += timedelta(seconds=busy_s(call))

    records = stack.receive(batch)
    stack.clock.waited_s = 0
    stack.on_call = spend
    stack.execute(records)
    stack.on_call = None
    return stack.clock.waited_s


def _lateness_ms(stack: LocalStack) -> list[float]:
    """Return how late the last round's runs were, and forget their rows."""
    rows = list(stack.endpoint.database.table("runs").items())
    stack.endpoint.database.table("runs").clear()
    starts = [(datetime.fromisoformat(row["started_at"]["S"]), row["due_at"]["S"]) for row in rows]
    return [(started - datetime.fromisoformat(due)).total_seconds() * 1000 for started, due in starts]


def _quantile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def shown(figures: Figures) -> str:
    """Return the figures as a table."""
    columns = ("p50_ms", "p99_ms", "max_ms", "added_gb_seconds_per_run", "added_usd_per_million")
    rows = [[name, *(found[one] for one in columns)] for name, found in figures["precise"]["by_batch"].items()]
    return "\n\n".join(
        [
            "Milliseconds from a run's due instant to its start, and what waiting for it adds (modelled):",
            table(["runs", "p50", "p99", "max", "GB-s a run", "$ per million"], rows),
        ]
    )


if __name__ == "__main__":
    main("precise", __doc__, measure, shown)

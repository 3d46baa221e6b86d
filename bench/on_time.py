"""Measures on the embedded engine whether targets run on time: `python -m bench.on_time --minutes 10 --ttl-lag 5`.

Starts a stack of its own, writes raw items as a user would, waits, and compares the Runs table with the occurrences
that the items' plans owe. The figures are of this machine and of an emulated AWS; TTL is emulated.
"""

import argparse
import json
import statistics
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

from local import environments
from local.stack import Stack
from local.standing import stack_up

Row = Mapping[str, Any]
SETTLING_SECONDS = 10
PERIODS_SECONDS = (60, 180)


def main(arguments: Sequence[str]) -> int:
    """Measure, print a table or one JSON object, and return 1 if an occurrence was missing, doubled or early."""
    parser = argparse.ArgumentParser(prog="python -m bench.on_time", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--ttl-lag", type=float, default=5, help="seconds")
    parser.add_argument("--targets", type=int, default=5, help="of each period")
    parser.add_argument("--port", type=int, default=4599)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    environments.make([environments.SAM, environments.ENGINE], _tell)
    with stack_up(port=options.port, ttl_lag=options.ttl_lag, parameters=[], tell=_tell) as (_, stack):
        figures = _measure(stack, options)
    print(json.dumps(figures) if options.json else _table(figures))
    return int(any(figures[fault] for fault in ("missing", "doubled", "early")))


def _tell(step: str) -> None:
    print(step, file=sys.stderr, flush=True)


def _measure(stack: Stack, options: argparse.Namespace) -> dict[str, Any]:
    _write_targets(stack, options.targets)
    until = datetime.now(UTC) + timedelta(minutes=options.minutes)
    while (left := (until - datetime.now(UTC)).total_seconds()) > 0:
        _tell(f"measuring: {left:.0f} s left")
        time.sleep(min(30, left))
    time.sleep(SETTLING_SECONDS)
    plans = {str(row["id"]): row["plan"] for row in rows(stack, "TargetsTable")}
    owed = {(name, instant) for name, plan in plans.items() for instant in _owed(name, plan, until)}
    runs = [row for row in rows(stack, "RunsTable") if (row["target_id"], row["scheduled_at"]) in owed]
    return _figures(owed, runs) | {"ttl_lag_s": options.ttl_lag, "minutes": options.minutes}


def _write_targets(stack: Stack, count: int) -> None:
    serialize = TypeSerializer().serialize
    for period in PERIODS_SECONDS:
        for number in range(count):
            item = {"id": f"every-{period}s-{number}", "type": "echo", "schedule": f"rate({period} seconds)"}
            typed = {name: serialize(value) for name, value in item.items()}
            stack.client("dynamodb").put_item(TableName=stack.outputs["TargetsTable"], Item=typed)


def _owed(name: str, plan: Row, until: datetime) -> Iterator[str]:
    """Yield the occurrences that a target owes, from its own plan by plain arithmetic."""
    period = timedelta(seconds=int(name.split("-")[1].removesuffix("s")))
    instant = datetime.fromisoformat(plan["anchor_at"]) + period
    while instant <= until:
        yield instant.strftime("%Y-%m-%dT%H:%M:%SZ")
        instant += period


def rows(stack: Stack, table: str) -> Iterator[Row]:
    """Yield every row of a table of the stack, in plain values."""
    deserialize = TypeDeserializer().deserialize
    for page in stack.client("dynamodb").get_paginator("scan").paginate(TableName=stack.outputs[table]):
        for typed in page["Items"]:
            yield {name: deserialize(value) for name, value in typed.items()}


def _figures(owed: set[tuple[str, str]], runs: Sequence[Row]) -> dict[str, Any]:
    done = [run for run in runs if run["status"] == "COMPLETED"]
    by_path: dict[str, list[float]] = defaultdict(list)
    for run in done:
        by_path[str(run["dispatched_by"])].append(lateness_s(run))
    return {
        "owed": len(owed),
        "completed": len(done),
        "missing": len(owed) - len(done),
        "doubled": sum(int(run["attempt"]) > 1 for run in done),
        "early": sum(lateness_s(run) < 0 for run in done),
        "lateness": {path: quantiles(values) for path, values in sorted(by_path.items())}
        | {"all": quantiles([lateness_s(run) for run in done])},
        "by_path": dict(Counter(str(run["dispatched_by"]) for run in done)),
    }


def lateness_s(run: Row) -> float:
    """Return the seconds from a run's due instant to its start; negative if it was early."""
    started, due = datetime.fromisoformat(run["started_at"]), datetime.fromisoformat(run["due_at"])
    return (started - due).total_seconds()


def quantiles(values: Sequence[float]) -> dict[str, float]:
    """Return the median, the 99th percentile and the maximum, in seconds; none of no values."""
    if len(values) < 2:
        return {"p50_s": values[0], "p99_s": values[0], "max_s": values[0]} if values else {}
    cuts = statistics.quantiles(values, n=100, method="inclusive")
    return {"p50_s": round(cuts[49], 3), "p99_s": round(cuts[98], 3), "max_s": round(max(values), 3)}


def _table(figures: Mapping[str, Any]) -> str:
    counts = ", ".join(f"{figures[name]} {name}" for name in ("owed", "missing", "doubled", "early"))
    lines = [
        f"TTL lag {figures['ttl_lag_s']:g} s (emulated), {figures['minutes']:g} minutes: {counts}",
        f"{'path':<8}{'runs':>8}{'p50 s':>10}{'p99 s':>10}{'max s':>10}",
    ]
    for path, quantiles in figures["lateness"].items():
        runs = figures["by_path"].get(path, figures["completed"])
        cells = "".join(f"{quantiles.get(name, float('nan')):>10.3f}" for name in ("p50_s", "p99_s", "max_s"))
        lines.append(f"{path:<8}{runs:>8}{cells}")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

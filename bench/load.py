"""Load on the embedded engine: `python -m bench.load --targets 2000`.

Writes that many one-off targets, all due within one minute, waits until the queue is drained, and says whether each
ran just once, how late, and how long it took in all. The figures are of this machine and of an emulated AWS.
"""

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from bench.on_time import lateness_s, quantiles, rows
from local import environments
from local.stack import Stack
from local.standing import stack_up

WRITES_PER_BATCH = 25
PATIENCE_SECONDS = 420


def main(arguments: Sequence[str]) -> int:
    """Measure, print a table or one JSON object, and return 1 if a target did not run just once."""
    parser = argparse.ArgumentParser(prog="python -m bench.load", description=__doc__)
    parser.add_argument("--targets", type=int, default=2000)
    parser.add_argument("--ahead", type=int, default=200, help="seconds from the start of writing to the minute")
    parser.add_argument("--port", type=int, default=4598)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    environments.make([environments.SAM, environments.ENGINE], _tell)
    with stack_up(port=options.port, ttl_lag=5, parameters=[], tell=_tell) as (_, stack):
        figures = _measure(stack, options)
    print(json.dumps(figures) if options.json else _table(figures))
    return int(figures["lost"] > 0 or figures["doubled"] > 0)


def _tell(step: str) -> None:
    print(step, file=sys.stderr, flush=True)


def _measure(stack: Stack, options: argparse.Namespace) -> dict[str, Any]:
    minute = (datetime.now(UTC) + timedelta(seconds=options.ahead)).replace(second=0, microsecond=0)
    started = time.monotonic()
    _write(stack, options.targets, minute)
    written_s = time.monotonic() - started
    deadline = time.monotonic() + options.ahead + PATIENCE_SECONDS
    done: list[Mapping[str, Any]] = []
    while len(done) < options.targets and time.monotonic() < deadline:
        time.sleep(10)
        done = [row for row in rows(stack, "RunsTable") if row["status"] == "COMPLETED"]
        _tell(f"{len(done):,} of {options.targets:,} have run")
    finished = max((datetime.fromisoformat(row["finished_at"]) for row in done), default=minute)
    return {
        "targets": options.targets,
        "written_s": round(written_s, 1),
        "completed": len(done),
        "lost": options.targets - len(done),
        "doubled": sum(int(row["attempt"]) > 1 for row in done),
        "early": sum(lateness_s(row) < 0 for row in done),
        "drained_s": round((finished - minute).total_seconds(), 1),
        "lateness": quantiles([lateness_s(row) for row in done]),
        "by_path": dict(Counter(str(row["dispatched_by"]) for row in done)),
    }


def _write(stack: Stack, count: int, minute: datetime) -> None:
    dynamodb, table = stack.client("dynamodb"), stack.outputs["TargetsTable"]
    items = [_item(number, minute + timedelta(seconds=number * 60 / count)) for number in range(count)]
    for start in range(0, count, WRITES_PER_BATCH):
        puts = [{"PutRequest": {"Item": item}} for item in items[start : start + WRITES_PER_BATCH]]
        dynamodb.batch_write_item(RequestItems={table: puts})


def _item(number: int, due_at: datetime) -> dict[str, Any]:
    at = due_at.strftime("%Y-%m-%dT%H:%M:%S")
    return {"id": {"S": f"once-{number:05d}"}, "type": {"S": "echo"}, "schedule": {"S": f"at({at})"}}


def _table(figures: Mapping[str, Any]) -> str:
    counts = ", ".join(f"{figures[name]:,} {name}" for name in ("targets", "completed", "lost", "doubled", "early"))
    late = ", ".join(f"{name} {value:.1f}" for name, value in figures["lateness"].items())
    return (
        f"{counts}\nwritten in {figures['written_s']} s, drained {figures['drained_s']} s after the minute began\n"
        f"lateness: {late}\nby path: {figures['by_path']}"
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Hourglass beside other schedulers in Python, on one machine: `python -m bench.peers`.

Measured in an environment of their own (requirements/bench.txt), medians, each in a fresh process: next runs a second
beside croniter, cronsim and APScheduler's triggers; memory and CPU of a pending schedule beside APScheduler 3 and
Celery beat. A pending timer of Hourglass is in no process at all: what it takes is bytes of a table, and it is counted.
"""

import json
import subprocess
from typing import Any

from bench.endpoint.sizes import item_bytes
from bench.report import Figures, main, median, rounded, table, tell
from functions.aws.items import encode_item
from functions.aws.rows import timer_row
from local import environments
from local.paths import ROOT
from schedule_model.occurrence import Occurrence
from schedule_model.settings import LoopSettings
from schedule_model.timer import set_timer
from tests.simulation.memory import VirtualClock

PEERS = ("apscheduler", "celery_beat")
_STORED_BESIDE = 100
_CPU = (
    "CPU to add it, CPU of a look for what is due; "
    "Hourglass does both in functions of their own, the planner and the sweeper under CPU"
)


def measure(quick: bool) -> Figures:  # noqa: FBT001  the one switch of every bench
    """Return next runs a second, and what a pending schedule takes."""
    environments.make([environments.BENCH], tell)
    pending: Figures = {"hourglass": {"bytes": 0, "stored_bytes": _stored_bytes()}}
    for peer in PEERS:
        tell(f"peers: {peer}")
        rounds = [_asked("bench.peers_worker", peer, "500" if quick else "20000") for _ in range(1 if quick else 5)]
        pending[peer] = {name: median([one[name] for one in rounds]) for name in rounds[0]} | {"stored_bytes": 0}
    tell("peers: next runs")
    next_runs = _asked("bench.next_runs", "--json", *(["--rounds", "1"] if quick else []))
    tell("")
    return rounded({"peers": {"pending": pending, "next_runs": next_runs}})


def _asked(module: str, *arguments: str) -> Any:
    python = str(environments.python_of(environments.BENCH))
    done = subprocess.run([python, "-m", module, *arguments], cwd=ROOT, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def _stored_bytes() -> int:
    """Return what a timer takes in its table, as DynamoDB counts it for storage."""
    now = VirtualClock().now()
    due = now.replace(year=now.year + 1)
    timer = set_timer("target-0001", Occurrence(due, due), "0" * 40, now=now, settings=LoopSettings())
    return item_bytes(encode_item(timer_row(timer))) + _STORED_BESIDE


def shown(figures: Figures) -> str:
    """Return the figures as tables."""
    peers = figures["peers"]
    columns = ("bytes", "stored_bytes", "add_us", "look_us")
    pending = [
        [name.replace("_", " "), *(found.get(one) for one in columns)] for name, found in peers["pending"].items()
    ]
    medians = peers["next_runs"]["medians"]
    engines = list(next(iter(medians.values())))
    runs = [[expression, *(found[engine] for engine in engines)] for expression, found in medians.items()]
    return "\n\n".join(
        [
            f"A pending schedule: bytes in a process and in a table, {_CPU}:",
            table(["scheduler", "in memory", "stored", "to add, us", "a look, us"], pending),
            f"Next runs a second, Python {peers['next_runs']['python']}:",
            table(["expression", *engines], runs),
        ]
    )


if __name__ == "__main__":
    main("peers", __doc__, measure, shown)

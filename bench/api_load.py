"""Many clients of the HTTP API at once, on the embedded engine: `python -m bench.api_load --clients 200 --seconds 60`.

Each client creates targets and deletes them again, keeping one in ten, until the time is over; then everything is given
the time to run out. Says how many requests were answered, and whether anything was lost or orphaned: a target that was
deleted and is there or was kept and is not, one without its one chain, a timer or a run without its target.
Ends by itself, with exit code 1 if there is such a thing. The figures are of this machine and of an emulated AWS.
"""

import argparse
import json
import random
import sys
import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from urllib3.exceptions import HTTPError

from bench.on_time import quantiles, rows
from local import environments
from local.http_api import Answer, HttpApi
from local.stack import Stack
from local.standing import stack_up

PERIOD_SECONDS = 30
"""Of every target's schedule: a timer of a target that is deleted runs out within that time and TTL's lag."""

TTL_LAG_SECONDS = 2
SETTLING_SECONDS = 3 * PERIOD_SECONDS
KEPT_OF = 10
_AGAIN = frozenset({429, 500, 502, 503, 504})


@dataclass
class Seen:
    """What all clients together have seen."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    statuses: Counter[str] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    created: set[str] = field(default_factory=set)
    kept: set[str] = field(default_factory=set)


def main(arguments: Sequence[str]) -> int:
    """Measure, print one JSON object, and return 1 if anything was lost or orphaned."""
    parser = argparse.ArgumentParser(prog="python -m bench.api_load", description=__doc__)
    parser.add_argument("--clients", type=int, default=200)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--port", type=int, default=4597)
    options = parser.parse_args(arguments)
    environments.make([environments.SAM, environments.ENGINE], _tell)
    with stack_up(port=options.port, ttl_lag=TTL_LAG_SECONDS, parameters=[], tell=_tell) as (_, stack):
        figures = measure(stack, clients=options.clients, seconds=options.seconds)
    print(json.dumps(figures, indent=2))
    return int(any(figures["wrong"].values()))


def _tell(step: str) -> None:
    print(step, file=sys.stderr, flush=True)


def measure(stack: Stack, *, clients: int, seconds: float) -> dict[str, Any]:
    """Let the clients loose for so long, wait until all has run out, and return what was seen and what is wrong."""
    api, seen = HttpApi(stack.outputs["ApiUrl"], connections=clients), Seen()
    until = time.monotonic() + seconds
    with ThreadPoolExecutor(clients) as crew:
        for done in [crew.submit(_client, api, seen, until) for _ in range(clients)]:
            done.result()
    _tell(f"{len(seen.created):,} targets were created, {len(seen.kept):,} of them kept; letting the rest run out")
    time.sleep(SETTLING_SECONDS)
    return {
        "clients": clients,
        "requests": sum(seen.statuses.values()),
        "created": len(seen.created),
        "deleted": len(seen.created) - len(seen.kept),
        "answers": dict(sorted(seen.statuses.items())),
        "seconds": quantiles(seen.seconds),
        "wrong": _wrong(stack, seen),
    }


def _client(api: HttpApi, seen: Seen, until: float) -> None:
    """Create and delete until the time is over, keeping the targets whose ids say so."""
    while time.monotonic() < until:
        target_id = f"load-{uuid.uuid4().hex}"
        is_kept = int(target_id[-4:], 16) % KEPT_OF == 0
        fields = {"id": target_id, "type": "echo", "schedule": f"rate({PERIOD_SECONDS} seconds)"}
        created = _ask(api, seen, "POST", "/targets", fields)
        if created.status != 201:
            continue
        with seen.lock:
            seen.created.add(target_id)
            if is_kept:
                seen.kept.add(target_id)
        if not is_kept:
            _ask(api, seen, "DELETE", f"/targets/{target_id}")


def _ask(api: HttpApi, seen: Seen, method: str, path: str, body: Mapping[str, Any] | None = None) -> Answer:
    """Ask until there is an answer that is none of trouble; a creation under one key makes one target at most."""
    headers = {"Idempotency-Key": str(body["id"])} if body else {}
    while True:
        started = time.monotonic()
        try:
            answer = api.call(method, path, body, headers)
        except HTTPError as error:
            answer = Answer(0, {}, type(error).__name__)
        with seen.lock:
            seen.statuses[f"{method} {answer.status}"] += 1
            seen.seconds.append(time.monotonic() - started)
        if answer.status != 0 and answer.status not in _AGAIN:
            return answer
        # As a caller should: at random instants, so that those who were refused together do not return together.
        time.sleep(random.uniform(0.2, 4))


def _wrong(stack: Stack, seen: Seen) -> dict[str, Sequence[str]]:
    targets = {str(row["id"]): row for row in rows(stack, "TargetsTable")}
    timers = [row for row in rows(stack, "TimersTable") if "target_id" in row]
    runs = list(rows(stack, "RunsTable"))
    now = datetime.now(UTC)
    ahead = Counter(str(one["target_id"]) for one in timers if datetime.fromisoformat(one["due_at"]) > now)
    latest = now - timedelta(seconds=2 * PERIOD_SECONDS)
    running = {str(run["target_id"]) for run in runs if datetime.fromisoformat(run["due_at"]) > latest}
    return {
        "lost": _named(seen.kept - targets.keys()),
        "left": _named(targets.keys() - seen.kept),
        "stopped": _named(seen.kept - running),
        "with two chains": _named(one for one in targets if ahead[one] > 1),
        "timers without a target": _named(
            str(timer["target_id"]) for timer in timers if not _is_current(timer, targets)
        ),
        "runs without a target": _named({str(run["target_id"]) for run in runs} - seen.created),
        "runs not ended": _named(str(run["target_id"]) for run in runs if _is_open(run, latest)),
    }


def _is_current(timer: Mapping[str, Any], targets: Mapping[str, Mapping[str, Any]]) -> bool:
    target = targets.get(str(timer["target_id"]))
    return target is not None and target.get("plan", {}).get("revision") == timer["revision"]


def _is_open(run: Mapping[str, Any], before: datetime) -> bool:
    return run["status"] in {"IN_PROGRESS", "RETRYING"} and datetime.fromisoformat(run["due_at"]) < before


def _named(ids: Iterable[str]) -> Sequence[str]:
    return sorted(ids)[:20]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

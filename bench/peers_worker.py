"""Measures one peer in a process of its own; prints JSON. See bench/peers.py."""

import json
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path


def by_apscheduler(count: int) -> Callable[[], object]:
    """Give APScheduler 3 its jobs, in memory; return what it does when it looks for due ones."""
    from apscheduler.executors.debug import DebugExecutor  # noqa: PLC0415 - only in this process
    from apscheduler.schedulers.base import BaseScheduler  # noqa: PLC0415

    class Scheduler(BaseScheduler):
        def wakeup(self) -> None:
            """Sleep on."""

        def shutdown(self, wait: bool = True) -> None:  # noqa: FBT001, FBT002 - the base class's signature
            """Have nothing to stop."""

    scheduler = Scheduler(executors={"default": DebugExecutor()}, timezone=UTC)
    scheduler.start(paused=True)
    first = datetime.now(UTC) + timedelta(days=1)
    for number in range(count):
        scheduler.add_job(print, "interval", days=1, args=["hello"], id=f"target-{number}", next_run_time=first)
    return scheduler._process_jobs  # noqa: SLF001 - what its loop calls


def by_celery_beat(count: int) -> Callable[[], object]:
    """Give Celery beat its entries, in memory; return its tick."""
    from celery import Celery  # noqa: PLC0415 - only in this process
    from celery.beat import Scheduler  # noqa: PLC0415

    app = Celery("bench", broker="memory://")
    app.conf.beat_schedule = {
        f"target-{number}": {"task": "hello", "schedule": timedelta(days=1), "args": ("hello",)}
        for number in range(count)
    }
    scheduler = Scheduler(app=app)
    scheduler.tick()
    return scheduler.tick


PEERS = {"apscheduler": by_apscheduler, "celery_beat": by_celery_beat}


def main(peer: str, count: int) -> None:
    """Print bytes and CPU for each pending schedule, and the CPU of one look for due ones."""
    PEERS[peer](10)
    memory, began = _resident_bytes(), time.process_time()
    look = PEERS[peer](count)
    added = time.process_time() - began
    grown = _resident_bytes() - memory
    looks = 20
    began = time.process_time()
    for _ in range(looks):
        look()
    looked = (time.process_time() - began) / looks
    print(json.dumps({"bytes": grown / count, "add_us": added / count * 1e6, "look_us": looked * 1e6}))


def _resident_bytes() -> int:
    return int(Path("/proc/self/status").read_text().partition("VmRSS:")[2].split()[0]) * 1024


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))

"""The processes that the functions run in: which Python, and some kept ready."""

# ruff: noqa: SLF001 - what this changes is private to the engine; `module` checks that it is there.

import logging
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.engine.original import module

PERIOD_SECONDS = 0.2
REST_SECONDS_MAX = 60
READY_FOR_QUEUE = 3
"""Processes kept for a function that executes several batches at once."""
LOGGER = logging.getLogger("hourglass.workers")


@dataclass(slots=True)
class Rest:
    """How long a function that does not start is left alone: 2 s, and twice as long after each failure, up to 60 s."""

    until: float = 0
    seconds: float = 0

    def is_over(self, now: float) -> bool:
        """Return whether another start may be tried; `now` is monotonic, in seconds."""
        return now >= self.until

    def after(self, *, is_well: bool, now: float) -> None:
        """Note how a start went."""
        self.seconds = 0 if is_well else min(REST_SECONDS_MAX, 2 * self.seconds or 2)
        self.until = now + self.seconds


def install(python: Path) -> None:
    """Run the functions on `python` instead of the engine's own interpreter and libraries."""
    needed = ("_detect_runtime_binary", "_PYTHON_WORKER_SCRIPT", "_RESERVED_RUNTIME_ENV_VARS")
    runtime = module("core.lambda_runtime", *needed)
    # The template's names Lambda's own botocore; engine_process.py names one that is on this machine.
    runtime._RESERVED_RUNTIME_ENV_VARS |= {"AWS_DATA_PATH"}
    detect = runtime._detect_runtime_binary

    def detect_ours(name: str) -> tuple[str, str]:
        return (str(python), runtime._PYTHON_WORKER_SCRIPT) if name.startswith("python") else detect(name)

    runtime._detect_runtime_binary = detect_ours


def keep_ready() -> None:
    """Start each function's first processes when it is deployed, not when its first event is due.

    Here they would compete with everything else on this machine for its processors, and take seconds.
    """
    threading.Thread(target=_prepare_for_ever, daemon=True, name="hourglass-workers").start()


def _prepare_for_ever() -> None:
    functions = module("services.lambda_svc", "_functions", "_iter_all_esms")
    runtime = module("core.lambda_runtime", "_worker_class_for", "ensure_spawned", "_lock", "_workers", "_worker_key")
    rests: dict[str, Rest] = {}
    while True:
        try:
            _prepare_all(functions, runtime, rests)
        except Exception:
            # As where a function was made or deleted while they were gone through; the next look is in a moment.
            LOGGER.exception("preparing processes failed")
        time.sleep(PERIOD_SECONDS)


def _prepare_all(functions: Any, runtime: Any, rests: dict[str, Rest]) -> None:
    concurrent = {esm["FunctionName"] for _, _, esm in list(functions._iter_all_esms()) if _is_queue(esm)}
    for (_, _, name), function in list(functions._functions.all_items()):
        wanted = READY_FOR_QUEUE if name in concurrent else 1
        key = runtime._worker_key(name, function["config"], "$LATEST")
        _drop_dead(runtime, key)
        rest = rests.setdefault(key, Rest())
        if function.get("code_zip") and len(runtime._workers.get(key, ())) < wanted and rest.is_over(time.monotonic()):
            rest.after(is_well=_prepare(runtime, key, name, function), now=time.monotonic())


def _is_queue(mapping: dict[str, Any]) -> bool:
    return ":sqs:" in str(mapping["EventSourceArn"])


def _drop_dead(runtime: Any, key: str) -> None:
    """Take processes that ended out of the pool, or the next event would wait for a new one to start.

    Each has a copy of its function's code, which goes with it.
    """
    with runtime._lock:
        pool = runtime._workers.get(key, [])
        dead = [worker for worker in pool if not (worker.in_use or _is_alive(worker))]
        pool[:] = [worker for worker in pool if worker not in dead]
    for worker in dead:
        worker.kill()


def _is_alive(worker: Any) -> bool:
    process = worker._proc
    return process is not None and process.poll() is None


def _prepare(runtime: Any, key: str, name: str, function: dict[str, Any]) -> bool:
    """Start a process, offer it to the pool once it is ready, not before, and return whether it started."""
    worker = runtime._worker_class_for(function["config"])(name, function["config"], function["code_zip"])
    try:
        runtime.ensure_spawned(worker)
    except Exception:
        # Its code raises as it is imported, or there is no room left for it.
        LOGGER.exception("%s does not start", name)
        worker.kill()
        return False
    with runtime._lock:
        runtime._workers.setdefault(key, []).append(worker)
    return True

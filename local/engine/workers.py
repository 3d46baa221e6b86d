"""The processes that the functions run in: which Python, and some kept ready."""

# ruff: noqa: SLF001 - what this changes is private to the engine; `module` checks that it is there.

import logging
import threading
import time
from pathlib import Path
from typing import Any

from local.engine.original import module

PERIOD_SECONDS = 0.2
READY_FOR_QUEUE = 3
"""Processes kept for a function that executes several batches at once."""
LOGGER = logging.getLogger("hourglass.workers")


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
    while True:
        concurrent = {esm["FunctionName"] for _, _, esm in functions._iter_all_esms() if _is_queue(esm)}
        for (_, _, name), function in list(functions._functions.all_items()):
            wanted = READY_FOR_QUEUE if name in concurrent else 1
            key = runtime._worker_key(name, function["config"], "$LATEST")
            _drop_dead(runtime, key)
            if function.get("code_zip") and len(runtime._workers.get(key, ())) < wanted:
                _prepare(runtime, key, name, function)
        time.sleep(PERIOD_SECONDS)


def _is_queue(mapping: dict[str, Any]) -> bool:
    return ":sqs:" in str(mapping["EventSourceArn"])


def _drop_dead(runtime: Any, key: str) -> None:
    """Take processes that ended out of the pool, or the next event would wait for a new one to start."""
    with runtime._lock:
        pool = runtime._workers.get(key, [])
        pool[:] = [worker for worker in pool if worker.in_use or _is_alive(worker)]


def _is_alive(worker: Any) -> bool:
    process = worker._proc
    return process is not None and process.poll() is None


def _prepare(runtime: Any, key: str, name: str, function: dict[str, Any]) -> None:
    """Start a process and offer it to the pool once it is ready, not before."""
    worker = runtime._worker_class_for(function["config"])(name, function["config"], function["code_zip"])
    try:
        runtime.ensure_spawned(worker)
    except RuntimeError:
        LOGGER.exception("%s does not start", name)
        time.sleep(PERIOD_SECONDS * 10)
        return
    with runtime._lock:
        runtime._workers.setdefault(key, []).append(worker)

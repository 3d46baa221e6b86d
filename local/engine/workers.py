"""The processes that the functions run in: which Python, and one kept ready."""

# ruff: noqa: SLF001 - what this changes is private to the engine; `module` checks that it is there.

import logging
import threading
import time
from pathlib import Path
from typing import Any

from local.engine.original import module

PERIOD_SECONDS = 0.5
LOGGER = logging.getLogger("hourglass.workers")


def install(python: Path) -> None:
    """Run the functions on `python` instead of the engine's own interpreter and libraries."""
    runtime = module("core.lambda_runtime", "_detect_runtime_binary", "_PYTHON_WORKER_SCRIPT")
    detect = runtime._detect_runtime_binary

    def detect_ours(name: str) -> tuple[str, str]:
        return (str(python), runtime._PYTHON_WORKER_SCRIPT) if name.startswith("python") else detect(name)

    runtime._detect_runtime_binary = detect_ours


def keep_one_ready() -> None:
    """Start each function's first process when it is deployed, not when its first event is due."""
    threading.Thread(target=_prepare_for_ever, daemon=True, name="hourglass-workers").start()


def _prepare_for_ever() -> None:
    functions = module("services.lambda_svc", "_functions")
    needed = ("acquire_worker", "ensure_spawned", "release_worker", "_workers", "_worker_key")
    runtime = module("core.lambda_runtime", *needed)
    while True:
        for (_, _, name), function in list(functions._functions.all_items()):
            key = runtime._worker_key(name, function["config"], "$LATEST")
            if function.get("code_zip") and not runtime._workers.get(key):
                _prepare(runtime, name, function)
        time.sleep(PERIOD_SECONDS)


def _prepare(runtime: Any, name: str, function: dict[str, Any]) -> None:
    worker, _ = runtime.acquire_worker(name, function["config"], function["code_zip"])
    try:
        runtime.ensure_spawned(worker)
    except RuntimeError:
        LOGGER.exception("%s does not start", name)
    finally:
        runtime.release_worker(worker)

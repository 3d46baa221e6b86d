"""Starts the engine: `python -m local.engine.launcher --port 4566 --ttl-lag 5 --function-python PATH`.

It lives as long as its standard input is open, so that it goes when the one who started it is gone.
"""

# ruff: noqa: SLF001 - what this changes is private to the engine; `module` checks that it is there.

import argparse
import logging
import os
import signal
import sys
import threading
from pathlib import Path
from typing import Any

from local.engine import doorkeeper, permissions, queues, statements, streams, ttl, workers
from local.engine.original import check_version, module


def main() -> None:
    """Prepare the engine and run it until it is told to stop."""
    options = _options()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s", stream=sys.stderr)
    check_version()
    dynamodb = ttl.import_without_reaper()
    statements.install(dynamodb)
    streams.install(dynamodb)
    queues.install()
    permissions.install()
    workers.install(options.function_python)
    app = module("app", "_MAIN_LOOP", "main", "app")
    app.app = doorkeeper.guarded(app.app)
    threading.Thread(target=_follow_parent, daemon=True).start()
    threading.Thread(target=_begin, args=(app, dynamodb, options.ttl_lag), daemon=True).start()
    sys.argv = sys.argv[:1]
    try:
        app.main()
    finally:
        # Whatever a function left behind goes with the engine, which leads their process group.
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        os.killpg(os.getpgrp(), signal.SIGTERM)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--ttl-lag", type=float, required=True)
    parser.add_argument("--function-python", type=Path, required=True)
    return parser.parse_args()


def _begin(app: Any, dynamodb: Any, ttl_lag: float) -> None:
    """Start our readers once the engine's event loop runs, for they do their work on it."""
    while app._MAIN_LOOP is None:
        threading.Event().wait(0.01)
    ttl.Reaper(dynamodb, lag_seconds=ttl_lag).start()
    streams.start()
    workers.keep_ready()


def _follow_parent() -> None:
    sys.stdin.buffer.read()
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    main()

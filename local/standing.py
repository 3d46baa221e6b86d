"""A stack that stands for as long as it is needed: engine started, template built and deployed, all stopped after."""

import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from local import stack
from local.engine_process import Engine, engine
from local.interpreters import LAMBDA_VERSION, find_lambda_python
from local.paths import LOCAL


@contextmanager
def stack_up(
    *, port: int, ttl_lag: float, parameters: Sequence[tuple[str, str]], tell: Callable[[str], None]
) -> Iterator[tuple[Engine, stack.Stack]]:
    """Bring up an engine and the real template on it; take it all down on leaving.

    Args:
        port: of the engine, on 127.0.0.1.
        ttl_lag: seconds by which TTL removes an expired item late.
        parameters: of the template; they win over those of samconfig.toml's local profile.
        tell: is called with each step that is begun or done.
    """
    started = time.monotonic()
    function_python = _function_python(tell)
    tell(f"engine: starting on 127.0.0.1:{port}; TTL is emulated, {ttl_lag:g} s late")
    with engine(port=port, ttl_lag=ttl_lag, function_python=function_python) as running:
        tell("stack: building and deploying template.yaml with the SAM CLI")
        with ThreadPoolExecutor(1) as threads:
            ready = threads.submit(running.wait_until_ready)
            built = stack.build(function_python)
            ready.result()
        deployed = stack.deploy(built, running.endpoint, parameters)
        tell(f"stack: up after {time.monotonic() - started:.0f} s")
        yield running, deployed


def _function_python(tell: Callable[[str], None]) -> Path:
    """Return an interpreter without any libraries of its own for the functions to run on, and tell which."""
    found, version = find_lambda_python(), LAMBDA_VERSION
    if found is None:
        found = Path(getattr(sys, "_base_executable", sys.executable))
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        tell(f"functions: run on Python {version}, for this machine has no {LAMBDA_VERSION}, which AWS runs them on")
    else:
        tell(f"functions: run on Python {version}, as on AWS")
    folder = LOCAL / "environments" / f"functions-{version}"
    python = folder / "bin" / "python"
    if not python.exists():
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run([str(found), "-m", "venv", "--without-pip", str(folder)], check=True, capture_output=True)
    return python

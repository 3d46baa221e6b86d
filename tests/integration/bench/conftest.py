"""Each bench run once, quickly, as a user runs it."""

import json
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest

from local.paths import ROOT

Figures = dict[str, Any]


@cache
def figures_of(name: str) -> Figures:
    done = subprocess.run(
        [sys.executable, "-m", f"bench.{name}", "--quick", "--json"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: Figures = json.loads(done.stdout)
    return found


@pytest.fixture
def bench() -> Callable[[str], Figures]:
    return figures_of

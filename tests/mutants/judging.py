"""What becomes of a mutant: which test notices it, in a copy of the project that has it."""

import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.mutants.catalogue import Mutant

ROOT = Path(__file__).parents[2]
COPIED = (
    "schedule_model",
    "functions",
    "hourglass",
    "bench",
    "tests",
    "events",
    "examples",
    "local",
    "docs",
    "pyproject.toml",
    "template.yaml",
)
Selection = tuple[str, ...]
SUITES: tuple[Selection, ...] = (
    (
        "tests/unit",
        "--ignore=tests/unit/runners",
        "--ignore=tests/unit/expressions",
        "--ignore=tests/unit/hourglass",
        "--ignore=tests/unit/test_mutants.py",
        "--ignore-glob=*/test_local_*",
    ),
    ("tests/simulation/test_promises.py",),
    ("tests/contract", "tests/integration/test_events.py", "--ignore=tests/contract/test_crew.py"),
    ("tests/property", "--ignore-glob=*expressions*"),
    ("tests/simulation",),
    ("tests/integration/test_loop_on_moto.py", "tests/contract/test_crew.py"),
)
"""From the quick to the slow; the first that fails ends a mutant."""
TIMEOUT_SECONDS = 600


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a mutant; `killer` is the test that failed, None if it survived."""

    mutant: Mutant
    killer: str | None
    seconds: float


@dataclass(slots=True)
class Judge:
    """Tries mutants; a test counts as a killer only if it passes on an unchanged copy.

    Attributes:
        killers: by a mutant's name, the test that noticed it before; it is asked first.
    """

    killers: dict[str, str]
    _baselines: dict[Selection, str | None] = field(default_factory=dict)
    _one_by_one: threading.Lock = field(default_factory=threading.Lock)

    def baseline(self, selection: Selection) -> str | None:
        """Return the test of a selection that fails without any mutant, None if all pass."""
        with self._one_by_one:
            if selection not in self._baselines:
                with copy() as folder:
                    self._baselines[selection] = first_failure(folder, selection)
            return self._baselines[selection]

    def judge(self, mutant: Mutant) -> Verdict:
        """Run the test that knows the mutant, then the suites, on a copy that has it, until a test fails.

        Raises:
            BaselineError: a suite fails without the mutant too.
        """
        started = time.monotonic()
        with copy() as folder:
            path = folder / mutant.path
            path.write_text(path.read_text().replace(mutant.old, mutant.new))
            killer = next(filter(None, (self._killer(folder, one) for one in self._selections(mutant))), None)
        return Verdict(mutant, killer, time.monotonic() - started)

    def _selections(self, mutant: Mutant) -> Iterator[Selection]:
        if known := self.killers.get(mutant.name):
            yield (known,)
        yield from _own_tests(mutant)
        yield from SUITES

    def _killer(self, folder: Path, selection: Selection) -> str | None:
        failed = first_failure(folder, selection)
        if failed is None:
            return None
        if (broken := self.baseline(selection)) is None:
            return failed
        if selection not in SUITES:
            return None  # a suite will tell
        raise BaselineError(f"{broken} fails without any mutant; mend that first")


def _own_tests(mutant: Mutant) -> Iterator[Selection]:
    """Yield the tests that are named after the mutant's file: mostly these notice it, and quickly."""
    name = f"test_{Path(mutant.path).name}"
    for folder in ("tests/unit", "tests/unit/hourglass", "tests/contract"):
        if (ROOT / folder / name).exists():
            yield (f"{folder}/{name}",)


class BaselineError(Exception):
    """A test fails on an unchanged copy, so that its failing says nothing about a mutant."""


@contextmanager
def copy() -> Iterator[Path]:
    """Yield a copy of what the tests need."""
    with tempfile.TemporaryDirectory(prefix="mutant-") as name:
        for part in COPIED:
            source = ROOT / part
            if source.is_dir():
                shutil.copytree(source, Path(name, part), ignore=shutil.ignore_patterns("__pycache__"))
            elif source.exists():
                shutil.copy(source, Path(name, part))
        yield Path(name)


def first_failure(folder: Path, selection: Sequence[str]) -> str | None:
    """Return the first failing test of a selection, None if all pass; one that is not there any more passes."""
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-m", "not e2e", "-p", "no:cacheprovider", *selection]
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=TIMEOUT_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return f"{selection[0]} did not end within {TIMEOUT_SECONDS} s"
    if done.returncode == 0 or "not found:" in done.stdout + done.stderr:
        return None
    failed = re.search(r"^(?:FAILED|ERROR) ([^\s\[]+)", done.stdout, re.MULTILINE)
    return failed[1] if failed else f"{selection[0]} ended with {done.returncode}"

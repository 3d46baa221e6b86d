"""Removes each promise's line in turn and shows which test notices: `make mutants`, or with ARGS="--only lease"."""

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tests.mutants.catalogue import MUTANTS, Mutant

ROOT = Path(__file__).parents[2]
COPIED = (
    "schedule_model",
    "functions",
    "tests",
    "events",
    "examples",
    "local",
    "docs",
    "pyproject.toml",
    "template.yaml",
)
SUITES = (
    (
        "tests/unit",
        "--ignore=tests/unit/runners",
        "--ignore=tests/unit/expressions",
        "--ignore=tests/unit/hourglass",
        "--ignore=tests/unit/test_mutants.py",
    ),
    ("tests/contract", "tests/integration/test_loop_on_moto.py", "tests/integration/test_events.py"),
    ("tests/property", "--ignore-glob=*expressions*"),
    ("tests/simulation",),
)
"""From the quick to the slow; the first that fails ends a mutant."""
TIMEOUT_SECONDS = 300


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a mutant; `killer` is the test that failed, None if it survived."""

    mutant: Mutant
    killer: str | None
    seconds: float


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="make mutants", description=__doc__)
    parser.add_argument("--only", default="", help="mutants whose name or promise holds this text")
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args(arguments)
    chosen = [one for one in MUTANTS if options.only in f"{one.name} {one.promise}"]
    refuse_stale(chosen)
    with ThreadPoolExecutor(options.jobs) as threads:
        verdicts = list(shown(threads.map(judge, chosen), len(chosen)))
    survivors = [verdict.mutant.name for verdict in verdicts if verdict.killer is None]
    print("; ".join([f"{len(verdicts) - len(survivors)} killed, {len(survivors)} survived", *survivors]))
    return int(bool(survivors))


def refuse_stale(mutants: Iterable[Mutant]) -> None:
    """End with a line for each mutant whose text does not stand in its file just once."""
    stale = [one for one in mutants if (ROOT / one.path).read_text().count(one.old) != 1]
    if stale:
        sys.exit(
            "\n".join(
                f"stale mutant {one.name}: its text is not once in {one.path}; bring it up to date" for one in stale
            )
        )


def judge(mutant: Mutant) -> Verdict:
    """Run the suites on a copy of the project with the mutant in it, until a test fails."""
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="mutant-") as folder:
        copy = Path(folder)
        for name in COPIED:
            source = ROOT / name
            if source.is_dir():
                shutil.copytree(source, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
            elif source.exists():
                shutil.copy(source, copy / name)
        path = copy / mutant.path
        path.write_text(path.read_text().replace(mutant.old, mutant.new))
        killer = next(filter(None, (first_failure(copy, suite) for suite in SUITES)), None)
    return Verdict(mutant, killer, time.monotonic() - started)


def first_failure(folder: Path, suite: Sequence[str]) -> str | None:
    """Return the first failing test of a suite, None if all pass."""
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-m", "not e2e", "-p", "no:cacheprovider", *suite]
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=TIMEOUT_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return f"{suite[0]} did not end within {TIMEOUT_SECONDS} s"
    if done.returncode == 0:
        return None
    failed = re.search(r"^(?:FAILED|ERROR) (\S+)", done.stdout, re.MULTILINE)
    return failed[1] if failed else f"{suite[0]} ended with {done.returncode}"


def shown(verdicts: Iterable[Verdict], count: int) -> Iterable[Verdict]:
    """Print each verdict as it comes."""
    for number, verdict in enumerate(verdicts, 1):
        fate = f"killed by {verdict.killer}" if verdict.killer else "SURVIVED"
        print(
            f"[{number}/{count}] {verdict.mutant.promise}: {verdict.mutant.name}: {fate} ({verdict.seconds:.0f} s)",
            flush=True,
        )
        yield verdict


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

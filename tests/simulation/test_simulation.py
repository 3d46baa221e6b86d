"""A fixed set of seeds, and a few fresh ones: each a day with faults, at whose end no promise is broken."""

import os
import random
import re
import subprocess
import sys

import pytest

from tests.simulation.day import SHORT, WHOLE, live
from tests.simulation.digest import digest_of
from tests.simulation.report import judge

FIXED = range(18)
FRESH = [random.SystemRandom().randrange(1_000, 1_000_000) for _ in range(2)]


@pytest.mark.parametrize("seed", [*FIXED, *FRESH])
def test_a_bad_day_breaks_no_promise(seed: int) -> None:
    report = judge(seed, SHORT)

    assert report.violations == (), f"replay: python -m tests.simulation --short --seed {seed}"


def test_a_whole_day_has_a_thousand_runs_and_breaks_no_promise() -> None:
    report = judge(4, WHOLE)

    assert report.violations == (), "replay: python -m tests.simulation --seed 4"
    assert report.occurrences >= 1_000


def test_a_seed_lives_the_same_day_in_every_process() -> None:
    def told(hash_seed: str) -> str:
        command = [sys.executable, "-m", "tests.simulation", "--short", "--seed", "7"]
        environment = os.environ | {"PYTHONHASHSEED": hash_seed}
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout

    first = told("1")

    assert re.search(r"0 broken promises; the day's digest is [0-9a-f]{16}\n$", first)
    assert told("2") == first
    assert f"is {digest_of(live(7, SHORT))}\n" in first

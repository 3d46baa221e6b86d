"""A fixed set of seeds, and a few fresh ones: each a day with faults, at whose end no promise is broken."""

import random

import pytest

from tests.simulation.day import SHORT, WHOLE
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


def test_a_seed_lives_the_same_day_twice() -> None:
    assert judge(7, SHORT) == judge(7, SHORT)

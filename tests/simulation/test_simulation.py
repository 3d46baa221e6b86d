"""A fixed set of seeds, and a few fresh ones: each a virtual day with faults, at whose end no promise is broken."""

import random

import pytest

from tests.simulation.report import judge

FIXED = range(3)
FRESH = [random.SystemRandom().randrange(1_000, 1_000_000) for _ in range(1)]


@pytest.mark.parametrize("seed", [*FIXED, *FRESH])
def test_a_bad_day_breaks_no_promise(seed: int) -> None:
    report = judge(seed)

    replay = f"replay: python -m tests.simulation --seed {seed}"
    assert report.violations == (), replay
    assert report.occurrences >= 1_000, replay

"""A fixed set of seeds, and a few fresh ones: each a day with faults, at whose end no promise is broken."""

import os
import random
import re
import subprocess
import sys
from dataclasses import replace

import pytest

from tests.simulation.checkers import violations
from tests.simulation.day import SHORT, WHOLE, live
from tests.simulation.digest import digest_of
from tests.simulation.evidence import Evidence
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


@pytest.mark.parametrize("seed", range(4))
def test_runs_by_hand_and_rare_schedules_break_no_promise(seed: int) -> None:
    report = judge(seed, replace(SHORT, has_rarities=True))

    assert report.violations == (), f"replay: python -m tests.simulation --short --rare --seed {seed}"


def test_a_run_asked_for_by_hand_that_leaves_no_trace_is_found() -> None:
    world = live(3, replace(SHORT, has_rarities=True))
    assert world.journal.asked
    assert violations(world) == []

    target_id, run_id = next(
        (target_id, run_id)
        for target_id, run_id in world.journal.asked
        if run_id in world.runs.by_target[target_id] and not Evidence(world).of_message(target_id)
    )
    del world.runs.by_target[target_id][run_id]

    assert f"wishes: {target_id}/{run_id} was asked for by hand and left no trace" in violations(world)

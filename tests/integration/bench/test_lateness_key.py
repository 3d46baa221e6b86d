"""Lateness as `make bench` records it."""

import json
import subprocess
import sys

from bench.goals import GOALS
from local.paths import ROOT


def test_lateness_has_a_key_for_each_profile_and_nothing_beside():
    command = [sys.executable, "-m", "bench", "--quick", "--json", "--only", "lateness"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=True)
    results = json.loads(done.stdout)

    assert all(set(found) == {"p50_s", "p99_s", "p999_s"} for found in results["lateness"].values())
    assert len(results["lateness"]) == 4
    for goal in GOALS:
        if goal.of.startswith("lateness") and goal.of.endswith("profile"):
            assert goal.read(results) > 0

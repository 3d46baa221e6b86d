"""How late runs start under each profile of TTL's lag, modelled: `python -m bench.lateness`.

The real handlers live virtual days without faults. Modelled are TTL's lag, the latencies of queue and stream as
published (lognormal through their median and 99th percentile), 2 to 10 ms a call, and the sweep's jitter of 2 s. SQS
holds a message for whole seconds, so a run starts up to a second after it is due: that is most of what is measured.
Nothing here was asked of AWS. The same seeds give the same figures on any machine.
"""

import argparse
import itertools
import json
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from random import Random

from bench.report import Figures, table
from schedule_model.settings import LoopSettings
from tests.simulation.hub import EPOCH, ms_of
from tests.simulation.knobs import HOUR_MS, PROFILES, Knobs
from tests.simulation.latencies import PUBLISHED
from tests.simulation.population import Item
from tests.simulation.users import Users
from tests.simulation.world import World

RUNS = 100_000
"""Over all four profiles."""
GOALS_S = {"p50_s": 0.55, "p99_s": 1.1, "p999_s": 2.0}
SPREAD_MAX = 0.10
"""By how much the largest 99.9th percentile of a profile may exceed the smallest."""
_SCHEDULES = {"rate(5 minutes)": 4, "rate(30 minutes)": 20, "rate(1 hour)": 20, "cron(5 0/2 * * ? *)": 20}
"""How many targets have each: near ones, and ones whose timers wait for TTL or the sweeper."""
_RUNS_A_DAY = 2_800
_QUANTILES = {"p50_s": 0.5, "p99_s": 0.99, "p999_s": 0.999}

Sample = tuple[str, float]
"""The path that brought a run to the queue, and how late it started, in seconds."""


def measure(runs: int = RUNS, *, jobs: int = 2) -> Figures:
    """Return `{"lateness": {profile: {p50_s, p99_s, p999_s}}}`, `paths` by profile and path, and the `spread`.

    Args:
        runs: about how many in all; whole days are lived, at least one of each profile.
        jobs: how many days at a time.
    """
    days = max(1, -(-runs // (len(PROFILES) * _RUNS_A_DAY)))
    lives = [(profile, seed) for profile in PROFILES for seed in range(days)]
    samples: dict[str, list[Sample]] = defaultdict(list)
    with ProcessPoolExecutor(jobs) as pool:
        for (profile, _), found in zip(lives, pool.map(_lived, *zip(*lives, strict=True)), strict=True):
            samples[profile].extend(found)
    lateness = {profile: _quantiles([late for _, late in found]) for profile, found in samples.items()}
    tails = [of["p999_s"] for of in lateness.values()]
    return {
        "lateness": lateness,
        "paths": {profile: dict(_by_path(found)) for profile, found in samples.items()},
        "spread": max(tails) / min(tails) - 1,
        "runs": sum(map(len, samples.values())),
    }


def missed(figures: Figures) -> list[str]:
    """Return each goal that the figures miss, as a sentence."""
    found = [
        f"{profile}: {name} is {of[name]:.3f}, the goal {most}"
        for profile, of in figures["lateness"].items()
        for name, most in GOALS_S.items()
        if of[name] > most
    ]
    if figures["spread"] > SPREAD_MAX:
        found.append(f"p99.9 differs by {figures['spread']:.0%} between profiles, the goal {SPREAD_MAX:.0%}")
    return found


def _lived(profile: str, seed: int) -> list[Sample]:
    world = World(seed, Knobs(profile=profile, settings=LoopSettings(), latencies=PUBLISHED))
    users = Users(world, Random(seed))
    users.write(_targets(), within_ms=HOUR_MS)
    world.hub.run(25 * HOUR_MS)
    rows = (row for of in world.runs.by_target.values() for row in of.values())
    settled = (row for row in rows if row.lateness_ms is not None and ms_of(row.due_at) >= HOUR_MS)
    # As the row tells it: from the due instant to the attempt's start.
    return [(str(row.dispatched_by), row.lateness_ms / 1000) for row in settled if row.lateness_ms is not None]


def _targets() -> list[Item]:
    return [
        {"id": f"{place}.{number}", "type": "simulated", "schedule": schedule, "params": {"mode": "steady"}}
        for place, (schedule, count) in enumerate(_SCHEDULES.items())
        for number in range(count)
    ]


def _by_path(samples: Sequence[Sample]) -> Iterator[tuple[str, Figures]]:
    for path, found in itertools.groupby(sorted(samples), key=lambda sample: sample[0]):
        late = [one for _, one in found]
        yield path, {"runs": len(late), **_quantiles(late)}


def _quantiles(late: Sequence[float]) -> dict[str, float]:
    ordered = sorted(late)
    return {name: ordered[min(len(ordered) - 1, int(share * len(ordered)))] for name, share in _QUANTILES.items()}


def _shown(figures: Figures) -> str:
    head = ("profile", "path", "runs", "p50, s", "p99, s", "p99.9, s")
    lines: list[list[str | int | float | None]] = []
    for profile, paths in figures["paths"].items():
        every: Mapping[str, float] = figures["lateness"][profile]
        lines.append([profile, "all", sum(of["runs"] for of in paths.values()), *every.values()])
        lines.extend([profile, path, *of.values()] for path, of in paths.items())
    about = f"Modelled from {EPOCH:%Y-%m-%d} on, {figures['runs']:,} runs; p99.9 differs by {figures['spread']:.1%}."
    return f"{table(head, lines)}\n\n{about}"


def main(arguments: Sequence[str]) -> int:
    """Measure and print; return 1 if a goal is missed."""
    parser = argparse.ArgumentParser(prog="python -m bench.lateness", description=__doc__)
    parser.add_argument("--runs", type=int, default=RUNS, help="over all profiles (default 100,000)")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--json", action="store_true", help="print one object instead of a table")
    options = parser.parse_args(arguments)
    figures = measure(options.runs, jobs=options.jobs)
    print(json.dumps(figures) if options.json else _shown(figures))
    found = missed(figures)
    for sentence in found:
        print(f"goal missed: {sentence}", file=sys.stderr)
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

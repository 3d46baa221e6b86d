"""`python -m tests.simulation`: live many seeds, or replay one."""

import argparse
import hashlib
import itertools
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from multiprocessing.pool import Pool

from tests.simulation.day import SHORT, WHOLE, Day
from tests.simulation.report import Report, judge, replay
from tests.simulation.workers import workers

SEEDS_AT_ONCE = 4
"""How many a process lives before it ends."""


def main() -> int:
    """Live the seeds that are asked for; return 1 if any promise was broken."""
    options = _options()
    if options.seed is not None:
        return replay(options.seed, options.target, options.occurrence, length=_length(options))
    began = time.monotonic()
    broken = total = occurrences = 0
    digests = hashlib.sha256()
    with workers(options.jobs) as pool:
        for report in _reports(pool, options, began):
            total, occurrences = total + 1, occurrences + report.occurrences
            broken += bool(report.violations)
            digests.update(report.digest.encode())
            for violation in report.violations[:5]:
                print(f"seed {report.seed}: {violation}")
            if report.violations:
                print(f"  replay: python -m tests.simulation --seed {report.seed}{_flags(options)}")
            if total % 20 == 0:
                print(f"{total} seeds, {occurrences:,} runs, {time.monotonic() - began:.0f} s", file=sys.stderr)
    print(f"{total} seeds, {occurrences:,} runs in {time.monotonic() - began:.1f} s; {broken} seeds broke a promise")
    if options.digest:
        print(f"the days' digest is {digests.hexdigest()[:16]}")
    return int(broken > 0)


def _reports(pool: Pool, options: argparse.Namespace, began: float) -> Iterator[Report]:
    live = partial(judge, length=_length(options), is_digested=options.digest)
    if options.minutes is None:
        yield from pool.imap(live, range(options.start, options.start + options.seeds), SEEDS_AT_ONCE)
        return
    for start in itertools.count(options.start, 5 * SEEDS_AT_ONCE):
        yield from pool.imap(live, range(start, start + 5 * SEEDS_AT_ONCE), SEEDS_AT_ONCE)
        if time.monotonic() - began > options.minutes * 60:
            return


def _flags(options: argparse.Namespace) -> str:
    return (
        (" --short" if options.short else "")
        + (" --overlap" if options.overlap else "")
        + (" --rare" if options.rare else "")
        + ("" if options.losses else " --no-losses")
        + ("" if options.updates else " --no-updates")
    )


def _length(options: argparse.Namespace) -> Day:
    length = SHORT if options.short else WHOLE
    return replace(
        length,
        has_overlap=options.overlap,
        has_rarities=options.rare,
        has_losses=options.losses,
        has_updates=options.updates,
    )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seeds", type=int, default=200, help="how many to live (default 200)")
    parser.add_argument("--start", type=int, default=0, help="the first seed (default 0)")
    parser.add_argument("--jobs", type=int, default=2, help="how many at a time (default 2)")
    parser.add_argument("--minutes", type=float, help="go on with new seeds for so long")
    parser.add_argument("--seed", type=int, help="replay one seed, with a trace")
    parser.add_argument("--target", default="", help="trace this target only")
    parser.add_argument("--occurrence", default="", help="trace this occurrence only, such as 2026-03-02T07:00:00Z")
    parser.add_argument("--short", action="store_true", help="days of seven and a half hours")
    parser.add_argument("--overlap", action="store_true", help="with targets whose runs take longer than their period")
    parser.add_argument("--rare", action="store_true", help="with runs by hand, backfills, rrules and exclusions")
    parser.add_argument("--no-losses", action="store_false", dest="losses", help="nothing is lost, no function is down")
    parser.add_argument("--no-updates", action="store_false", dest="updates", help="whole items alone are written")
    parser.add_argument(
        "--digest", action="store_true", help="tell by a digest whether two versions live the same days"
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())

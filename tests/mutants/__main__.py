"""Removes each promise's line in turn and shows which test notices: `make mutants`, or with ARGS="--only lease"."""

import argparse
import json
import sys
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.mutants.catalogue import MUTANTS, Mutant
from tests.mutants.judging import ROOT, BaselineError, Judge, Verdict

KILLERS = Path(__file__).with_name("killers.json")
"""The test that noticed each mutant last; asked first, so that a mutant mostly costs one test and not four suites."""


def main(arguments: Sequence[str]) -> int:
    """Try the mutants that are asked for; return 1 if any survived, 2 if the tests fail without one."""
    options = _options(arguments)
    killers: dict[str, str] = json.loads(KILLERS.read_text()) if KILLERS.exists() else {}
    chosen = [one for one in MUTANTS if options.only in f"{one.name} {one.promise}"]
    if options.resume:
        chosen = [one for one in chosen if one.name not in killers]
    _refuse_stale(chosen)
    judge = Judge(killers)
    known = tuple(dict.fromkeys(killers[one.name] for one in chosen if one.name in killers))
    if known and (broken := judge.baseline(known)):
        print(f"{broken} fails without any mutant; mend that first")
        return 2
    try:
        verdicts = _tried(chosen, judge, options.jobs)
    except BaselineError as error:
        print(error)
        return 2
    survivors = [verdict.mutant.name for verdict in verdicts if verdict.killer is None]
    print("; ".join([f"{len(verdicts) - len(survivors)} killed, {len(survivors)} survived", *survivors]))
    return int(bool(survivors))


def _tried(chosen: Sequence[Mutant], judge: Judge, jobs: int) -> list[Verdict]:
    verdicts = []
    with ThreadPoolExecutor(jobs) as threads:
        for number, verdict in enumerate(threads.map(judge.judge, chosen), 1):
            fate = f"killed by {verdict.killer}" if verdict.killer else "SURVIVED"
            mutant, place = verdict.mutant, _line(verdict.mutant)
            told = f"{mutant.promise} | {place} | {mutant.name} | {fate} ({verdict.seconds:.0f} s)"
            print(f"[{number}/{len(chosen)}] {told}", flush=True)
            _remember(verdict, judge.killers)
            verdicts.append(verdict)
    return verdicts


def _line(mutant: Mutant) -> str:
    before = (ROOT / mutant.path).read_text().partition(mutant.old)[0]
    return f"{mutant.path}:{before.count(chr(10)) + 1}"


def _remember(verdict: Verdict, killers: dict[str, str]) -> None:
    name, killer = verdict.mutant.name, verdict.killer
    killers.pop(name, None)
    if killer and "::" in killer:
        killers[name] = killer
    names = [one.name for one in MUTANTS if one.name in killers]
    KILLERS.write_text(json.dumps({one: killers[one] for one in names}, indent=2) + "\n")


def _refuse_stale(mutants: Iterable[Mutant]) -> None:
    """End with a line for each mutant whose text does not stand in its file just once."""
    stale = [one for one in mutants if (ROOT / one.path).read_text().count(one.old) != 1]
    if stale:
        sys.exit(
            "\n".join(
                f"stale mutant {one.name}: its text is not once in {one.path}; bring it up to date" for one in stale
            )
        )


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make mutants", description=__doc__)
    parser.add_argument("--only", default="", help="mutants whose name or promise holds this text")
    parser.add_argument("--resume", action="store_true", help="only mutants that no test is known to notice")
    parser.add_argument("--jobs", type=int, default=2, help="how many at a time (default 2)")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

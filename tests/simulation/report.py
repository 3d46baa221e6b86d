"""What one seed came to, and the replay of one."""

import gc
from dataclasses import dataclass

from tests.simulation import day
from tests.simulation.checkers import violations
from tests.simulation.digest import digest_of


@dataclass(frozen=True, slots=True)
class Report:
    """The outcome of one seed; the digest is empty where none was asked for."""

    seed: int
    occurrences: int
    violations: tuple[str, ...]
    digest: str = ""


def judge(seed: int, length: day.Day = day.WHOLE, *, is_digested: bool = False) -> Report:
    """Live a seed's day and look for broken promises."""
    is_collecting = gc.isenabled()
    gc.disable()
    try:
        return _judged(seed, length, is_digested)
    finally:
        if is_collecting:
            gc.enable()
            gc.collect()


def _judged(seed: int, length: day.Day, is_digested: bool) -> Report:  # noqa: FBT001  of `judge` alone
    world = day.live(seed, length)
    digest = digest_of(world) if is_digested else ""
    return Report(seed, sum(map(len, world.runs.by_target.values())), tuple(violations(world)), digest)


def replay(seed: int, target_id: str, occurrence: str, *, length: day.Day = day.WHOLE) -> int:
    """Live a seed's day again, print the life of what was asked for, and what broke; return 1 if anything did."""
    world, random = day.dawn(seed, length)
    world.journal.tell = print if target_id or occurrence else None
    world.journal.about = (target_id, occurrence)
    print(world.knobs)
    day.begin(world, random, length)
    world.hub.run(int(length.end * 3_600_000))
    found = violations(world)
    print(*found, f"seed {seed}: {len(found)} broken promises; the day's digest is {digest_of(world)}", sep="\n")
    return int(bool(found))

"""A virtual day: hours with faults, then hours without, at whose end everything must be in order."""

from dataclasses import dataclass, replace
from datetime import timedelta
from random import Random

from tests.simulation.knobs import HOUR_MS, drawn, worsened
from tests.simulation.population import overlapping, population, precise
from tests.simulation.rarities import Hands, rare_targets
from tests.simulation.redriving import redrive
from tests.simulation.users import Users
from tests.simulation.world import World


@dataclass(frozen=True, slots=True)
class Day:
    """When faults stop, from when on everything has to be on time, and when the day ends, in hours.

    Between the first two lies the stated bound: two and a half hours after faults stop, nothing is left of them.
    `has_rarities` and `has_overlap` turn those knobs on for every seed; without `has_losses` nothing is lost, no
    function stands still and no target is precise, as in the seeds that were found before those knobs; without it, or
    without `has_updates`, users change schedules by whole items alone.
    """

    faults_end: float
    settled: float
    end: float
    has_overlap: bool = False
    has_rarities: bool = False
    has_losses: bool = True
    has_updates: bool = True


WHOLE = Day(19, 21.5, 24)
SHORT = Day(4, 6.5, 7.5)


def live(seed: int, day: Day = WHOLE) -> World:
    """Return the world of a seed at the end of its day."""
    world, random = dawn(seed, day)
    begin(world, random, day)
    world.hub.run(int(day.end * HOUR_MS))
    return world


def dawn(seed: int, day: Day = WHOLE) -> tuple[World, Random]:
    """Return the world of a seed before its day, and what its day is drawn from."""
    random = Random(f"day {seed}")
    knobs = drawn(random)
    return World(seed, worsened(knobs, Random(f"losses {seed}")) if day.has_losses else knobs), random


def begin(world: World, random: Random, day: Day) -> None:
    """Enter into a world's agenda all that happens in its day."""
    knobs, last = world.knobs, int((day.faults_end - 1) * HOUR_MS)
    world.settled_ms = int(day.settled * HOUR_MS)
    users = Users(world, random, Random(random.getrandbits(64)) if day.has_losses and day.has_updates else None)
    users.write(population(random, day.faults_end), within_ms=HOUR_MS // 30)
    if day.has_overlap or knobs.overlapping:
        users.write([overlapping(random, one, day.faults_end) for one in ("skip", "queue")], within_ms=HOUR_MS // 30)
    if day.has_rarities or knobs.rarities:
        users.write(rare_targets(random), within_ms=HOUR_MS // 30)
        Hands(world, random).ask(40, HOUR_MS // 10, last)
    if day.has_losses:
        users.write(precise(random), within_ms=HOUR_MS // 30)
    users.edit(knobs.edits, HOUR_MS // 10, last)
    if knobs.stop_ms:
        world.hub.at(random.randint(HOUR_MS, max(HOUR_MS, last - 4 * HOUR_MS)), world.stop_region, knobs.stop_ms)
    if knobs.sweep_gap_ms:
        _without_sweeps(world, random.randint(HOUR_MS, last))
    if knobs.brownout_ms:
        _browned_out(world, random.randint(HOUR_MS, last))
    if knobs.outage_ms:
        world.hub.at(random.randint(HOUR_MS, last), world.stop_function, knobs.outage_of, knobs.outage_ms)
    for _ in range(knobs.redrives):
        world.hub.at(random.randint(HOUR_MS, last + HOUR_MS), redrive, world)
    if knobs.deploys:
        world.hub.at(random.randint(HOUR_MS, last), _deploy, world)
    world.hub.at(int(day.faults_end * HOUR_MS), world.use, knobs.calm())


def _without_sweeps(world: World, at_ms: int) -> None:
    def switch(*, on: bool) -> None:
        world.is_sweeping = on

    world.hub.at(at_ms, lambda: switch(on=False))
    world.hub.at(at_ms + world.knobs.sweep_gap_ms, lambda: switch(on=True))


def _browned_out(world: World, at_ms: int) -> None:
    def switch(*, on: bool) -> None:
        world.fate.is_browned_out = on

    world.hub.at(at_ms, lambda: switch(on=True))
    world.hub.at(at_ms + world.knobs.brownout_ms, lambda: switch(on=False))


def _deploy(world: World) -> None:
    """Deploy with another lead; what is running goes on with the old one."""
    world.settings = replace(world.settings, lead=timedelta(seconds=world.random.choice((60, 300, 2400))))

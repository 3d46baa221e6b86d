"""A virtual day: nineteen hours with faults, then five without, at whose end everything must be in order."""

from random import Random

from tests.simulation.knobs import HOUR_MS, Knobs, drawn
from tests.simulation.population import population
from tests.simulation.users import Users
from tests.simulation.world import World

FAULTS_END_MS = 19 * HOUR_MS
SETTLED_MS = 21 * HOUR_MS + HOUR_MS // 2
"""By then every occurrence that was due during the faults has ended: the stated bound is two and a half hours."""
DAY_MS = 24 * HOUR_MS


def live(seed: int, knobs: Knobs | None = None) -> World:
    """Return the world of a seed at the end of its day."""
    random = Random(f"day {seed}")
    knobs = knobs or drawn(random)
    world = World(seed, knobs)
    begin(world, random)
    world.hub.run(DAY_MS)
    return world


def begin(world: World, random: Random) -> None:
    """Enter into a world's agenda all that happens in its day."""
    knobs = world.knobs
    world.settled_ms = SETTLED_MS
    users = Users(world, random)
    users.write(population(random), within_ms=2 * HOUR_MS // 60)
    users.edit(knobs.edits, HOUR_MS // 10, FAULTS_END_MS - HOUR_MS)
    if knobs.stop_ms:
        world.hub.at(random.randint(HOUR_MS, 14 * HOUR_MS), world.stop_region, knobs.stop_ms)
    if knobs.sweep_gap_ms:
        _without_sweeps(world, random.randint(HOUR_MS, 17 * HOUR_MS))
    if knobs.brownout_ms:
        _browned_out(world, random.randint(HOUR_MS, 17 * HOUR_MS))
    if knobs.deploys:
        world.hub.at(random.randint(HOUR_MS, 17 * HOUR_MS), _deploy, world)
    world.hub.at(FAULTS_END_MS, world.use, knobs.calm())


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
    from dataclasses import replace
    from datetime import timedelta

    world.settings = replace(world.settings, lead=timedelta(seconds=world.random.choice((60, 300, 2400))))

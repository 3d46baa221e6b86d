"""Each promise of docs/promises.md, as a question to a world at the end of its day; no scenario knows of them."""

from typing import TYPE_CHECKING

from tests.simulation.checkers.attempts import attempts
from tests.simulation.checkers.chains import chains
from tests.simulation.checkers.endings import endings
from tests.simulation.checkers.ends import ends
from tests.simulation.checkers.grids import grids
from tests.simulation.checkers.obedience import obedience
from tests.simulation.checkers.overlaps import overlaps
from tests.simulation.checkers.punctuality import punctuality
from tests.simulation.checkers.wishes import wishes
from tests.simulation.timeline import periods

if TYPE_CHECKING:
    from tests.simulation.world import World

_CHECKERS = (attempts, chains, endings, ends, grids, obedience, overlaps, punctuality, wishes)


def violations(world: "World") -> list[str]:
    """Return every broken promise, as `promise: what happened`; none is what should be returned."""
    unheard = frozenset(id(record.change) for record in world.journal.given_up if record.source == "planner")
    by_target = {target_id: periods(writes, unheard) for target_id, writes in world.journal.targets.items()}
    found = list(world.journal.violations)
    for checker in _CHECKERS:
        found.extend(f"{checker.__name__}: {text}" for text in checker(world, by_target))
    return found

"""What was asked for by hand is run, or lies where a person finds it."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from tests.simulation.evidence import Evidence
from tests.simulation.period import Period

if TYPE_CHECKING:
    from tests.simulation.world import World


def wishes(world: "World", by_target: Mapping[str, list[Period]]) -> Iterator[str]:
    """Look for manual runs and backfills without a row and without a dead letter; `endings` looks at how rows ended."""
    evidence = Evidence(world)
    for target_id, run_id in world.journal.asked:
        if run_id in world.runs.by_target[target_id] or evidence.of(target_id, run_id):
            continue
        if not evidence.of_message(target_id):
            yield f"{target_id}/{run_id} was asked for by hand and left no trace"

"""Never early; one at a time; no attempt without a cause."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from schedule_model.instants import from_text
from tests.simulation.journal import Body
from tests.simulation.period import Period

if TYPE_CHECKING:
    from tests.simulation.world import World


def attempts(world: "World", by_target: Mapping[str, list[Period]]) -> Iterator[str]:
    """Look at every attempt as its runner saw it.

    An attempt is early when its executor's own clock is before the due instant. Two attempts at one occurrence may
    overlap only when the earlier was past its deadline: nothing can stop a thread that hangs.
    """
    by_key: dict[str, list[Body]] = defaultdict(list)
    for body in world.journal.bodies:
        key = f"{body.row.target_id}/{body.row.run_id}"
        if body.local < max(body.row.due_at, from_text(body.row.run_id.partition("#")[0])):
            yield f"{key} ran early, at {body.local} though due at {body.row.due_at}"
        for earlier in by_key[key]:
            if earlier.attempt == body.attempt:
                yield f"{key} had its attempt {body.attempt} twice"
            is_over = earlier.ended_ms is not None and earlier.ended_ms <= body.began_ms
            if not is_over and earlier.deadline_ms > body.began_ms:
                yield f"{key} had attempts {earlier.attempt} and {body.attempt} at the same time"
        by_key[key].append(body)

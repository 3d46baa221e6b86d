"""A digest of all that happened in a world: two lives of one seed have the same, on any machine."""

import hashlib
import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

from schedule_model.instants import to_text

if TYPE_CHECKING:
    from tests.simulation.world import World


def digest_of(world: "World") -> str:
    """Return 16 hexadecimal digits of the world's journal, its queue and its tables."""
    hashed = hashlib.sha256()
    for line in _lines(world):
        hashed.update(line.encode())
        hashed.update(b"\n")
    return hashed.hexdigest()[:16]


def _lines(world: "World") -> Iterator[str]:
    journal = world.journal
    for body in journal.bodies:
        yield f"{body.row.target_id}/{body.row.run_id} {body.attempt} {body.began_ms} {body.ended_ms} {body.local}"
    for write in journal.rows:
        yield f"{write.at_ms} {to_text(write.local)} {write.new!r}"
    for target_id, writes in journal.targets.items():
        for one in writes:
            yield f"{one.at_ms} {target_id} {one.sequence_number} {json.dumps(one.change.new)}"
    for record in journal.given_up:
        yield f"{record.at_ms} {record.source} {record.change.key}"
    for letter in world.queue.dead:
        yield f"{letter.body} {letter.reason}"
    yield json.dumps([[key, item] for key, item in world.timers.table.items.items()])
    yield json.dumps([[held.message_id, held.body] for held in world.queue.messages.values()])
    yield from journal.violations

"""What the loop has put aside for a person: dead letters, and stream records that were given up or never came."""

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.simulation.world import World


class Evidence:
    """Says for an occurrence, or for an edit, that it waits to be redriven."""

    def __init__(self, world: "World") -> None:
        self._occurrences: set[tuple[str, str]] = set()
        self._messages: set[str] = set()
        self._edits: dict[str, list[int]] = {}
        for letter in world.queue.dead:
            body = json.loads(letter.body)
            if "scheduled_at" not in body:
                self._messages.add(body.get("target_id", ""))
                continue
            suffix = f"#{body['suffix']}" if body.get("suffix") else ""
            self._occurrences.add((body["target_id"], body["scheduled_at"] + suffix))
        for record in world.journal.given_up:
            image = record.change.new or record.change.old or {}
            if record.source == "planner":
                self._edits.setdefault(record.change.key[0], []).append(record.written_ms)
            elif record.is_lost:
                continue
            elif "target_id" in image:
                self._occurrences.add((image["target_id"]["S"], image["scheduled_at"]["S"]))

    def of(self, target_id: str, run_id: str) -> bool:
        """Return whether an occurrence lies in a dead-letter queue or with the on-failure destination."""
        return (target_id, run_id) in self._occurrences

    def of_message(self, target_id: str) -> bool:
        """Return whether a message that a person wrote about this target was buried; it does not name its run."""
        return target_id in self._messages or (target_id.startswith("task.") and "" in self._messages)

    def of_edit(self, target_id: str, since_ms: int, until_ms: int | None = None) -> bool:
        """Return whether an edit of this target between two instants has a record that did not reach the planner."""
        edits = self._edits.get(target_id, ())
        return any(since_ms <= at_ms and (until_ms is None or at_ms <= until_ms) for at_ms in edits)

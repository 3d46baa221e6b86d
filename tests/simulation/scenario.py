"""A small world without faults, for tests that bring about one thing at a time."""

from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

from schedule_model.run import Run, RunStatus
from tests.simulation.checkers import violations
from tests.simulation.hub import EPOCH, ms_of
from tests.simulation.journal import Body
from tests.simulation.knobs import CALM
from tests.simulation.users import Users
from tests.simulation.world import World

START = EPOCH


class Scenario:
    """A calm world, with users to write targets and hands to kill executors.

    Args:
        profile: how long TTL takes.
    """

    def __init__(self, profile: str = "instant") -> None:
        self.world = World(1, replace(CALM, profile=profile))
        self.world.settled_ms = 1 << 60
        self._users = Users(self.world, Random(1))

    def write(self, target_id: str = "t", schedule: str = "rate(1 minute)", **fields: object) -> None:
        """Create a target, or write the whole of it anew, without its plan."""
        item = {"id": target_id, "type": "simulated", "schedule": schedule, "params": {"mode": "steady"}}
        self._users.write([item | fields], within_ms=0)
        self.run(milliseconds=1)

    def change(self, target_id: str = "t", **fields: object) -> None:
        """Write the whole item with some fields changed, as a put-item does."""
        self._users.put(target_id, **fields)

    def delete(self, target_id: str = "t") -> None:
        """Delete a target."""
        self._users.delete(target_id)

    def run(self, **length: float) -> None:
        """Let virtual time pass, given as the keywords of a `timedelta`."""
        self.world.hub.run(self.world.hub.now_ms + int(timedelta(**length).total_seconds() * 1000))

    def run_until(self, instant: datetime) -> None:
        """Let virtual time pass up to an instant."""
        self.world.hub.run(ms_of(instant))

    def bodies(self, target_id: str = "t") -> list[Body]:
        """Return the attempts that were made."""
        return [body for body in self.world.journal.bodies if body.row.target_id == target_id]

    def rows(self, target_id: str = "t") -> list[Run]:
        """Return the rows, earliest first."""
        return sorted(self.world.runs.by_target[target_id].values(), key=lambda row: row.run_id)

    def completed(self, target_id: str = "t") -> list[datetime]:
        """Return the occurrences that were completed."""
        return [row.scheduled_at for row in self.rows(target_id) if row.status is RunStatus.COMPLETED]

    def latest_start(self, target_id: str = "t") -> timedelta:
        """Return how late the latest-starting first attempt was."""
        return max(body.local - body.row.due_at for body in self.bodies(target_id) if body.attempt == 1)

    def kill_next_executor_mid_run(self, target_id: str = "t") -> Body:
        """Let time pass until a run goes on, and kill its executor."""
        known = len(self.bodies(target_id))
        while len(self.bodies(target_id)) == known:
            self.run(milliseconds=5)
        body = self.bodies(target_id)[-1]
        body.invocation.kill()
        return body

    def broken(self) -> list[str]:
        """Return every promise that this world broke."""
        return violations(self.world)

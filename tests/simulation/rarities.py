"""What few people do: runs and tasks by hand, backfills, and the rarer forms of a schedule."""

import json
from datetime import timedelta
from random import Random
from typing import TYPE_CHECKING

from functions.aws.items import decode_item
from schedule_model.backfilling import InvalidBackfillError, backfill
from schedule_model.errors import InvalidTargetError
from schedule_model.instants import to_text
from schedule_model.plan import plan_of
from schedule_model.reading_targets import parse_target
from schedule_model.run_request import DispatchedBy, RunRequest, Trigger
from tests.simulation.hub import instant_of
from tests.simulation.population import Item

if TYPE_CHECKING:
    from tests.simulation.world import World


def rare_targets(random: Random) -> list[Item]:
    """Return targets with rrules, several expressions, exclusions, and a limit at which they go."""
    schedules: list[Item] = [
        {"schedule": "rrule(FREQ=HOURLY;INTERVAL=2;BYMINUTE=10,40)"},
        {"schedule": ["rate(3 hours)", "cron(20 * * * ? *)"]},
        {"schedule": "rate(30 minutes)", "except": ["cron(* 8-11 * * ? *)"]},
        {"schedule": "rate(20 minutes)", "except": ["2026-03-02"], "timezone": "America/New_York"},
        {"schedule": "rate(40 minutes)", "max_runs": 4, "on_complete": "delete"},
        {"schedule": "rate(10 minutes)", "max_runs": 9, "catch_up": "all"},
    ]
    modes = ("steady", "flaky", "raising", "hanging")
    return [
        {"id": f"rare{place}", "type": "simulated", "params": {"mode": random.choice(modes)}} | fields
        for place, fields in enumerate(schedules)
    ]


class Hands:
    """Ask for runs by hand, and keep account of what was asked for."""

    def __init__(self, world: "World", random: Random) -> None:
        self._world = world
        self._random = random

    def ask(self, count: int, from_ms: int, until_ms: int) -> None:
        """Enter `count` wishes into the agenda."""
        for _ in range(count):
            self._world.hub.at(self._random.randint(from_ms, until_ms), self._ask)

    def _ask(self) -> None:
        if self._world.is_stopped:
            self._world.when_restarted(self._ask)
            return
        items = self._world.targets.table.items
        target_id = self._random.choice(sorted(key[0] for key in items))
        self._random.choice((self._message, self._message, self._run_now, self._task, self._backfill))(target_id)

    def _message(self, target_id: str) -> None:
        """Write to the queue what a person writes."""
        held = self._world.queue.put(json.dumps({"target_id": target_id}), timedelta(0))
        self._note(target_id, f"{to_text(held.sent_at)}#{held.message_id}")

    def _task(self, _: str) -> None:
        held = self._world.queue.put(json.dumps({"task": "simulated", "params": {"mode": "flaky"}}), timedelta(0))
        self._note(f"task.{held.message_id}", f"{to_text(held.sent_at)}#{held.message_id}")

    def _run_now(self, target_id: str) -> None:
        """Send what the command line sends."""
        now = instant_of(self._world.hub.now_ms)
        request = RunRequest(
            target_id=target_id,
            scheduled_at=now,
            due_at=now,
            dispatched_by=DispatchedBy.MANUAL,
            trigger=Trigger.MANUAL,
            suffix=f"{self._random.getrandbits(32):08x}",
        )
        self._send(request)

    def _backfill(self, target_id: str) -> None:
        item = decode_item(self._world.targets.table.items[target_id,])
        now = instant_of(self._world.hub.now_ms)
        try:
            target, start = parse_target(item), now - timedelta(hours=self._random.choice((1, 12)))
            for request in backfill(target, plan_of(item), start, now, now=now, limit=24):
                self._send(request)
        except (InvalidTargetError, InvalidBackfillError):
            self._world.journal.note(self._world.hub.now_ms, target_id, "", "nothing to backfill")

    def _send(self, request: RunRequest) -> None:
        self._world.queue.put(request.model_dump_json(), timedelta(0))
        self._note(request.target_id, request.run_id)

    def _note(self, target_id: str, run_id: str) -> None:
        self._world.journal.asked.setdefault((target_id, run_id), self._world.hub.now_ms)

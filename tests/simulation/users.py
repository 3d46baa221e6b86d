"""Users, who edit their targets at the worst moment."""

from collections.abc import Callable
from datetime import timedelta
from random import Random
from typing import TYPE_CHECKING

from functions.aws.items import decode_item, encode_item
from schedule_model.instants import from_text, to_text
from tests.simulation.hub import instant_of, ms_of
from tests.simulation.population import Item

if TYPE_CHECKING:
    from tests.simulation.world import World

_OTHER_SCHEDULES = ("rate(7 minutes)", "rate(45 minutes)", "cron(5 * * * ? *)", "rate(3 hours)")


class Users:
    """Write the targets of a world, and edit them.

    Each edit is a whole `put-item` without `plan`, an `update-item`, or a delete, as a person or a program would do it.
    Which of the first two is drawn from `updates`; without it, what can be put is.
    """

    def __init__(self, world: "World", random: Random, updates: Random | None = None) -> None:
        self._world = world
        self._random = random
        self._updates = updates
        self._meant: dict[str, Item] = {}
        self._edits = (
            self._put_again,
            self._put_again,
            self._update_params,
            self._change_schedule,
            self._there_and_back,
            self._pause_and_resume,
            self._shorten,
            self._delete_and_create,
            self._spoil_and_mend,
            self._put_what_was_read,
        )

    def write(self, items: list[Item], within_ms: int) -> None:
        """Create the targets, spread over a while."""
        for item in items:
            self._meant[str(item["id"])] = item
            self._world.hub.after(self._random.randint(0, within_ms), self.put, str(item["id"]))

    def edit(self, count: int, from_ms: int, until_ms: int) -> None:
        """Enter `count` edits into the agenda."""
        for _ in range(count):
            self._world.hub.at(self._random.randint(from_ms, until_ms), self._edit)

    def put(self, target_id: str, **fields: object) -> None:
        """Write the whole item, without the plan that it may have; a field that is None is left out."""
        self._meant[target_id] = self._meant[target_id] | fields
        self._when_up(lambda: self._world.targets.table.put(encode_item(self._meant[target_id])))

    def change(self, target_id: str, **fields: object) -> None:
        """Write these fields of a target, with all others or by themselves; a field that is None is left out.

        One in eight comes with notes, each a whole item, so close that the planner may not keep up.
        """
        if self._updates is None:
            self.put(target_id, **fields)
            return
        if self._updates.random() < 0.5:
            self.put(target_id, **fields)
        else:
            self._meant[target_id] = self._meant[target_id] | fields
            self._when_up(lambda: self._update(target_id, fields))
        if self._updates.random() < 0.125:
            for _ in range(self._updates.randint(2, 5)):
                self._world.hub.after(self._updates.randint(5, 400), self._put_note, target_id)

    def _put_note(self, target_id: str) -> None:
        if self._world.targets.table.get(target_id) is not None:
            self.put(target_id, note=f"noted at {self._world.hub.now_ms}")

    def _update(self, target_id: str, fields: dict[str, object]) -> None:
        # An `update-item` on a target that has just been deleted would create one without the other fields.
        if (typed := self._world.targets.table.get(target_id)) is not None:
            others = {name: value for name, value in typed.items() if name not in fields}
            self._world.targets.table.put(others | encode_item(fields))

    def delete(self, target_id: str) -> None:
        """Delete a target."""
        self._when_up(lambda: self._world.targets.table.delete(target_id))

    def _edit(self) -> None:
        target_id = self._random.choice(list(self._meant))
        delay_ms = self._until_the_worst_moment(target_id) if self._random.random() < 0.5 else 0
        self._world.hub.after(delay_ms, self._edit_now, target_id)

    def _edit_now(self, target_id: str) -> None:
        if self._world.targets.table.get(target_id) is not None:
            self._random.choice(self._edits)(target_id)

    def _until_the_worst_moment(self, target_id: str) -> int:
        """Return how long it is until shortly before or after the target's next run is due."""
        now_ms = self._world.hub.now_ms
        rows = self._world.timers.table.items.values()
        dues = [ms_of(from_text(row["due_at"]["S"])) for row in rows if row.get("target_id") == {"S": target_id}]
        coming = [due for due in dues if now_ms < due < now_ms + 7_200_000]
        return max(0, min(coming) - now_ms + self._random.randint(-1_500, 1_500)) if coming else 0

    def _put_again(self, target_id: str) -> None:
        params = self._meant[target_id].get("params")
        assert params is None or isinstance(params, dict)
        self.change(target_id, params=(params or {}) | {"text": f"edited at {self._world.hub.now_ms}"})

    def _update_params(self, target_id: str) -> None:
        typed = self._world.targets.table.get(target_id)
        if typed is not None and "params" in typed:
            params = {"M": typed["params"]["M"] | {"text": {"S": f"updated at {self._world.hub.now_ms}"}}}
            self._when_up(lambda: self._world.targets.table.put(typed | {"params": params}))

    def _change_schedule(self, target_id: str) -> None:
        self.change(target_id, schedule=self._random.choice(_OTHER_SCHEDULES))

    def _there_and_back(self, target_id: str) -> None:
        schedule = self._meant[target_id]["schedule"]
        self.change(target_id, schedule="rate(11 minutes)")
        self._world.hub.after(self._soon_ms(), lambda: self.change(target_id, schedule=schedule))

    def _pause_and_resume(self, target_id: str) -> None:
        self.change(target_id, active=False)
        self._world.hub.after(self._soon_ms(), lambda: self.change(target_id, active=True))

    def _shorten(self, target_id: str) -> None:
        is_dense = target_id.startswith(("dense", "brief", "minutely"))
        hours = 0.05 if is_dense else self._random.choice((1, 8))
        ends_at = instant_of(self._world.hub.now_ms) + timedelta(hours=hours)
        self.change(target_id, ends_at=to_text(ends_at), starts_at=None)

    def _delete_and_create(self, target_id: str) -> None:
        self.delete(target_id)
        if self._random.random() < 0.8:
            self._world.hub.after(self._soon_ms(), self.put, target_id)

    def _spoil_and_mend(self, target_id: str) -> None:
        self.change(target_id, schedule_expression="rate(1 hour)")
        self._world.hub.after(self._soon_ms(), lambda: self.change(target_id, schedule_expression=None))

    def _put_what_was_read(self, target_id: str) -> None:
        """Read the item, plan and all, and write it back changed a moment later, as a careless program does."""
        typed = self._world.targets.table.get(target_id)
        if typed is None:
            return
        note = {"note": {"S": f"seen at {self._world.hub.now_ms}"}}

        def put_back() -> None:
            if self._world.targets.table.get(target_id) is not None:
                self._world.targets.table.put(typed | note)
                self._meant[target_id] = {k: v for k, v in decode_item(typed | note).items() if k != "plan"}

        self._world.hub.after(self._random.choice((50, 500, 5_000)), lambda: self._when_up(put_back))

    def _soon_ms(self) -> int:
        return self._random.choice((20, 200, 600, 3_000, 60_000, 1_200_000))

    def _when_up(self, write: Callable[[], None]) -> None:
        if self._world.is_stopped:
            self._world.when_restarted(write)
        else:
            write()

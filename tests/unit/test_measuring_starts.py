"""What the rows of precise runs tell of their start."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import replace as with_other

import pytest

from functions.aws.items import encode_item
from functions.executor import app as executor
from functions.work import Answer, TimedOut, Work
from tests.simulation.memory import VirtualClock
from tests.unit.examples import NOON, item, planned, request, seconds
from tests.unit.executing import Stack


@dataclass
class BusyCrew:
    """Starts its work 2.5 s late, as on a busy machine; all of it ends together."""

    clock: VirtualClock

    def carry_out(self, work: Sequence[Work[Answer]]) -> Iterator[Mapping[int, Answer | TimedOut]]:
        self.clock.wait_until(NOON + seconds(2.5))
        yield {place: piece.do() for place, piece in enumerate(work)}


@pytest.mark.parametrize("ids", [["alone"], ["one", "beside"]])
def test_precise_runs_tell_when_they_really_began_alone_and_together(ids: list[str]) -> None:
    stack = Stack(item(), late=-seconds(1))
    for one in ids:
        stack.targets.table.put(encode_item(planned(item(id=one, precise=True))))
    bodies = {one: request(target_id=one, precise=True).model_dump_json() for one in ids}
    records = [{"messageId": one, "body": body, "attributes": {}} for one, body in bodies.items()]

    executor.handle({"Records": records}, with_other(stack.ports(), crew=BusyCrew(stack.clock)))

    rows = [stack.runs.by_target[one]["2026-11-20T12:00:00Z"] for one in ids]
    assert {(row.started_at, row.lateness_ms) for row in rows} == {(NOON + seconds(2.5), 2500)}

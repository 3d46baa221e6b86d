"""Somebody redrives the dead letters, as the command line does."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from functions.aws.items import decode_item
from hourglass.dead_letters import Discard, Keep, Letter, RunAgain, fate_of, request_in
from schedule_model.dispatching import queue_run
from schedule_model.found import Found
from tests.simulation.hub import instant_of

if TYPE_CHECKING:
    from functions.ports import DeadLetter
    from tests.simulation.world import World

_EPOCH = datetime.fromtimestamp(0, UTC)


def redrive(world: "World") -> None:
    """Deal with each letter that there is: send its run again, discard it or leave it."""
    if world.is_stopped:
        world.when_restarted(redrive, world)
        return
    world.queue.dead = [letter for letter in world.queue.dead if not _is_dealt_with(world, letter)]


def _is_dealt_with(world: "World", dead: "DeadLetter") -> bool:
    letter = Letter("", "", dead.body, dead.reason, {}, _EPOCH)
    request, now = request_in(letter), instant_of(world.hub.now_ms)
    # What a person wrote is named by its message's id, which this queue does not keep.
    if isinstance(request, Keep) or "scheduled_at" not in dead.body:
        return False
    typed = world.targets.table.get(request.target_id)
    target = None if typed is None else Found.of(decode_item(typed))
    match fate_of(request, world.runs.read(request.target_id, request.run_id), target, now=now):
        case RunAgain(request=again):
            world.queue.send([queue_run(again, now=now)])
            if again.run_id != request.run_id:
                world.journal.asked.setdefault((again.target_id, again.run_id), world.hub.now_ms)
            world.note_body(dead.body, f"redriven as {again.run_id}")
            return True
        case Discard():
            return True
        case Keep():
            return False

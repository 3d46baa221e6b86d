"""A DynamoDB stream and its event source mapping, as AWS documents them.

Order holds per partition key; a batch that fails is tried again from its lowest failed record, halved when the whole
of it failed, and given up after the retries or the age that the mapping allows.
Source: Lambda developer guide, "Using AWS Lambda with Amazon DynamoDB" and "Configuring partial batch response".
"""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.simulation.hub import Process, instant_of
from tests.simulation.journal import GivenUp
from tests.simulation.memory.table import Change

if TYPE_CHECKING:
    from tests.simulation.world import World

BATCH = 100
LANES = 8
AGE_MAX_MS = 7_200_000
BACKOFF_MAX_MS = 60_000


@dataclass(frozen=True, slots=True)
class Record:
    """A stream record, and the change that it tells of."""

    at_ms: int
    number: str
    change: Change
    event: Mapping[str, Any]


@dataclass(slots=True)
class Lane:
    """Records that are delivered in order, one batch at a time."""

    waiting: deque[Record] = field(default_factory=deque)
    is_busy: bool = False
    tries: int = 0
    limit: int = BATCH


class StreamSource:
    """Hands the changes of one table to one function."""

    def __init__(self, world: "World", function: str, wants: Callable[[Change], bool]) -> None:
        self.lanes = [Lane() for _ in range(LANES)]
        self._world = world
        self._function = function
        self._wants = wants

    def take(self, change: Change, number: str) -> None:
        """Take up a change of the table."""
        if not self._wants(change):
            return
        now_ms = self._world.hub.now_ms
        if self._world.strikes(self._world.knobs.record_lost) and not self._world.is_of_retry(change):
            self._world.journal.given_up.append(GivenUp(now_ms, now_ms, self._function, change, is_lost=True))
            if change.new is None and change.old and "target_id" in change.old:
                self._world.journal.lost_ms[change.old["target_id"]["S"], change.old["scheduled_at"]["S"]] = now_ms
            self._world.note_change(change, f"{self._function} stream: record lost")
            return
        lane = self.lanes[sum(change.key[0].encode()) % LANES]
        lane.waiting.append(Record(now_ms, number, change, _event_of(change, number, now_ms)))
        if not lane.is_busy:
            lane.is_busy = True
            self._world.hub.after(self._world.knobs.latencies.stream_ms(self._world.random), self._poll, lane)

    def _poll(self, lane: Lane) -> None:
        world = self._world
        if world.is_stopped:
            world.when_restarted(self._poll, lane)
            return
        while lane.waiting and world.hub.now_ms - lane.waiting[0].at_ms > AGE_MAX_MS:
            self._give_up(lane, 1)
        if not lane.waiting:
            lane.is_busy = False
            return
        batch = [lane.waiting[place] for place in range(min(lane.limit, len(lane.waiting)))]
        event = {"Records": [record.event for record in batch]}
        world.invoke(self._function, event, lambda process, _: self._ended(lane, batch, process))

    def _ended(self, lane: Lane, batch: list[Record], process: Process) -> None:
        world = self._world
        failed_at = _lowest_failure(batch, process)
        done = len(batch) if failed_at is None else failed_at
        if failed_at is None and world.strikes(world.knobs.record_again):
            done = 0
        for _ in range(done):
            lane.waiting.popleft()
        if failed_at is None:
            lane.tries, lane.limit = 0, BATCH
            world.hub.after(world.random.randint(20, 200), self._poll, lane)
            return
        self._retry(lane, batch, failed_at)

    def _retry(self, lane: Lane, batch: list[Record], failed_at: int) -> None:
        world = self._world
        lane.tries = 1 if failed_at else lane.tries + 1
        left = len(batch) - failed_at
        if lane.tries > world.knobs.record_retries:
            self._give_up(lane, left)
            lane.tries, lane.limit = 0, BATCH
        else:
            lane.limit = max(1, (left + 1) // 2)
        pause = min(BACKOFF_MAX_MS, 500 * 2 ** min(lane.tries, 10))
        world.hub.after(world.random.randint(pause // 2, pause), self._poll, lane)

    def _give_up(self, lane: Lane, number: int) -> None:
        world = self._world
        for _ in range(number):
            record = lane.waiting.popleft()
            world.journal.given_up.append(GivenUp(world.hub.now_ms, record.at_ms, self._function, record.change))
            world.note_change(record.change, f"{self._function} stream: record given up")


def _lowest_failure(batch: list[Record], process: Process) -> int | None:
    if process.error is not None:
        return 0
    response = process.result
    assert isinstance(response, dict)
    failed = [failure["itemIdentifier"] for failure in response["batchItemFailures"]]
    if not failed:
        return None
    places = {record.number: place for place, record in enumerate(batch)}
    return min(places.get(number, 0) for number in failed)


def _event_of(change: Change, number: str, now_ms: int) -> dict[str, Any]:
    content: dict[str, Any] = {
        "ApproximateCreationDateTime": int(instant_of(now_ms).timestamp()),
        "Keys": _keys_of(change),
        "SequenceNumber": number,
        "StreamViewType": "NEW_AND_OLD_IMAGES",
    }
    if change.old is not None:
        content["OldImage"] = change.old
    if change.new is not None:
        content["NewImage"] = change.new
    name = "INSERT" if change.old is None else "REMOVE" if change.new is None else "MODIFY"
    event: dict[str, Any] = {"eventName": name, "eventSource": "aws:dynamodb", "dynamodb": content}
    if change.by_ttl:
        event["userIdentity"] = {"type": "Service", "principalId": "dynamodb.amazonaws.com"}
    return event


def _keys_of(change: Change) -> dict[str, Any]:
    names = ("id",) if len(change.key) == 1 else ("slot", "timer_id")
    return {name: {"S": value} for name, value in zip(names, change.key, strict=True)}


def passes_dispatcher_filter(change: Change) -> bool:
    """Return whether template.yaml's FilterCriteria let a change of a timer through."""
    if change.new is not None:
        return bool(change.new.get("near") == {"BOOL": True})
    return change.by_ttl and change.old is not None and bool(change.old.get("near") == {"BOOL": False})

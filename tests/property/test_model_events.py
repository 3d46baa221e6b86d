"""Nothing that arrives can make a handler raise, and what it refuses it refuses for a reason of our own."""

import copy
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from functions.aws.events import BadRecordError
from functions.aws.items import encode_item
from functions.dispatcher import app as dispatcher
from functions.executor import app as executor
from functions.planner import app as planner
from functions.ports import Ports
from functions.registered_runners import RegisteredRunners
from functions.sweeper import app as sweeper
from schedule_model.settings import LoopSettings
from tests.simulation.memory import (
    InlineCrew,
    MemoryRunQueue,
    MemoryRuns,
    MemoryTargets,
    MemoryTimers,
    Recorder,
    VirtualClock,
)

HANDLERS: dict[str, Callable[..., Any]] = {
    "target": planner.handle,
    "timer": dispatcher.handle,
    "run": executor.handle,
    "sweep": sweeper.handle,
}
# What comes over HTTP has generated requests of its own, in tests/integration/api/test_openapi.py.
EVENTS = {
    path.stem: json.loads(path.read_text())
    for path in (Path(__file__).parents[2] / "events").glob("*.json")
    if path.stem.partition("-")[0] in HANDLERS
}
HOMEPAGE = {
    "id": "homepage",
    "type": "echo",
    "schedule": "rate(5 minutes)",
    "params": {"message": "hello"},
    "active": True,
}
AFTER_NOON = datetime(2026, 11, 20, 12, 6, tzinfo=UTC)

jsons = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from([10**4_000, -(10**400), 2**63, 1e308, -0.0])
    | st.floats(allow_nan=False)
    | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)
typed = st.sampled_from(
    [
        {"S": ""},
        {"S": "rate(1 second)"},
        {"S": "0001-01-01T00:00:00+23:00"},
        {"S": "9999-12-31T23:59:59Z"},
        {"N": "1e400"},
        {"N": "-1"},
        {"N": "NaN"},
        {"BOOL": True},
        {"NULL": True},
        {"M": {}},
        {"L": [{"S": "x"}]},
        {"SS": ["x"]},
        {"B": "eA=="},
    ]
)


def ports(*, is_planned: bool = True) -> Ports:
    clock = VirtualClock(AFTER_NOON)
    made = Ports(
        clock=clock,
        targets=MemoryTargets(),
        timers=MemoryTimers(),
        runs=MemoryRuns(),
        queue=MemoryRunQueue(clock),
        crew=InlineCrew(clock),
        runners=RegisteredRunners(),
        telemetry=Recorder(),
        random=Random(1),
        settings=LoopSettings(shards=1),
    )
    made.targets.create(HOMEPAGE)
    if is_planned:
        planner.handle(EVENTS["target-inserted"], made)
    return made


def reasons(found: Ports) -> list[BaseException]:
    """Return what was raised at the batch boundary other than our own refusal."""
    assert isinstance(found.telemetry, Recorder)
    return [error for error in found.telemetry.exceptions if not isinstance(error, BadRecordError)]


@st.composite
def mutilated(draw: st.DrawFn, names: list[str]) -> Any:
    """Draw an event that AWS sends, with a few of its parts taken out or replaced by something else."""
    event = copy.deepcopy(EVENTS[draw(st.sampled_from(names))])
    for _ in range(draw(st.integers(1, 4))):
        holders = list(_containers(event))
        holder, key = draw(st.sampled_from(holders)) if holders else (None, None)
        if holder is not None and draw(st.booleans()):
            del holder[key]
        elif holder is not None:
            holder[key] = copy.deepcopy(draw(typed | jsons))
    return event


def _containers(node: Any) -> Any:
    if isinstance(node, dict | list):
        for key in list(node) if isinstance(node, dict) else range(len(node)):
            yield node, key
            yield from _containers(node[key])


def names_for(kind: str) -> list[str]:
    return sorted(name for name in EVENTS if name.startswith(kind))


def is_batch_response(answer: Any) -> bool:
    return answer.keys() == {"batchItemFailures"} and all(
        failure.keys() == {"itemIdentifier"} and isinstance(failure["itemIdentifier"], str)
        for failure in answer["batchItemFailures"]
    )


def within(seconds: int) -> Any:
    return settings(max_examples=seconds, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@pytest.mark.parametrize("kind", ["target", "timer", "run"])
@given(event=jsons | st.builds(lambda records: {"Records": records}, st.lists(jsons, max_size=3) | jsons))
@within(100)
def test_whatever_json_arrives_no_handler_raises(kind: str, event: Any) -> None:
    found = ports()

    answer = HANDLERS[kind](event, found)

    assert is_batch_response(answer)
    assert reasons(found) == []


@st.composite
def junk_records(draw: st.DrawFn) -> list[Any]:
    """Draw up to four records that are none: anything, or a record's own shape with anything in it."""
    shaped = st.builds(
        lambda number, content, body: {
            "dynamodb": {"SequenceNumber": str(number)} | content,
            "messageId": str(number),
            "body": body,
        },
        st.integers(1, 10**30),
        st.dictionaries(
            st.sampled_from(["Keys", "NewImage", "OldImage", "ApproximateCreationDateTime"]), jsons | typed
        ),
        jsons,
    )
    found: list[Any] = draw(st.lists(jsons | shaped, min_size=1, max_size=4))
    return found


# What the good record of a batch comes to, whatever else is in it.
GOOD: dict[str, tuple[str, Callable[[Ports], bool]]] = {
    "target": ("target-inserted", lambda found: "plan" in found.targets.read(["homepage"])["homepage"]),
    "timer": ("timer-expired", lambda found: any("homepage" in body for body in _queued(found))),
    "run": ("run-due", lambda found: found.runs.read("homepage", "2026-11-20T12:05:00Z") is not None),
}


def _queued(found: Ports) -> list[str]:
    assert isinstance(found.queue, MemoryRunQueue)
    return [held.body for held in found.queue.messages.values()]


@pytest.mark.parametrize("kind", sorted(GOOD))
@given(junk=junk_records(), place=st.integers(0, 4))
@within(150)
def test_a_good_record_is_carried_out_whatever_else_is_in_its_batch(kind: str, junk: list[Any], place: int) -> None:
    name, is_done = GOOD[kind]
    (good,) = EVENTS[name]["Records"]
    found = ports(is_planned=kind == "run")
    assert not is_done(found)

    answer = HANDLERS[kind]({"Records": [*junk[:place], good, *junk[place:]]}, found)

    assert is_done(found)
    assert reasons(found) == []
    named = {_name_of(record) for record in junk}
    assert {failure["itemIdentifier"] for failure in answer["batchItemFailures"]} <= named


@pytest.mark.parametrize("kind", ["target", "timer"])
@given(junk=junk_records())
@within(100)
def test_each_record_that_cannot_be_read_is_buried_by_itself(kind: str, junk: list[Any]) -> None:
    found = ports(is_planned=False)
    unreadable = [record for record in junk if not (isinstance(record, dict) and record.get("dynamodb"))]

    HANDLERS[kind]({"Records": unreadable}, found)

    assert isinstance(found.queue, MemoryRunQueue)
    assert [json.loads(letter.body) for letter in found.queue.dead] == unreadable


def _name_of(record: Any) -> str:
    return str(record.get("messageId", "")) if isinstance(record, dict) else ""


@given(event=jsons)
@within(50)
def test_whatever_json_ticks_the_sweeper_sweeps(event: Any) -> None:
    assert HANDLERS["sweep"](event, ports())["failed"] == 0


@pytest.mark.parametrize("kind", ["target", "timer", "run"])
@given(data=st.data())
@within(250)
def test_whatever_is_wrong_with_an_event_of_aws_no_handler_raises(kind: str, data: st.DataObject) -> None:
    event, found = data.draw(mutilated(names_for(kind))), ports()

    answer = HANDLERS[kind](event, found)

    assert is_batch_response(answer)
    assert reasons(found) == []


FIELDS = ["id", "type", "schedule", "params", "active", "timezone", "starts_at", "ends_at", "except", "retry", "plan"]


@given(changes=st.dictionaries(st.sampled_from(FIELDS), typed, max_size=4))
@within(250)
def test_whatever_a_target_becomes_its_queued_run_ends_in_no_error(changes: dict[str, Any]) -> None:
    found = ports()
    assert isinstance(found.targets, MemoryTargets)
    stored = encode_item(HOMEPAGE | {"plan": found.targets.read(["homepage"])["homepage"]["plan"]})
    found.targets.table.put(stored | changes | {"id": {"S": "homepage"}})

    answer = executor.handle(EVENTS["run-due"], found)

    assert is_batch_response(answer)
    assert reasons(found) == []


def test_what_these_events_do_unharmed_is_not_nothing() -> None:
    found = ports()

    executor.handle(EVENTS["run-due"], found)

    assert found.clock.now() - AFTER_NOON < timedelta(seconds=1)
    assert found.runs.read("homepage", "2026-11-20T12:05:00Z") is not None

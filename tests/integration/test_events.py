"""Everything that can arrive, as AWS sends it: each file in events/ through the real entry points."""

import hashlib
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from functions.api.app import lambda_handler as api
from functions.dispatcher.app import lambda_handler as dispatcher
from functions.executor.app import lambda_handler as executor
from functions.planner.app import lambda_handler as planner
from functions.sweeper.app import lambda_handler as sweeper
from schedule_model.plan import plan_of, revision_of
from tests.http_events import answer_of
from tests.integration.moto_stack import NOON, Stack

FOLDER = Path(__file__).parents[2] / "events"
FILES = sorted(FOLDER.glob("*.json"))
FIRST, SECOND = (revision_of(f"30000000000000000000000{number}") for number in (1, 2))
HANDLED = {"batchItemFailures": []}
HOMEPAGE: dict[str, Any] = {
    "id": "homepage",
    "type": "echo",
    "schedule": "rate(5 minutes)",
    "params": {"message": "hello"},
    "active": True,
}

Judge = Callable[[Stack, Any], None]
JUDGES: dict[str, Judge] = {}


def event(name: str) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text())
    return read


def what_must_happen(name: str) -> Callable[[Judge], Judge]:
    """Register the judge of a file in events/."""

    def register(judge: Judge) -> Judge:
        JUDGES[name] = judge
        return judge

    return register


def planned(stack: Stack, **changes: object) -> None:
    """Bring the stack to where the homepage has its first plan and its first timer."""
    stack.write(HOMEPAGE | changes)
    assert stack.call(planner, event("target-inserted")) == HANDLED
    if changes:
        stack.plan_all()


def delays(stack: Stack) -> list[int]:
    """Return after how many seconds each message on the run queue becomes visible."""
    found, start = [], stack.clock.at
    for second in (0, 14 * 60, 15 * 60):
        stack.clock.at = start + timedelta(seconds=second)
        found += [second] * len(stack.receive())
    stack.clock.at = start
    return found


def timer_instants(stack: Stack) -> list[str]:
    return [timer["due_at"] for timer in stack.timers()]


@what_must_happen("target-inserted")
def target_inserted(stack: Stack, arriving: Any) -> None:
    stack.write(HOMEPAGE)

    assert stack.call(planner, arriving) == HANDLED

    plan = stack.plan("homepage")
    assert (plan["status"], plan["revision"], plan["next_run_at"]) == ("SCHEDULED", FIRST, "2026-11-20T12:05:00Z")
    assert [(timer["due_at"], timer["near"]) for timer in stack.timers()] == [("2026-11-20T12:05:00Z", True)]


@what_must_happen("target-plan-written")
def target_plan_written(stack: Stack, arriving: Any) -> None:
    planned(stack)
    before = (stack.target("homepage"), stack.timers())

    assert stack.call(planner, arriving) == HANDLED

    assert (stack.target("homepage"), stack.timers()) == before


@what_must_happen("target-schedule-changed")
def target_schedule_changed(stack: Stack, arriving: Any) -> None:
    planned(stack)
    stack.edit("homepage", schedule="rate(1 hour)")

    assert stack.call(planner, arriving) == HANDLED

    assert stack.plan("homepage")["revision"] == SECOND
    assert timer_instants(stack) == ["2026-11-20T12:05:00Z", "2026-11-20T13:00:00Z"]


@what_must_happen("target-params-changed")
def target_params_changed(stack: Stack, arriving: Any) -> None:
    planned(stack)
    stack.edit("homepage", params={"message": "goodbye"})

    assert stack.call(planner, arriving) == HANDLED

    assert stack.plan("homepage")["revision"] == FIRST
    assert timer_instants(stack) == ["2026-11-20T12:05:00Z"]


@what_must_happen("target-written-again")
def target_written_again(stack: Stack, arriving: Any) -> None:
    planned(stack)
    before = plan_of(stack.target("homepage"))
    assert before is not None
    stack.write(HOMEPAGE)

    assert stack.call(planner, arriving) == HANDLED

    written_back = plan_of(stack.target("homepage"))
    assert written_back is not None
    assert written_back.is_same_as(before)
    assert written_back.restored_by is not None
    assert timer_instants(stack) == ["2026-11-20T12:05:00Z"]


@what_must_happen("target-paused")
def target_paused(stack: Stack, arriving: Any) -> None:
    planned(stack)
    stack.edit("homepage", active=False)

    assert stack.call(planner, arriving) == HANDLED

    assert (stack.plan("homepage")["status"], stack.plan("homepage")["revision"]) == ("PAUSED", SECOND)
    assert timer_instants(stack) == ["2026-11-20T12:05:00Z"]


@what_must_happen("target-removed")
def target_removed(stack: Stack, arriving: Any) -> None:
    planned(stack)
    stack.delete("homepage")

    assert stack.call(planner, arriving) == HANDLED

    assert stack.target("homepage") == {}


@what_must_happen("target-invalid")
def target_invalid(stack: Stack, arriving: Any) -> None:
    stack.write(HOMEPAGE | {"schedule": "rate(5 minute", "timeout_seconds": "30"})

    assert stack.call(planner, arriving) == HANDLED

    assert stack.plan("homepage")["status"] == "INVALID"
    assert stack.plan("homepage")["reason"].startswith("timeout_seconds: must be a whole number")
    assert stack.timers() == []


@what_must_happen("timer-near-inserted")
@what_must_happen("timer-near-written-again")
def timer_near_inserted(stack: Stack, arriving: Any) -> None:
    stack.clock.at = NOON + timedelta(minutes=5)

    assert stack.call(dispatcher, arriving) == HANDLED

    (message,) = stack.receive()
    assert json.loads(message["body"])["dispatched_by"] == "near"


@what_must_happen("timer-far-inserted")
@what_must_happen("timer-near-expired")
@what_must_happen("timer-removed-by-user")
@what_must_happen("timer-watermark-written")
def timer_asks_for_nothing(stack: Stack, arriving: Any) -> None:
    assert stack.call(dispatcher, arriving) == HANDLED

    assert stack.waiting() == 0


@what_must_happen("timer-expired")
def timer_expired(stack: Stack, arriving: Any) -> None:
    stack.clock.at = NOON + timedelta(minutes=26)

    assert stack.call(dispatcher, arriving) == HANDLED

    assert delays(stack) == [14 * 60]


def run_rows(stack: Stack) -> list[tuple[str, str, int]]:
    return [(run["scheduled_at"], run["status"], run["attempt"]) for run in stack.runs()]


@what_must_happen("run-due")
def run_due(stack: Stack, arriving: Any) -> None:
    planned(stack)
    stack.clock.at = NOON + timedelta(minutes=5)

    assert stack.call(executor, arriving) == HANDLED

    assert run_rows(stack) == [("2026-11-20T12:05:00Z", "COMPLETED", 1)]
    assert stack.runs()[0]["output"] == {"message": "hello"}
    assert (timer_instants(stack), stack.waiting()) == (["2026-11-20T12:05:00Z"], 1)


@what_must_happen("run-early")
def run_early(stack: Stack, arriving: Any) -> None:
    planned(stack)
    stack.clock.at = NOON + timedelta(minutes=5)

    assert stack.call(executor, arriving) == HANDLED

    assert delays(stack) == [15 * 60]
    assert stack.runs() == []


@what_must_happen("run-stale")
def run_stale(stack: Stack, arriving: Any) -> None:
    planned(stack, schedule="rate(1 hour)")
    stack.clock.at = NOON + timedelta(minutes=5)

    assert stack.call(executor, arriving) == HANDLED

    assert (stack.runs(), stack.waiting()) == ([], 0)


@what_must_happen("run-duplicate")
def run_duplicate(stack: Stack, arriving: Any) -> None:
    run_due(stack, event("run-due"))

    assert stack.call(executor, arriving) == HANDLED

    assert run_rows(stack) == [("2026-11-20T12:05:00Z", "COMPLETED", 1)]
    assert (len(stack.timers()), stack.waiting()) == (1, 1)


@what_must_happen("run-retry")
def run_retry(stack: Stack, arriving: Any) -> None:
    planned(stack, params={"fail": 1}, retry={"backoff_seconds": 0})
    stack.clock.at = NOON + timedelta(minutes=5)
    stack.call(executor, event("run-due"))
    assert run_rows(stack) == [("2026-11-20T12:05:00Z", "RETRYING", 1)]

    assert stack.call(executor, arriving) == HANDLED

    assert run_rows(stack) == [("2026-11-20T12:05:00Z", "COMPLETED", 2)]


@what_must_happen("run-manual")
def run_manual(stack: Stack, arriving: Any) -> None:
    planned(stack)
    stack.clock.at = NOON + timedelta(minutes=5)

    assert stack.call(executor, arriving) == HANDLED

    assert run_rows(stack) == [("2026-11-20T12:05:00Z#by-hand-1", "COMPLETED", 1)]
    assert timer_instants(stack) == ["2026-11-20T12:05:00Z"]


@what_must_happen("run-target-now")
def run_target_now(stack: Stack, arriving: Any) -> None:
    planned(stack)

    assert stack.call(executor, arriving) == HANDLED

    assert [(run["status"], run["trigger"]) for run in stack.runs("homepage")] == [("COMPLETED", "manual")] * 2
    assert timer_instants(stack) == ["2026-11-20T12:05:00Z"]


@what_must_happen("run-task-now")
def run_task_now(stack: Stack, arriving: Any) -> None:
    assert stack.call(executor, arriving) == HANDLED

    (run,) = stack.runs()
    assert (run["status"], run["output"]) == ("COMPLETED", {"message": "once"})


@what_must_happen("run-poison")
def run_poison(stack: Stack, arriving: Any) -> None:
    planned(stack)
    stack.clock.at = NOON + timedelta(minutes=5)

    assert stack.call(executor, arriving) == HANDLED

    assert run_rows(stack) == [("2026-11-20T12:05:00Z", "COMPLETED", 1)]
    letters = stack.dead_letters()
    assert [body[:10] for body, _ in letters] == ["not a run ", '{"target_i']
    assert letters[1][1].startswith("due_at: ")


@what_must_happen("sweep-tick")
def sweep_tick(stack: Stack, arriving: Any) -> None:
    stack.write(HOMEPAGE | {"schedule": "at(2026-11-20T13:00:00)"})
    stack.plan_all()
    stack.clock.at = NOON + timedelta(minutes=58)

    report = stack.call(sweeper, arriving)

    assert (report["dispatched"], report["failed"]) == (1, 0)
    assert (stack.waiting(), stack.timers()) == (1, [])


@what_must_happen("http-create-target")
def http_create_target(stack: Stack, arriving: Any) -> None:
    created = answer_of(stack.call(api, arriving))
    stack.plan_all()

    assert (created.status, created.json["id"]) == (201, "homepage")
    assert stack.plan("homepage")["status"] == "SCHEDULED"
    again = answer_of(stack.call(api, arriving))
    assert (again.status, again.headers["ETag"]) == (201, created.headers["ETag"])
    assert again.headers["Idempotent-Replayed"] == "true"


@what_must_happen("http-create-target-invalid")
def http_create_target_invalid(stack: Stack, arriving: Any) -> None:
    refused = answer_of(stack.call(api, arriving))

    assert (refused.status, refused.fields_at_fault) == (422, ["type"])
    assert "echo" in refused.json["errors"][0]["detail"]
    assert stack.rows("targets") == []


@what_must_happen("http-read-target")
def http_read_target(stack: Stack, arriving: Any) -> None:
    assert answer_of(stack.call(api, arriving)).status == 404
    planned(stack)

    found = answer_of(stack.call(api, arriving))

    assert (found.status, found.json["plan"]["status"]) == (200, "SCHEDULED")


@what_must_happen("http-create-task")
def http_create_task(stack: Stack, arriving: Any) -> None:
    created = answer_of(stack.call(api, arriving))
    stack.plan_all()

    assert (created.status, created.json["run_at"]) == (201, "2026-11-20T12:05:00Z")
    assert [timer["target_id"] for timer in stack.timers()] == [created.json["id"]]
    assert stack.target(created.json["id"])["on_complete"] == "delete"


@what_must_happen("http-upcoming")
def http_upcoming(stack: Stack, arriving: Any) -> None:
    planned(stack)

    found = answer_of(stack.call(api, arriving))

    assert [run["due_at"] for run in found.json["runs"]] == ["2026-11-20T12:05:00Z"]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_what_must_happen_happens(stack: Stack, path: Path) -> None:
    assert path.stem in JUDGES, f"nothing says what must happen for {path.name}; add a judge to {Path(__file__).name}"

    JUDGES[path.stem](stack, event(path.stem))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_whatever_arrives_twice_changes_nothing_the_second_time(stack: Stack, path: Path) -> None:
    handlers = {"target": planner, "timer": dispatcher, "run": executor, "sweep": sweeper, "http": api}
    JUDGES[path.stem](stack, event(path.stem))
    before = [stack.rows(table) for table in ("targets", "timers", "runs")]

    stack.call(handlers[path.stem.partition("-")[0]], event(path.stem))

    assert [stack.rows(table) for table in ("targets", "timers", "runs")] == before


def test_every_judge_has_its_file_and_every_file_its_line_in_the_readme() -> None:
    readme = (FOLDER / "README.md").read_text()

    assert {path.stem for path in FILES} == JUDGES.keys()
    assert [path.name for path in FILES if f"`{path.name}`" not in readme] == []


STREAM_FIELDS = {
    "eventID",
    "eventName",
    "eventVersion",
    "eventSource",
    "awsRegion",
    "dynamodb",
    "eventSourceARN",
}
CONTENT_FIELDS = {"ApproximateCreationDateTime", "Keys", "SequenceNumber", "SizeBytes", "StreamViewType"}
MESSAGE_FIELDS = {
    "messageId",
    "receiptHandle",
    "body",
    "attributes",
    "messageAttributes",
    "md5OfBody",
    "eventSource",
    "eventSourceARN",
    "awsRegion",
}


@pytest.mark.parametrize(
    "path", [path for path in FILES if not path.stem.startswith(("sweep", "http"))], ids=lambda path: path.stem
)
def test_every_record_has_the_shape_that_aws_gives_it(path: Path) -> None:
    for record in event(path.stem)["Records"]:
        if record["eventSource"] == "aws:sqs":
            assert record.keys() - {"md5OfMessageAttributes"} == MESSAGE_FIELDS
            assert record["md5OfBody"] == hashlib.md5(record["body"].encode(), usedforsecurity=False).hexdigest()
        else:
            assert record.keys() - {"userIdentity"} == STREAM_FIELDS
            assert record["dynamodb"].keys() - {"NewImage", "OldImage"} == CONTENT_FIELDS
            images = record["dynamodb"].keys() & {"NewImage", "OldImage"}
            expected = {"INSERT": {"NewImage"}, "REMOVE": {"OldImage"}, "MODIFY": {"NewImage", "OldImage"}}
            assert images == expected[record["eventName"]]

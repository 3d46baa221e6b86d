"""The deployed stack, as its users meet it: raw items are written with boto3, and Runs are read.

What takes minutes is begun first, goes on beside everything else, and is judged last.
"""

import json
import os
import signal
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

pytestmark = pytest.mark.e2e

Item = dict[str, Any]
FINAL = {"COMPLETED", "FAILED", "SKIPPED", "MISSED"}
SECONDS_TO_A_RUN = 20


class User:
    """What somebody can do who has a stack and boto3, and nothing else of ours."""

    def __init__(self, stack: Any) -> None:
        self.dynamodb, self.sqs = stack.client("dynamodb"), stack.client("sqs")
        self.outputs = stack.outputs

    def write(self, **item: Any) -> str:
        """Write a target under an id of its own, and return that."""
        target_id = f"{item.pop('name')}-{uuid.uuid4().hex[:6]}"
        typed = {name: TypeSerializer().serialize(value) for name, value in ({"id": target_id} | item).items()}
        self.dynamodb.put_item(TableName=self.outputs["TargetsTable"], Item=typed)
        return target_id

    def edit(self, target_id: str, field: str, value: object) -> None:
        self.dynamodb.update_item(
            TableName=self.outputs["TargetsTable"],
            Key={"id": {"S": target_id}},
            UpdateExpression="SET #field = :value",
            ExpressionAttributeNames={"#field": field},
            ExpressionAttributeValues={":value": TypeSerializer().serialize(value)},
        )

    def delete(self, target_id: str) -> None:
        self.dynamodb.delete_item(TableName=self.outputs["TargetsTable"], Key={"id": {"S": target_id}})

    def target(self, target_id: str) -> Item:
        key = {"id": {"S": target_id}}
        return plain(self.dynamodb.get_item(TableName=self.outputs["TargetsTable"], Key=key).get("Item", {}))

    def plan(self, target_id: str) -> Item:
        plan: Item = self.target(target_id).get("plan", {})
        return plan

    def runs(self, target_id: str, *, ended: bool = True) -> list[Item]:
        """Return a target's runs, earliest first; only those that have ended unless asked otherwise."""
        answer = self.dynamodb.query(
            TableName=self.outputs["RunsTable"],
            KeyConditionExpression="target_id = :id",
            ExpressionAttributeValues={":id": {"S": target_id}},
            ConsistentRead=True,
        )
        rows = [plain(row) for row in answer["Items"]]
        return [row for row in rows if not ended or row["status"] in FINAL]

    def timers(self, target_id: str) -> list[Item]:
        rows = self.dynamodb.scan(TableName=self.outputs["TimersTable"])["Items"]
        return [row for row in map(plain, rows) if row.get("target_id") == target_id]

    def keep_from_ttl(self, timer: Item) -> None:
        """Make TTL later than late for one timer."""
        self.dynamodb.update_item(
            TableName=self.outputs["TimersTable"],
            Key={"slot": {"S": timer["slot"]}, "timer_id": {"S": timer["timer_id"]}},
            UpdateExpression="SET expires_at = :never",
            ExpressionAttributeValues={":never": {"N": "4102444800"}},
        )

    def send(self, body: object) -> None:
        self.sqs.send_message(QueueUrl=self.outputs["RunQueueUrl"], MessageBody=json.dumps(body))

    def send_together(self, bodies: list[Item]) -> None:
        entries = [{"Id": str(place), "MessageBody": json.dumps(body)} for place, body in enumerate(bodies)]
        self.sqs.send_message_batch(QueueUrl=self.outputs["RunQueueUrl"], Entries=entries)

    def dead_letter_for(self, target_id: str) -> tuple[Item, str] | None:
        """Take letters from the dead-letter queue until there is one about this target; return body and reason."""
        url = self.outputs["RunDeadLetterQueueUrl"]
        received = self.sqs.receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=1, MessageAttributeNames=["All"]
        )
        for message in received.get("Messages", []):
            if target_id in message["Body"]:
                self.sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
                return json.loads(message["Body"]), message["MessageAttributes"]["reason"]["StringValue"]
        return None


def plain(typed: Item) -> Item:
    return {name: TypeDeserializer().deserialize(value) for name, value in typed.items()}


def in_seconds(seconds: float) -> datetime:
    return (datetime.now(UTC) + timedelta(seconds=seconds)).replace(microsecond=0)


def early_in_a_minute(instant: datetime) -> datetime:
    """Return the first instant from this one on that the sweeper, going by whole minutes, does not take before TTL."""
    return instant if instant.second < 5 else instant.replace(second=0) + timedelta(minutes=1)


def at(instant: datetime) -> str:
    return f"at({instant:%Y-%m-%dT%H:%M:%S})"


def wait_for(ask: Callable[[], Any], *, seconds: float = SECONDS_TO_A_RUN) -> Any:
    """Ask until the answer is something, and return it; fail once the deadline has passed."""
    deadline = time.monotonic() + seconds
    while not (answer := ask()):
        assert time.monotonic() < deadline, f"nothing came within {seconds:g} s"
        time.sleep(0.1)
    return answer


def let_pass(seconds: float) -> None:
    """Give what must not happen the time in which it would."""
    time.sleep(seconds)


def instants(runs: list[Item]) -> list[datetime]:
    return [datetime.fromisoformat(run["scheduled_at"]) for run in runs]


def executors(engine: Any) -> list[int]:
    """Return the processes in which this engine runs the executor."""
    parents = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                fields = (folder / "stat").read_text().rpartition(")")[2].split()
                parents[int(folder.name)] = (int(fields[1]), (folder / "environ").read_bytes())
            except (OSError, IndexError):
                continue
    ours, found = {engine.process.pid}, []
    while new := {pid for pid, (parent, _) in parents.items() if parent in ours} - ours:
        ours |= new
        found += [pid for pid in new if b"ExecutorFunction" in parents[pid][1]]
    return found


@pytest.fixture(scope="module")
def user(stack: Any) -> User:
    return User(stack)


@pytest.fixture(scope="module", autouse=True)
def begun(user: User, engine: Any) -> dict[str, str]:
    """Begin what takes minutes: a run whose executor is killed, and runs beyond the lead."""
    found = {"killed": _kill_an_executor(user, engine)}
    beyond_the_lead = early_in_a_minute(in_seconds(150))
    for name in ("ttl", "sweep"):
        found[name] = user.write(name=name, type="echo", schedule=at(beyond_the_lead))
    (timer,) = wait_for(lambda: user.timers(found["sweep"]))
    user.keep_from_ttl(timer)
    found["due_at"] = beyond_the_lead.isoformat()
    return found


def _kill_an_executor(user: User, engine: Any) -> str:
    """Kill the executor in the middle of a run whose message is to come back soon."""
    url, name = user.outputs["RunQueueUrl"], "VisibilityTimeout"
    usual = user.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[name])["Attributes"][name]
    user.sqs.set_queue_attributes(QueueUrl=url, Attributes={name: "30"})
    target_id = user.write(name="killed", type="echo", schedule="rate(3 seconds)", params={"seconds": 2})
    wait_for(lambda: user.runs(target_id, ended=False))
    for pid in executors(engine):
        os.kill(pid, signal.SIGKILL)
    user.sqs.set_queue_attributes(QueueUrl=url, Attributes={name: usual})
    return target_id


def test_a_target_fires_on_its_grid_again_and_again_and_never_early(user: User) -> None:
    target_id = user.write(name="near", type="echo", schedule="rate(2 seconds)", params={"message": "hi"})

    runs = wait_for(lambda: user.runs(target_id) if len(user.runs(target_id)) >= 5 else None)[:5]
    user.delete(target_id)

    first = instants(runs)[0]
    assert instants(runs) == [first + timedelta(seconds=2 * number) for number in range(5)]
    assert {(run["status"], run["attempt"], run["dispatched_by"]) for run in runs} == {("COMPLETED", 1, "near")}
    assert all(datetime.fromisoformat(run["started_at"]) >= datetime.fromisoformat(run["due_at"]) for run in runs)
    assert runs[0]["output"] == {"message": "hi"}


def test_a_paused_target_stops_and_resumes_on_its_grid(user: User) -> None:
    target_id = user.write(name="paused", type="echo", schedule="rate(2 seconds)")
    before = wait_for(lambda: user.runs(target_id))

    user.edit(target_id, "active", value=False)
    wait_for(lambda: user.plan(target_id).get("status") == "PAUSED")
    let_pass(2)
    paused = user.runs(target_id)
    let_pass(5)
    still = user.runs(target_id)
    user.edit(target_id, "active", value=True)
    resumed = wait_for(lambda: user.runs(target_id)[len(still) :])
    user.delete(target_id)

    assert still == paused
    beats = [(instant - instants(before)[0]).total_seconds() for instant in instants(still + resumed)]
    assert all(beat % 2 == 0 for beat in beats)


def test_a_deleted_target_never_fires_again(user: User) -> None:
    target_id = user.write(name="deleted", type="echo", schedule="rate(2 seconds)")
    wait_for(lambda: user.runs(target_id))

    user.delete(target_id)
    let_pass(2)
    after = user.runs(target_id, ended=False)
    let_pass(5)

    assert user.runs(target_id, ended=False) == after


def test_a_schedule_changed_there_and_back_leaves_one_chain(user: User) -> None:
    target_id = user.write(name="there-and-back", type="echo", schedule="rate(3 seconds)")
    wait_for(lambda: user.runs(target_id))

    user.edit(target_id, "schedule", "rate(2 hours)")
    user.edit(target_id, "schedule", "rate(3 seconds)")
    back = user.plan(target_id).get("revision", "")
    wait_for(lambda: user.plan(target_id)["revision"] > back and user.plan(target_id)["status"] == "SCHEDULED")
    let_pass(12)
    runs = user.runs(target_id)
    user.delete(target_id)

    newest = [
        instant for run, instant in zip(runs, instants(runs), strict=True) if run["revision"] == runs[-1]["revision"]
    ]
    assert len(newest) >= 2
    assert newest == [newest[0] + timedelta(seconds=3 * number) for number in range(len(newest))]
    assert runs[-len(newest) :] == [run for run in runs if run["revision"] == runs[-1]["revision"]]


INVALID = {
    "type": {"type": "htp", "schedule": "rate(5 minutes)"},
    "schedule": {"type": "echo", "schedule": "rate(5 minute"},
    "params.seconds": {"type": "echo", "schedule": "rate(5 minutes)", "params": {"seconds": "many"}},
    "timezone": {"type": "echo", "schedule": "rate(5 minutes)", "timezone": "Europe/Berln"},
    "params": {"type": "echo", "schedule": "rate(5 minutes)", "params": {"message": "x" * 390_000}},
    "active": {"type": "echo", "schedule": "rate(5 minutes)", "active": "true"},
    "timeout_seconds": {"type": "echo", "schedule": "rate(5 minutes)", "timeout_seconds": "30"},
}


def test_what_cannot_be_accepted_says_which_field_and_leaves_the_others_alone(user: User) -> None:
    written = {field: user.write(name="invalid", **item) for field, item in INVALID.items()}
    written["schedule: is missing"] = user.write(name="invalid", type="echo")
    written["type: is missing"] = user.write(name="invalid", schedule="rate(5 minutes)")
    good = user.write(name="good", type="echo", schedule=at(in_seconds(4)))

    wait_for(lambda: user.runs(good))
    plans = {field: wait_for(lambda target_id=target_id: user.plan(target_id)) for field, target_id in written.items()}

    assert {plan["status"] for plan in plans.values()} == {"INVALID"}
    assert [field for field, plan in plans.items() if not plan["reason"].startswith(field)] == []


def test_a_run_that_fails_is_tried_again_until_it_succeeds(user: User) -> None:
    retry = {"max_attempts": 3, "backoff_seconds": 1}
    target_id = user.write(name="retry", type="echo", schedule=at(in_seconds(3)), params={"fail": 2}, retry=retry)

    (run,) = wait_for(lambda: user.runs(target_id), seconds=40)

    assert (run["status"], run["attempt"]) == ("COMPLETED", 3)


def test_a_run_that_fails_for_good_is_recorded_and_in_the_dead_letter_queue(user: User) -> None:
    retry = {"max_attempts": 2, "backoff_seconds": 1}
    target_id = user.write(name="fails", type="echo", schedule=at(in_seconds(3)), params={"fail": True}, retry=retry)

    (run,) = wait_for(lambda: user.runs(target_id), seconds=40)
    body, reason = wait_for(lambda: user.dead_letter_for(target_id))

    assert (run["status"], run["attempt"]) == ("FAILED", 2)
    assert reason == run["error"] == "echo failed attempt 2, as params.fail asks"
    assert body["target_id"] == target_id


def test_ten_messages_that_come_together_are_carried_out_at_the_same_time(user: User) -> None:
    ids = [user.write(name="together", type="echo", schedule="rate(1 day)", params={"seconds": 3}) for _ in range(10)]
    wait_for(lambda: all(user.plan(target_id) for target_id in ids))

    user.send_together([{"target_id": target_id} for target_id in ids])
    runs = [wait_for(lambda target_id=target_id: user.runs(target_id), seconds=40)[0] for target_id in ids]

    assert {run["status"] for run in runs} == {"COMPLETED"}
    assert max(_going_on_at(runs, run["started_at"]) for run in runs) >= 5


def _going_on_at(runs: list[Item], instant: str) -> int:
    return sum(run["started_at"] <= instant < run["finished_at"] for run in runs)


def test_duplicate_messages_sent_by_hand_change_nothing(user: User) -> None:
    due_at = in_seconds(5)
    target_id = user.write(name="duplicates", type="echo", schedule=at(due_at), params={"seconds": 1})
    plan = wait_for(lambda: user.plan(target_id))
    text = f"{due_at:%Y-%m-%dT%H:%M:%SZ}"
    body = {"target_id": target_id, "scheduled_at": text, "due_at": text, "dispatched_by": "sweep"}

    for _ in range(5):
        user.send(body | {"revision": plan["revision"]})
    wait_for(lambda: user.runs(target_id))
    for _ in range(5):
        user.send(body | {"revision": plan["revision"]})
    let_pass(3)

    (run,) = user.runs(target_id, ended=False)
    assert (run["status"], run["attempt"]) == ("COMPLETED", 1)


def test_a_message_that_nobody_can_read_is_in_the_dead_letter_queue_with_the_reason(user: User) -> None:
    mark = uuid.uuid4().hex

    user.send({"target_id": mark, "due_at": "soon"})

    _, reason = wait_for(lambda: user.dead_letter_for(mark))
    assert "due_at" in reason


def test_a_message_with_a_target_id_runs_that_target_now(user: User) -> None:
    target_id = user.write(name="by-hand", type="echo", schedule="rate(1 day)")

    user.send({"target_id": target_id})

    (run,) = wait_for(lambda: user.runs(target_id))
    assert (run["status"], run["trigger"], run["dispatched_by"]) == ("COMPLETED", "manual", "manual")


def test_a_killed_executor_leads_to_one_more_attempt_and_the_chain_goes_on(user: User, begun: dict[str, str]) -> None:
    target_id = begun["killed"]

    again = wait_for(lambda: [run for run in user.runs(target_id) if run["attempt"] > 1], seconds=150)
    wait_for(lambda: user.runs(target_id)[-1]["scheduled_at"] > again[0]["finished_at"])
    runs = user.runs(target_id)
    user.delete(target_id)

    assert {(run["status"], run["attempt"]) for run in again} == {("COMPLETED", 2)}
    assert instants(runs) == sorted(set(instants(runs)))


@pytest.mark.parametrize("path", ["ttl", "sweep"])
def test_a_run_beyond_the_lead_is_dispatched_when_its_timer_is_taken(
    user: User, begun: dict[str, str], path: str
) -> None:
    due_at = datetime.fromisoformat(begun["due_at"])
    left = max(0.0, (due_at - datetime.now(UTC)).total_seconds())

    (run,) = wait_for(lambda: user.runs(begun[path]), seconds=left + SECONDS_TO_A_RUN)

    assert (run["status"], run["attempt"], run["dispatched_by"]) == ("COMPLETED", 1, path)
    assert datetime.fromisoformat(run["started_at"]) >= due_at
    assert user.timers(begun[path]) == []

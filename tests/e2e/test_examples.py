"""Every target in examples/ on the deployed stack, as `make run --target` writes it, and what came of its runs.

What the AWS examples name is made on the engine first. The outside world is played by servers on loopback: only the
host that an example names is changed, in its params; everything else is as in the file.
"""

import io
import json
import zipfile
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from boto3.dynamodb.types import TypeDeserializer

from local import options
from local.demo import write
from local.target_files import read_targets
from tests.e2e.waiting import wait_for
from tests.integration.runners.certificates import make_certificate
from tests.integration.runners.servers import Server, reply, serve

pytestmark = pytest.mark.e2e

EXAMPLES = Path(__file__).parents[2] / "examples"
FILES = sorted(EXAMPLES.rglob("*.json"))
NAME = "hourglass-example"
FINAL = {"COMPLETED", "FAILED", "SKIPPED", "MISSED"}
Item = dict[str, Any]

DONE = "COMPLETED"
# What the runs of an example come to, in whatever order they end.
RUNS: dict[str, list[str]] = {
    "dead_letter_queue": ["FAILED"],
    "overlap_skip": [DONE, "SKIPPED"],
    "overlap_queue": [DONE, DONE],
    "pause_after_failures": ["FAILED", "FAILED", "FAILED"],
    "max_runs": [DONE, DONE, DONE],
    "new_params": [DONE, DONE],
    "timeout": ["FAILED"],
}
# What may come besides: two runs cannot wait at once, and a busy machine may miss a grace of ten seconds.
BESIDES = {"overlap_queue": {"SKIPPED"}, "catch_up_skip": {"MISSED"}}
ATTEMPTS = {"echo": 2, "retry": 3}
# What the plan says in the end, where it does not go on; None for a target that is gone.
PLANS: dict[str, str | None] = {
    "completed": "COMPLETED",
    "follow_ups": "COMPLETED",
    "max_runs": "COMPLETED",
    "on_complete_delete": None,
    "pause_after_failures": "PAUSED",
    "pausing": "PAUSED",
}
# Those whose schedule is far away, or paused.
BY_HAND = {
    "aws_sdk",
    "certificate",
    "eventbridge",
    "github_repositories",
    "github_users",
    "holidays",
    "http",
    "lambda",
    "next_run_at",
    "pausing",
    "sns",
    "starts_at_ends_at",
    "step_functions",
}
SECONDS_FOR_ALL = 240
"""Most come within 80; the engine is one process, and another may be at work on the machine."""

FUNCTION = b"""
def handler(event, context):
    return {"day": event["day"]}
"""
TRUSTED = ["lambda.amazonaws.com", "states.amazonaws.com"]
PASS_STATE = {"StartAt": "Done", "States": {"Done": {"Type": "Pass", "End": True}}}


@dataclass(frozen=True)
class Outcome:
    name: str
    plan: str | None
    runs: list[Item]

    def line(self) -> str:
        told = ", ".join(_told(run) for run in self.runs)
        return f"{self.name:24} {self.plan or 'deleted':10} {told}"


def _told(run: Item) -> str:
    attempts = f" after {run['attempt']} attempts" if run["attempt"] > 1 else ""
    hand = " by hand" if run["trigger"] == "manual" else ""
    return f"{run['status']}{attempts}{hand}"


class Account:
    """The account of the engine, with what the examples need in it."""

    def __init__(self, stack: Any) -> None:
        self.stack, self.dynamodb, self.sqs = stack, stack.client("dynamodb"), stack.client("sqs")
        self.queue = self.sqs.create_queue(QueueName=NAME)["QueueUrl"]
        stack.client("sns").create_topic(Name=NAME)
        trust = {"Effect": "Allow", "Principal": {"Service": TRUSTED}, "Action": "sts:AssumeRole"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        role = stack.client("iam").create_role(RoleName=NAME, AssumeRolePolicyDocument=document)["Role"]["Arn"]
        definition = json.dumps(PASS_STATE)
        states = stack.client("stepfunctions")
        self.machine = states.create_state_machine(name=NAME, definition=definition, roleArn=role)["stateMachineArn"]
        code = io.BytesIO()
        with zipfile.ZipFile(code, "w") as archive:
            archive.writestr("code.py", FUNCTION)
        stack.client("lambda").create_function(
            FunctionName=NAME,
            Runtime="python3.13",
            Role=role,
            Handler="code.handler",
            Code={"ZipFile": code.getvalue()},
        )

    def run_by_hand(self, target_id: str) -> None:
        self.sqs.send_message(
            QueueUrl=self.stack.outputs["RunQueueUrl"], MessageBody=json.dumps({"target_id": target_id})
        )

    def target(self, target_id: str) -> Item | None:
        key = {"id": {"S": target_id}}
        found = self.dynamodb.get_item(TableName=self.stack.outputs["TargetsTable"], Key=key, ConsistentRead=True)
        return plain(found["Item"]) if "Item" in found else None

    def runs(self, target_id: str) -> list[Item]:
        """Return the runs that have ended, the earliest first."""
        answer = self.dynamodb.query(
            TableName=self.stack.outputs["RunsTable"],
            KeyConditionExpression="target_id = :id",
            ExpressionAttributeValues={":id": {"S": target_id}},
            ConsistentRead=True,
        )
        return [row for row in map(plain, answer["Items"]) if row["status"] in FINAL]

    def delete(self, target_id: str) -> None:
        self.dynamodb.delete_item(TableName=self.stack.outputs["TargetsTable"], Key={"id": {"S": target_id}})

    def outcome(self, file: Path) -> Outcome | None:
        """Return what came of an example, None while it has not come to what is expected of it."""
        target_id = f"example-{file.stem.replace('_', '-')}"
        target, runs = self.target(target_id), self.runs(target_id)
        plan = target.get("plan", {}).get("status") if target else None
        has_come = Counter(run["status"] for run in runs) >= Counter(RUNS.get(file.stem, [DONE]))
        is_settled = has_come and (file.stem not in PLANS or plan == PLANS[file.stem])
        return Outcome(file.stem, plan, runs) if is_settled or plan == "INVALID" else None


def plain(typed: Item) -> Item:
    return {name: TypeDeserializer().deserialize(value) for name, value in typed.items()}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Server]]:
    """A plain server, with GitHub's listings on it, and one with a certificate."""
    repositories = [{"id": 1, "full_name": "octocat/hello", "stargazers_count": 3}]
    with ExitStack() as running:
        web = running.enter_context(serve())
        web.answers["/users/octocat/repos"] = reply(200, json.dumps(repositories).encode())
        web.answers["/users"] = reply(200, json.dumps([{"id": 7, "login": "mona"}]).encode())
        certificate = make_certificate(tmp_path_factory.mktemp("certificate"), None, days=90)
        yield web, running.enter_context(serve(certificate))


def elsewhere(target: Item, web: Server, secure: Server) -> Item:
    """Return an example with the host in its params replaced, by the params that are there for it."""
    changes: Item = {
        "http": {"url": web.url("/")},
        "http_ping": {"url": web.url("/")},
        "certificate": {"host": "127.0.0.1", "port": secure.port},
        "github_repositories": {"api_url": web.url("")},
        "github_users": {"api_url": web.url("")},
    }.get(target["type"], {})
    return target | {"params": target["params"] | changes}


@pytest.fixture(scope="module")
def outcomes(stack: Any, world: tuple[Server, Server]) -> tuple[Account, dict[str, Outcome]]:
    """Write all examples at once, run by hand what is far away, and wait until each has come to something."""
    account = Account(stack)
    asked = options.parse([word for file in FILES for word in ("--target", str(file))])
    targets = [elsewhere(target, *world) for target in read_targets(asked.target_files)]
    write(targets, stack)
    for name in BY_HAND:
        target_id = f"example-{name.replace('_', '-')}"
        wait_for(lambda target_id=target_id: (account.target(target_id) or {}).get("plan"))
        account.run_by_hand(target_id)
    found: dict[str, Outcome] = {}

    def all_have_come() -> bool:
        for file in FILES:
            if file.stem not in found and (outcome := account.outcome(file)):
                found[file.stem] = outcome
        return len(found) == len(FILES)

    try:
        wait_for(all_have_come, seconds=SECONDS_FOR_ALL)
    finally:
        print(*(one.line() for _, one in sorted(found.items())), sep="\n")
        print("still open:", sorted({file.stem for file in FILES} - set(found)))
        for target in targets:
            account.delete(str(target["id"]))
    return account, found


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_an_example_is_accepted_and_its_runs_come_to_what_they_should(
    file: Path, outcomes: tuple[Account, dict[str, Outcome]]
) -> None:
    outcome = outcomes[1][file.stem]

    assert outcome.plan == PLANS.get(file.stem, "SCHEDULED")
    assert {run["status"] for run in outcome.runs} - BESIDES.get(file.stem, set()) == set(RUNS.get(file.stem, [DONE]))
    assert {run["attempt"] for run in outcome.runs if run["attempt"]} == {ATTEMPTS.get(file.stem, 1)}


def test_what_the_examples_send_has_arrived(
    outcomes: tuple[Account, dict[str, Outcome]], world: tuple[Server, Server]
) -> None:
    account, found = outcomes
    (message,) = account.sqs.receive_message(QueueUrl=account.queue)["Messages"]
    executions = account.stack.client("stepfunctions").list_executions(stateMachineArn=account.machine)["executions"]

    assert json.loads(message["Body"])["report"] == "nightly"
    assert len(executions) == 1
    assert found["lambda"].runs[0]["output"]["payload"]["day"].endswith("Z")
    assert {request.path.partition("?")[0] for request in world[0].received} >= {"/", "/users", "/users/octocat/repos"}
    assert account.queue in str(found["aws_sdk"].runs[0]["output"])


def test_the_example_of_a_follow_up_has_made_a_target_that_ran(outcomes: tuple[Account, dict[str, Outcome]]) -> None:
    account, found = outcomes
    run = found["follow_ups"].runs[0]
    follow_up = f"example-follow-ups.{run['scheduled_at']}.0"

    (ran,) = wait_for(lambda: account.runs(follow_up))

    assert ran["output"] == {"message": "I follow"}
    account.delete(follow_up)

"""What a replayed event leaves behind in the tables and queues."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from functions.aws.items import decode_item
from tests.replay.account import Account
from tests.replay.moving import moved


@dataclass(frozen=True, slots=True)
class State:
    """The stack after an event, in the time of the files in events/.

    Attributes:
        plan: status and next run of the target `homepage`; None without a plan.
        timers: due instant of each timer, and whether it is near.
        runs: run id, status and attempt of each row.
        visible: messages on the run queue that are there to be taken.
        delayed: messages on the run queue whose time has not come.
        buried: messages on the dead-letter queue.
        targets: how many there are.
    """

    plan: tuple[str, str | None] | None = None
    timers: tuple[tuple[str, bool], ...] = ()
    runs: tuple[tuple[str, str, int], ...] = ()
    visible: int = 0
    delayed: int = 0
    buried: int = 0
    targets: int = 0


def read_state(account: Account, by: timedelta) -> State:
    """Return the stack's state, moved back by as much as its event was moved."""
    targets = {str(row["id"]): row for row in _rows(account, "targets")}
    plan: Any = targets.get("homepage", {}).get("plan")
    waiting, dead = _depth(account, "runs"), _depth(account, "runs-dead")

    def back(instant: object) -> str:
        return moved(str(instant), -by)

    return State(
        plan=(plan["status"], back(plan["next_run_at"]) if plan.get("next_run_at") else None) if plan else None,
        timers=tuple(sorted((back(row["due_at"]), bool(row["near"])) for row in _rows(account, "timers"))),
        runs=tuple(
            sorted(
                (back(row["scheduled_at"]), str(row["status"]), int(row["attempt"])) for row in _rows(account, "runs")
            )
        ),
        visible=waiting["ApproximateNumberOfMessages"],
        delayed=waiting["ApproximateNumberOfMessagesDelayed"],
        buried=dead["ApproximateNumberOfMessages"],
        targets=len(targets),
    )


def _rows(account: Account, table: str) -> list[Mapping[str, Any]]:
    rows = [decode_item(typed) for typed in account.client("dynamodb").scan(TableName=table)["Items"]]
    return [row for row in rows if row.get("slot") != "sweeper"]


def _depth(account: Account, queue: str) -> dict[str, int]:
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesDelayed"]
    asked = {"QueueUrl": account.queue_url(queue), "AttributeNames": names}
    return {name: int(text) for name, text in account.client("sqs").get_queue_attributes(**asked)["Attributes"].items()}

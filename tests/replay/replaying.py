"""Puts each file in events/ through a built function and compares what becomes of it with what must."""

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from botocore.exceptions import ClientError

from functions.aws.items import encode_item
from local.paths import ROOT
from tests.replay.account import Account
from tests.replay.cases import CASES, HANDLED, HOMEPAGE, Case
from tests.replay.moving import moved
from tests.replay.state import read_state

EVENTS = ROOT / "events"
_FUNCTIONS = {"target": "Planner", "timer": "Dispatcher", "run": "Executor", "sweep": "Sweeper", "http": "Api"}


class Functions(Protocol):
    """The built functions, wherever they run."""

    def invoke(self, name: str, event: str) -> str:
        """Return the payload that a function answers, be it a result or an error; `name` as in the template."""
        ...


def files() -> list[str]:
    """Return the names of the files in events/, without their ending."""
    return sorted(path.stem for path in EVENTS.glob("*.json"))


def replay(name: str, functions: Functions, account: Account) -> list[str]:
    """Return what is not as it must be after the file has arrived; nothing if all is."""
    case = CASES.get(name)
    if case is None:
        return [f"nothing says what {name}.json must lead to; add it to tests/replay/cases.py"]
    account.start_anew()
    by = (datetime.now(UTC) - case.arrives_at) // timedelta(seconds=1) * timedelta(seconds=1)
    problems = list(_prepare(case, functions, account, by))
    expected = case.answer or HANDLED
    answer = _compared(_send(name, functions, by), expected, by)
    if answer != expected:
        problems.append(f"answered {json.dumps(answer)[:1000]}, not {json.dumps(expected)}")
    if (state := read_state(account, by)) != case.leads_to:
        problems.append(f"led to {state}, not {case.leads_to}")
    return problems


def _prepare(case: Case, functions: Functions, account: Account, by: timedelta) -> Iterator[str]:
    """Bring the stack to where the file arrives; yield what goes wrong on the way."""
    if case.timer:
        record = json.loads(moved((EVENTS / "timer-far-inserted.json").read_text(), by))["Records"][0]
        account.client("dynamodb").put_item(TableName="timers", Item=record["dynamodb"]["NewImage"])
    for place, name in enumerate(case.before):
        # The first record tells of the target as it was at first; what it is now comes with the others.
        _write(HOMEPAGE if place == 0 else case.written, account, by)
        if (answer := _send(name, functions, by)) != HANDLED:
            yield f"before it, {name}.json was answered with {json.dumps(answer)[:1000]}"
    _write(case.written, account, by)


def _write(item: Mapping[str, object] | None, account: Account, by: timedelta) -> None:
    """Write the target as its user does, and leave its plan as it is; None deletes it."""
    dynamodb, key = account.client("dynamodb"), {"id": {"S": "homepage"}}
    plan = dynamodb.get_item(TableName="targets", Key=key).get("Item", {}).get("plan")
    if item is None:
        with suppress(ClientError):
            dynamodb.delete_item(TableName="targets", Key=key)
        return
    typed = encode_item(json.loads(moved(json.dumps(item), by)))
    dynamodb.put_item(TableName="targets", Item=typed | ({"plan": plan} if plan else {}))


def _compared(answer: Any, expected: Mapping[str, Any], by: timedelta) -> Any:
    """Return what of an answer is compared: all of it, but of one to an HTTP request only what is expected of it."""
    if "statusCode" not in expected or "statusCode" not in answer:
        return answer
    body = json.loads(moved(answer["body"], -by))
    return {"statusCode": answer["statusCode"], "body": {name: body.get(name) for name in expected["body"]}}


def _send(name: str, functions: Functions, by: timedelta) -> Any:
    event = moved((EVENTS / f"{name}.json").read_text(), by)
    payload = functions.invoke(f"{_FUNCTIONS[name.partition('-')[0]]}Function", event)
    try:
        return json.loads(payload)
    except ValueError:
        return f"no JSON: {payload[:500]}"

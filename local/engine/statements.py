"""PartiQL writes: their stream records, and the permissions that they need."""

# ruff: noqa: SLF001 - what this changes is private to the engine; `module` checks that it is there.

import json
import re
from collections.abc import Callable
from typing import Any

from local.engine.original import module

STATEMENT_OF = {"dynamodb:BatchExecuteStatement", "dynamodb:ExecuteStatement"}
ACTIONS = {
    "INSERT": "dynamodb:PartiQLInsert",
    "UPDATE": "dynamodb:PartiQLUpdate",
    "DELETE": "dynamodb:PartiQLDelete",
    "SELECT": "dynamodb:PartiQLSelect",
}
"""What a role needs for each statement. Source: DynamoDB developer guide, "IAM security policies with PartiQL"."""

_WORDS = re.compile(r'\s*(?P<verb>[A-Za-z]+)\b(?:.*?\bFROM|\s+INTO)?\s+"?(?P<table>[\w.-]+)', re.DOTALL)


def install(dynamodb: Any) -> None:
    """Write a stream record for what a statement changes, and hold statements to their own actions."""
    dynamodb._partiql_insert = _telling(dynamodb, dynamodb._partiql_insert)
    dynamodb._partiql_update = _telling(dynamodb, dynamodb._partiql_update)
    dynamodb._partiql_delete = _telling(dynamodb, dynamodb._partiql_delete)
    actions = module("core.iam_actions", "dynamodb_transaction_checks", "_dynamodb_table_arn")
    checks_of = actions.dynamodb_transaction_checks

    def all_checks(action: str, body: bytes, region: str, account: str) -> list[tuple[str, str]]:
        if action not in STATEMENT_OF:
            found: list[tuple[str, str]] = checks_of(action, body, region, account)
            return found
        return [(name, actions._dynamodb_table_arn(table, region, account)) for name, table in checks(body)]

    actions.dynamodb_transaction_checks = all_checks


def checks(body: bytes) -> list[tuple[str, str]]:
    """Return the action and the table of every statement in a request."""
    request = json.loads(body)
    found = []
    for statement in request.get("Statements") or [request]:
        words = _WORDS.match(statement.get("Statement") or "")
        # What cannot be read is refused later on; until then no role may do it.
        verb, table = (words["verb"].upper(), words["table"]) if words else ("", "")
        found.append((ACTIONS.get(verb, "dynamodb:PartiQLUnknown"), table or "unknown"))
    return found


def _telling(dynamodb: Any, write: Callable[..., Any]) -> Callable[..., Any]:
    def write_and_tell(table: dict[str, Any], parsed: dict[str, Any], *rest: Any) -> Any:
        told: list[tuple[Any, Any]] = []
        store, remove = dynamodb._set_item, dynamodb._remove_item

        def store_and_note(*args: Any) -> Any:
            old = store(*args)
            told.append((old, args[3]))
            return old

        def remove_and_note(*args: Any) -> Any:
            old = remove(*args)
            told.append((old, None))
            return old

        # All this happens on the event loop, one request after another.
        dynamodb._set_item, dynamodb._remove_item = store_and_note, remove_and_note
        try:
            answer = write(table, parsed, *rest)
        finally:
            dynamodb._set_item, dynamodb._remove_item = store, remove
        for old, new in told:
            dynamodb._emit_stream_event(parsed["table"], _event(old, new), old, new)
        return answer

    return write_and_tell


def _event(old: Any, new: Any) -> str:
    if new is None:
        return "REMOVE"
    return "MODIFY" if old else "INSERT"

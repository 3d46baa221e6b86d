"""PartiQL batches for moto, whose own neither refuse an INSERT of a key that exists nor know of parameters.

Only the forms that the adapters write are understood; any other raises. What each answers is DynamoDB's, as its
developer guide and BatchStatementError say.
"""

import re
from typing import Any

from moto.dynamodb.models import DynamoDBBackend

STATEMENTS_MAX = 25
_INSERT = re.compile(r"INSERT INTO \"(?P<table>[\w.-]+)\" VALUE \{(?P<fields>('\w+': \?(, )?)+)\}")
_UPDATE = re.compile(
    r"UPDATE \"(?P<table>[\w.-]+)\" (?P<sets>(SET \"\w+\"=\? ?)+) ?(?P<removes>(REMOVE \"\w+\" ?)*) ?"
    r"WHERE (?P<where>\"\w+\"=\?( AND \"\w+\"=\?)*)"
)
Typed = dict[str, Any]


def install() -> None:
    """Have every moto of this process carry out batches of statements."""
    DynamoDBBackend.batch_execute_statement = _batch  # type: ignore[method-assign]


def _batch(backend: DynamoDBBackend, statements: list[dict[str, Any]]) -> list[dict[str, Any]]:
    assert 1 <= len(statements) <= STATEMENTS_MAX, "BatchExecuteStatement takes 1 to 25 statements"
    keys = [_key(backend, *_parsed(one)) for one in statements]
    assert len(set(keys)) == len(keys), "two statements are about one item, and their order is not promised"
    return [_execute(backend, *_parsed(one), one) for one in statements]


def _parsed(statement: dict[str, Any]) -> tuple[re.Match[str], Typed, Typed]:
    """Return the statement, what it sets and what it expects."""
    text, parameters = statement["Statement"], list(statement["Parameters"])
    if found := _INSERT.fullmatch(text):
        names = re.findall(r"'(\w+)'", found["fields"])
        assert len(names) == len(parameters), "Number of parameters in request and statement don't match."
        return found, dict(zip(names, parameters, strict=True)), {}
    found = _UPDATE.fullmatch(text)
    assert found, f"{text} is not of a form that is understood here"
    set_names, names = (re.findall(r'"(\w+)"', found[part]) for part in ("sets", "where"))
    assert len(set_names) + len(names) == len(parameters), "Number of parameters in request and statement don't match."
    values, expected = parameters[: len(set_names)], parameters[len(set_names) :]
    return found, dict(zip(set_names, values, strict=True)), dict(zip(names, expected, strict=True))


def _key(backend: DynamoDBBackend, found: re.Match[str], sets: Typed, expected: Typed) -> tuple[str, ...]:
    table = backend.get_table(found["table"])
    return found["table"], *((sets | expected)[name]["S"] for name in table.table_key_attrs)


def _execute(
    backend: DynamoDBBackend, found: re.Match[str], sets: Typed, expected: Typed, statement: dict[str, Any]
) -> dict[str, Any]:
    table = backend.get_table(found["table"])
    known = {name: (sets | expected)[name] for name in table.table_key_attrs}
    item = backend.get_item(table.name, known)
    old: Typed | None = item.to_json()["Attributes"] if item else None
    if found.re is _INSERT:
        if old is not None:
            return _error(table.name, "DuplicateItem")
        backend.put_item(table.name, sets)
        return {"TableName": table.name}
    if old is None or any(old.get(name) != value for name, value in expected.items()):
        shown = {"Item": old} if old and statement.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD" else {}
        return _error(table.name, "ConditionalCheckFailed", **shown)
    removed = re.findall(r'"(\w+)"', found["removes"])
    backend.put_item(table.name, {name: value for name, value in (old | sets).items() if name not in removed})
    return {"TableName": table.name}


def _error(table: str, code: str, **more: Any) -> dict[str, Any]:
    return {"Error": {"Code": code, "Message": code} | more, "TableName": table}

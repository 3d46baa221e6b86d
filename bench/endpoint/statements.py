"""PartiQL statements: INSERT, UPDATE, DELETE and SELECT of one item by its key.

Source: DynamoDB developer guide, "PartiQL - a SQL-compatible query language for Amazon DynamoDB".
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from bench.endpoint.errors import EndpointError
from bench.endpoint.expressions import Change, Parser
from bench.endpoint.ledger import Units
from bench.endpoint.sizes import item_bytes, read_units, write_units
from bench.endpoint.table import Table
from bench.endpoint.values import Typed

if TYPE_CHECKING:
    from bench.endpoint.database import Database

Result = tuple[list[Typed], str, Units]


class StatementRefusedError(EndpointError):
    """A statement's condition did not hold, or the item that it inserts is there; billed by what was found."""

    def __init__(self, code: str, table: str, found: Typed | None, *, is_shown: bool) -> None:
        content = {"Item": found} if found and is_shown else {}
        super().__init__(f"{code}Exception", "The conditional request failed", **content)
        self.table = table
        self.units = Units(wru=write_units(found))

    def in_batch(self) -> dict[str, Any]:
        """Return the error as a batch's answer carries it."""
        return {"Code": self.code.removesuffix("Exception"), "Message": str(self), **self.content}


def changed(item: Typed, changes: Sequence[Change]) -> Typed:
    """Return the item with all changes, each made from what it was before."""
    before, after = _copy(item), _copy(item)
    for change in changes:
        change(before, after)
    return after


def execute(database: "Database", asked: Mapping[str, Any]) -> Result:
    """Carry out one statement; return the items that it answers with, its table and its units.

    Raises:
        StatementRefusedError: nothing was written.
    """
    parser = Parser(asked["Statement"], parameters=asked.get("Parameters", ()))
    verb = parser.take("INSERT", "UPDATE", "DELETE", "SELECT").upper()
    is_shown = asked.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD"
    match verb:
        case "INSERT":
            return _insert(database, parser, is_shown=is_shown)
        case "UPDATE":
            return _update(database, parser, is_shown=is_shown)
        case "DELETE":
            parser.take("FROM")
            return _delete(database, parser, is_shown=is_shown)
    return _select(database, parser, consistent=bool(asked.get("ConsistentRead")))


def _insert(database: "Database", parser: Parser, *, is_shown: bool) -> Result:
    parser.take("INTO")
    name = parser.take().strip('"')
    parser.take("VALUE")
    value = parser.value()
    if value is None or "M" not in value:
        raise EndpointError("ValidationException", "INSERT needs one map of attributes")
    table = database.table(name)
    key = table.key_of(value["M"])
    if (old := table.get(key)) is not None:
        raise StatementRefusedError("DuplicateItem", name, old, is_shown=is_shown)
    return [], name, table.write(key, value["M"])


def _update(database: "Database", parser: Parser, *, is_shown: bool) -> Result:
    name = parser.take().strip('"')
    changes = parser.changes()
    table = database.table(name)
    key, old = _found(table, name, parser, is_shown=is_shown)
    made = changed(old, changes)
    items = _returned(parser, old, made)
    return items, name, table.write(key, made)


def _delete(database: "Database", parser: Parser, *, is_shown: bool) -> Result:
    name = parser.take().strip('"')
    table = database.table(name)
    key, old = _found(table, name, parser, is_shown=is_shown)
    items = _returned(parser, old, None)
    return items, name, table.write(key, None)


def _select(database: "Database", parser: Parser, *, consistent: bool) -> Result:
    parser.take("*")
    parser.take("FROM")
    name = parser.take().strip('"')
    table = database.table(name)
    key, condition = _where(table, parser)
    item = table.get(key)
    units = Units(rru=read_units(item_bytes(item), consistent=consistent))
    return [item] if item and condition(item) else [], name, units


def _found(table: Table, name: str, parser: Parser, *, is_shown: bool) -> tuple[tuple[str, str], Typed]:
    """Return the item that WHERE names. An update or delete never creates one."""
    key, condition = _where(table, parser)
    old = table.get(key)
    if old is None or not condition(old):
        raise StatementRefusedError("ConditionalCheckFailed", name, old, is_shown=is_shown)
    return key, old


def _where(table: Table, parser: Parser) -> tuple[tuple[str, str], Any]:
    """Read a WHERE clause, which must compare every key attribute for equality."""
    parser.take("WHERE")
    condition = parser.condition()
    key = {name: parser.equals[name] for name in table.keys if name in parser.equals}
    if len(key) < len(table.keys):
        raise EndpointError("ValidationException", "Where clause does not contain a mandatory equality on all keys")
    return table.key_of(key), condition


def _returned(parser: Parser, old: Typed, new: Typed | None) -> list[Typed]:
    if not parser.took("RETURNING"):
        return []
    parser.take("ALL")
    wanted = old if parser.take("OLD", "NEW").upper() == "OLD" else new
    parser.take("*")
    return [wanted] if wanted else []


def _copy(item: Any) -> Any:
    if isinstance(item, dict):
        return {name: _copy(one) for name, one in item.items()}
    return [_copy(one) for one in item] if isinstance(item, list) else item

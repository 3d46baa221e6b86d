"""DynamoDB's operations on tables in memory."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from bench.endpoint import statements
from bench.endpoint.errors import EndpointError, refused
from bench.endpoint.expressions import Parser
from bench.endpoint.ledger import NOTHING, Ledger, Units
from bench.endpoint.sizes import item_bytes, read_units, write_units
from bench.endpoint.table import Table
from bench.endpoint.values import Typed

Asked = Mapping[str, Any]
Answer = dict[str, Any]

_PAGE_BYTES = 1024 * 1024
_ITEM_BYTES_MAX = 400 * 1024


class Database:
    """Answers requests as DynamoDB does, and enters each into the ledger.

    Args:
        ledger: where every request is entered, with its units.
    """

    def __init__(self, ledger: Ledger) -> None:
        self.tables: dict[str, Table] = {}
        self._ledger = ledger

    def answer(self, operation: str, asked: Asked) -> Answer:
        """Carry out one operation.

        Raises:
            EndpointError: what DynamoDB answers in its place; the request is billed all the same where DynamoDB does.
        """
        operations: dict[str, Callable[[Asked], Answer]] = {
            "CreateTable": self._create_table,
            "PutItem": self._put,
            "DeleteItem": self._delete,
            "UpdateItem": self._update,
            "GetItem": self._get,
            "Query": self._query,
            "Scan": self._scan,
            "BatchGetItem": self._batch_get,
            "BatchWriteItem": self._batch_write,
            "ExecuteStatement": self._execute,
            "BatchExecuteStatement": self._batch_execute,
        }
        if operation not in operations:
            raise EndpointError("UnknownOperationException", f"{operation} is not offered by this endpoint")
        return operations[operation](asked)

    def table(self, name: str) -> Table:
        """Return a table.

        Raises:
            EndpointError: there is none of this name.
        """
        if name not in self.tables:
            raise EndpointError("ResourceNotFoundException", f"there is no table {name!r}")
        return self.tables[name]

    def _create_table(self, asked: Asked) -> Answer:
        self.tables[asked["TableName"]] = Table.declared(asked)
        return {"TableDescription": {"TableName": asked["TableName"], "TableStatus": "ACTIVE"}}

    def _put(self, asked: Asked) -> Answer:
        key = self.table(asked["TableName"]).key_of(asked["Item"])
        return self._write("PutItem", asked, key, lambda _: dict(asked["Item"]))

    def _delete(self, asked: Asked) -> Answer:
        key = self.table(asked["TableName"]).key_of(asked["Key"])
        return self._write("DeleteItem", asked, key, lambda _: None)

    def _update(self, asked: Asked) -> Answer:
        table = self.table(asked["TableName"])
        parser = _parser(asked, "UpdateExpression")
        changes = parser.changes()

        def changed(old: Typed | None) -> Typed:
            return statements.changed(old or dict(asked["Key"]), changes)

        return self._write("UpdateItem", asked, table.key_of(asked["Key"]), changed)

    def _write(
        self, operation: str, asked: Asked, key: tuple[str, str], new: Callable[[Typed | None], Typed | None]
    ) -> Answer:
        """Write if the condition holds; a refusal is billed by the item that was found."""
        name = asked["TableName"]
        table = self.table(name)
        old = table.get(key)
        if not _holds(asked, old):
            self._ledger.enter(operation, name, Units(wru=write_units(old)))
            found = old if asked.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD" else None
            raise refused(found)
        made = new(old)
        if item_bytes(made) > _ITEM_BYTES_MAX:
            raise EndpointError("ValidationException", "Item size has exceeded the maximum allowed size")
        self._ledger.enter(operation, name, table.write(key, made))
        returned = {"ALL_OLD": old, "ALL_NEW": made}.get(asked.get("ReturnValues", "NONE"))
        return {"Attributes": returned} if returned else {}

    def _get(self, asked: Asked) -> Answer:
        table = self.table(asked["TableName"])
        item = table.get(table.key_of(asked["Key"]))
        units = read_units(item_bytes(item), consistent=bool(asked.get("ConsistentRead")))
        self._ledger.enter("GetItem", asked["TableName"], Units(rru=units))
        return {"Item": item} if item else {}

    def _query(self, asked: Asked) -> Answer:
        table = self.table(asked["TableName"])
        index = table.indexes[asked["IndexName"]] if "IndexName" in asked else None
        parser = _parser(asked, "KeyConditionExpression")
        condition = parser.condition()
        partition = str(parser.equals[(index.keys if index else table.keys)[0]]["S"])
        start = asked.get("ExclusiveStartKey")
        after = table.key_of(start)[1] if start else None
        is_reversed = asked.get("ScanIndexForward") is False
        found = (
            table.query_index(index, partition) if index else table.query(partition, after=after, reverse=is_reversed)
        )
        return self._page("Query", asked, table, (item for item in found if condition(item)))

    def _scan(self, asked: Asked) -> Answer:
        table = self.table(asked["TableName"])
        start = asked.get("ExclusiveStartKey")
        return self._page("Scan", asked, table, table.items(after=table.key_of(start) if start else None))

    def _page(self, operation: str, asked: Asked, table: Table, found: Iterator[Typed]) -> Answer:
        """Answer with as much as a page holds; what a filter leaves out is read, and billed, all the same."""
        page: list[Typed] = []
        size, is_more = 0, False
        for item in found:
            if len(page) == asked.get("Limit") or (size and size + item_bytes(item) > _PAGE_BYTES):
                is_more = True
                break
            size += item_bytes(item)
            page.append(item)
        units = read_units(size, consistent=bool(asked.get("ConsistentRead")))
        self._ledger.enter(operation, asked["TableName"], Units(rru=units, items=len(page)))
        kept = page
        if "FilterExpression" in asked:
            condition = _parser(asked, "FilterExpression").condition()
            kept = [item for item in page if condition(item)]
        answer: Answer = {"Count": len(kept), "ScannedCount": len(page), "Items": kept}
        if is_more:
            answer["LastEvaluatedKey"] = {name: page[-1][name] for name in table.keys}
        return answer

    def _batch_get(self, asked: Asked) -> Answer:
        answers: dict[str, list[Typed]] = {}
        for name, request in asked["RequestItems"].items():
            table, units = self.table(name), NOTHING
            if not 1 <= len(request["Keys"]) <= 100:
                raise EndpointError("ValidationException", "Too many items requested for the BatchGetItem call")
            found = [table.get(table.key_of(key)) for key in request["Keys"]]
            for item in found:
                one = read_units(item_bytes(item), consistent=bool(request.get("ConsistentRead")))
                units += Units(rru=one)
            self._ledger.enter("BatchGetItem", name, units)
            answers[name] = [item for item in found if item]
        return {"Responses": answers, "UnprocessedKeys": {}}

    def _batch_write(self, asked: Asked) -> Answer:
        if sum(map(len, asked["RequestItems"].values())) > 25:
            raise EndpointError("ValidationException", "Too many items requested for the BatchWriteItem call")
        for name, writes in asked["RequestItems"].items():
            table, units = self.table(name), NOTHING
            for write in writes:
                new = write["PutRequest"]["Item"] if "PutRequest" in write else None
                units += table.write(table.key_of(new or write["DeleteRequest"]["Key"]), new)
            self._ledger.enter("BatchWriteItem", name, units)
        return {"UnprocessedItems": {}}

    def _execute(self, asked: Asked) -> Answer:
        items, name, units = statements.execute(self, asked)
        self._ledger.enter("ExecuteStatement", name, units)
        return {"Items": items}

    def _batch_execute(self, asked: Asked) -> Answer:
        """Carry out each statement on its own: one that is refused is answered with its error, and billed."""
        if not 1 <= len(asked["Statements"]) <= 25:
            raise EndpointError("ValidationException", "Member must have length less than or equal to 25")
        answers: list[Answer] = []
        units, resource = NOTHING, ""
        for statement in asked["Statements"]:
            try:
                items, resource, one = statements.execute(self, statement)
            except statements.StatementRefusedError as error:
                resource, one = error.table, error.units
                answers.append({"Error": error.in_batch(), "TableName": error.table})
            else:
                answers.append({"TableName": resource} | ({"Item": items[0]} if items else {}))
            units += one
        self._ledger.enter("BatchExecuteStatement", resource, units)
        return {"Responses": answers}


def _parser(asked: Asked, name: str) -> Parser:
    return Parser(asked[name], asked.get("ExpressionAttributeNames"), asked.get("ExpressionAttributeValues"))


def _holds(asked: Asked, old: Typed | None) -> bool:
    return "ConditionExpression" not in asked or _parser(asked, "ConditionExpression").condition()(old or {})

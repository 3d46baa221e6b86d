"""Items of more fields than a condition of DynamoDB may compare, which only a person's slip makes."""

from typing import Any

import pytest

from functions.aws.items import encode_item
from functions.aws.written_targets import DynamoWrittenTargets
from schedule_model.found import Found
from tests.unit.examples import item

OPERATORS_MAX = 300
EXPRESSION_BYTES_MAX = 4096


class Requests:
    """Stands in for boto3's client and keeps what it is asked for."""

    def __init__(self) -> None:
        self.made: list[dict[str, Any]] = []

    def update_item(self, **request: Any) -> dict[str, Any]:
        """Keep the request."""
        self.made.append(request)
        return {}


@pytest.mark.parametrize("fields", [0, 100, 500])
def test_an_edit_stays_within_what_dynamodb_compares_and_changes(fields: int) -> None:
    written = item() | {f"slip{place}": place for place in range(fields)}
    client = Requests()

    DynamoWrittenTargets(client, "Targets").replace(Found.of(written, stored=encode_item(written)), item(active=False))

    condition = client.made[0]["ConditionExpression"]
    assert len(condition) <= EXPRESSION_BYTES_MAX
    assert len(client.made[0]["UpdateExpression"]) <= EXPRESSION_BYTES_MAX
    assert condition.count(" = ") + condition.count(" AND ") + condition.count("(") <= OPERATORS_MAX
    assert "type" in client.made[0]["ExpressionAttributeNames"].values()

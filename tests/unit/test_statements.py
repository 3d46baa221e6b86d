"""Batches of statements, some of which fail: what each answer of DynamoDB comes to."""

from collections.abc import Iterator, Sequence
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.stub import ANY, Stubber

from functions.aws.items import encode_item
from functions.aws.rows import run_row
from functions.aws.runs import DynamoRuns
from functions.aws.statements import STATEMENTS_MAX, Outcome, insert, write_together
from functions.aws.timers import DynamoTimers
from functions.ports import Claimed, UnavailableError
from schedule_model.run import Run
from tests.unit.examples import NOON, run, timer

Error = dict[str, Any] | None
PASSING = ("ThrottlingError", "ProvisionedThroughputExceeded", "InternalServerError", "RequestLimitExceeded", "Unheard")


@pytest.fixture
def stubbed() -> Iterator[tuple[Any, Stubber]]:
    client = boto3.client(
        "dynamodb",
        region_name="eu-central-1",
        aws_access_key_id="testing",
        aws_secret_access_key="testing",
        config=Config(retries={"total_max_attempts": 1}),
    )
    with Stubber(client) as stubber:
        yield client, stubber
        stubber.assert_no_pending_responses()


def answer_with(stubber: Stubber, errors: Sequence[Error]) -> None:
    responses = [{"TableName": "table"} if error is None else {"Error": error} for error in errors]
    stubber.add_response("batch_execute_statement", {"Responses": responses}, {"Statements": ANY})


def rows(*names: str) -> list[Run]:
    return [run(target_id=name, holder=f"of {name}") for name in names]


@pytest.mark.parametrize("code", PASSING)
def test_a_claim_that_failed_in_the_batch_is_tried_alone(stubbed: tuple[Any, Stubber], code: str) -> None:
    client, stubber = stubbed
    answer_with(stubber, [None, {"Code": code}, None])
    stubber.add_response("put_item", {}, {"TableName": "runs", "Item": ANY, "ConditionExpression": ANY} | _ALL_OLD)

    assert DynamoRuns(client, "runs").claim(rows("a", "b", "c")) == [Claimed()] * 3


def test_a_claim_that_keeps_failing_says_so_and_the_others_stand(stubbed: tuple[Any, Stubber]) -> None:
    client, stubber = stubbed
    answer_with(stubber, [None, {"Code": "ThrottlingError"}])
    stubber.add_client_error("put_item", "ThrottlingException", http_status_code=400)

    first, second = DynamoRuns(client, "runs").claim(rows("a", "b"))

    assert first == Claimed()
    assert isinstance(second, UnavailableError)


def test_a_claim_of_an_occurrence_that_has_a_row_answers_with_that_row(stubbed: tuple[Any, Stubber]) -> None:
    client, stubber = stubbed
    (held,) = rows("b")
    answer_with(stubber, [None, {"Code": "DuplicateItem"}])
    stubber.add_response("get_item", {"Item": encode_item(run_row(held))})

    assert DynamoRuns(client, "runs").claim(rows("a", "b")) == [Claimed(), held]


def test_a_row_that_cannot_be_read_back_fails_its_claim_alone(stubbed: tuple[Any, Stubber]) -> None:
    client, stubber = stubbed
    answer_with(stubber, [None, {"Code": "DuplicateItem"}])
    stubber.add_client_error("get_item", "InternalServerError", http_status_code=500)

    first, second = DynamoRuns(client, "runs").claim(rows("a", "b"))

    assert first == Claimed()
    assert isinstance(second, UnavailableError)


def test_a_batch_that_is_not_answered_fails_each_of_its_claims(stubbed: tuple[Any, Stubber]) -> None:
    client, stubber = stubbed
    stubber.add_client_error("batch_execute_statement", "InternalServerError", http_status_code=500)

    assert [str(one) for one in DynamoRuns(client, "runs").claim(rows("a", "b"))] == ["InternalServerError"] * 2


def test_a_batch_that_dynamodb_does_not_take_as_a_whole_is_written_one_by_one(stubbed: tuple[Any, Stubber]) -> None:
    client, stubber = stubbed
    stubber.add_client_error("batch_execute_statement", "ValidationException", http_status_code=400)

    statements = [insert("runs", ("target_id",), encode_item({"target_id": name})) for name in "ab"]
    assert write_together(client, statements) == [Outcome.ALONE] * 2


def test_a_result_whose_lease_was_lost_is_answered_with_who_has_it(stubbed: tuple[Any, Stubber]) -> None:
    client, stubber = stubbed
    first, second = rows("a", "b")
    taken = second.model_copy(update={"holder": "another"})
    item = encode_item(run_row(taken))
    answer_with(stubber, [None, {"Code": "ConditionalCheckFailed", "Item": item}])

    done = [(row, row.completed(None, now=NOON)) for row in (first, second)]
    assert DynamoRuns(client, "runs").replace(done) == [Claimed(), taken]


def test_a_timer_that_is_there_already_is_put_under_its_condition(stubbed: tuple[Any, Stubber]) -> None:
    client, stubber = stubbed
    answer_with(stubber, [{"Code": "DuplicateItem"}, None])
    stubber.add_client_error("put_item", "ConditionalCheckFailedException", http_status_code=400)

    assert DynamoTimers(client, "timers").put([timer(target_id="a"), timer(target_id="b")]) == [None, None]


def test_a_call_takes_no_more_than_dynamodb_allows(stubbed: tuple[Any, Stubber]) -> None:
    client, stubber = stubbed
    for count in (STATEMENTS_MAX, STATEMENTS_MAX, 3):
        answer_with(stubber, [None] * count)

    assert DynamoRuns(client, "runs").claim(rows(*map(str, range(53)))) == [Claimed()] * 53


_ALL_OLD = {"ReturnValuesOnConditionCheckFailure": "ALL_OLD"}

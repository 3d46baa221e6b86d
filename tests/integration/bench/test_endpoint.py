"""What the counting endpoint bills; that it answers rightly is the contract suite's business."""

from contextlib import suppress

import pytest

from bench.endpoint.errors import EndpointError
from bench.endpoint.ledger import total
from bench.endpoint.server import Endpoint
from bench.endpoint.sizes import item_bytes

KEY = {"id": {"S": "a"}}
INDEX = {
    "IndexName": "failures",
    "KeySchema": [{"AttributeName": "failed_on", "KeyType": "HASH"}],
    "Projection": {"ProjectionType": "KEYS_ONLY"},
}


@pytest.fixture
def endpoint():
    made = Endpoint()
    schema = [{"AttributeName": "id", "KeyType": "HASH"}]
    made.database.answer("CreateTable", {"TableName": "t", "KeySchema": schema, "GlobalSecondaryIndexes": [INDEX]})
    made.queues.answer("CreateQueue", {"QueueName": "q"})
    return made


def units(endpoint, operation, **asked):
    endpoint.ledger.take()
    target = "AmazonSQS" if "QueueUrl" in asked else "DynamoDB_20120810"
    with suppress(EndpointError):
        endpoint.answer(f"{target}.{operation}", asked)
    return total(endpoint.ledger.take())


def put(endpoint, **attributes):
    return units(endpoint, "PutItem", TableName="t", Item=KEY | attributes)


def text(size):
    return {"S": "x" * size}


def test_an_items_size_is_what_the_guide_says():
    item = KEY | {
        "n": {"N": "-12.50"},
        "b": {"BOOL": True},
        "m": {"M": {"k": {"S": "vv"}}},
        "l": {"L": [{"NULL": True}]},
    }

    assert item_bytes(item) == (2 + 1) + (1 + 4) + (1 + 1) + (1 + 3 + 1 + 3) + (1 + 3 + 2)


@pytest.mark.parametrize(("size", "wru"), [(10, 1), (1024 - 4, 1), (1024 - 3, 2), (3000, 3)])
def test_a_write_costs_a_unit_for_each_kilobyte_begun(endpoint, size, wru):
    assert put(endpoint, x=text(size)).wru == wru


def test_a_write_is_billed_by_the_larger_of_both_items(endpoint):
    put(endpoint, x=text(3000))

    assert put(endpoint).wru == 3
    assert put(endpoint).wru == 1


def test_a_refused_write_is_billed_by_the_item_it_found(endpoint):
    put(endpoint, x=text(2000))

    refused = units(endpoint, "PutItem", TableName="t", Item=KEY, ConditionExpression="attribute_not_exists(id)")

    assert refused.wru == 2


def test_an_index_bills_what_enters_changes_and_leaves_it(endpoint):
    assert put(endpoint).index_wru == 0
    assert put(endpoint, failed_on={"S": "monday"}).index_wru == 1
    assert put(endpoint, failed_on={"S": "monday"}, x=text(9)).index_wru == 0
    assert put(endpoint, failed_on={"S": "tuesday"}).index_wru == 2
    assert put(endpoint).index_wru == 1


@pytest.mark.parametrize(("consistent", "rru"), [(True, 2), (False, 1)])
def test_a_read_costs_half_or_a_whole_unit_for_each_four_kilobytes(endpoint, consistent, rru):
    put(endpoint, x=text(5000))

    assert units(endpoint, "GetItem", TableName="t", Key=KEY, ConsistentRead=consistent).rru == rru


def test_a_read_of_nothing_is_billed(endpoint):
    assert units(endpoint, "GetItem", TableName="t", Key=KEY).rru == 0.5


def test_each_statement_of_a_batch_is_billed_refused_ones_too(endpoint):
    statement = {"Statement": "INSERT INTO \"t\" VALUE {'id': ?}", "Parameters": [{"S": "a"}]}

    assert units(endpoint, "BatchExecuteStatement", Statements=[statement]).wru == 1
    assert units(endpoint, "BatchExecuteStatement", Statements=[statement]).wru == 1
    assert len(endpoint.database.table("t")) == 1


def test_removal_by_ttl_costs_nothing(endpoint):
    put(endpoint)

    assert endpoint.database.table("t").write(("a", ""), None, is_billed=False).wru == 0
    assert endpoint.database.table("t").get(("a", "")) is None


@pytest.mark.parametrize(("sizes", "requests"), [([10] * 10, 1), ([65_536], 1), ([65_537], 2), ([40_000, 40_000], 2)])
def test_a_batch_of_messages_costs_a_request_for_each_64_kilobytes(endpoint, sizes, requests):
    entries = [{"Id": str(place), "MessageBody": "x" * size} for place, size in enumerate(sizes)]

    assert units(endpoint, "SendMessageBatch", QueueUrl="/q", Entries=entries).sqs == requests


def test_an_empty_receive_is_a_request_too(endpoint):
    assert units(endpoint, "ReceiveMessage", QueueUrl="/q").sqs == 1


def test_a_message_stays_hidden_for_its_delay():
    now = [0.0]
    endpoint = Endpoint(lambda: now[0])
    endpoint.queues.answer("CreateQueue", {"QueueName": "q"})
    endpoint.queues.answer("SendMessage", {"QueueUrl": "/q", "MessageBody": "x", "DelaySeconds": 900})

    now[0] = 899.9
    assert endpoint.queues.answer("ReceiveMessage", {"QueueUrl": "/q"}) == {"Messages": []}
    now[0] = 900
    assert len(endpoint.queues.answer("ReceiveMessage", {"QueueUrl": "/q"})["Messages"]) == 1

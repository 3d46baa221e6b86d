"""What our promises lean on and the engine, as published, does otherwise: each change in local/engine has its claim."""

import io
import json
import os
import signal
import time
import uuid
import zipfile
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import boto3
import pytest
from botocore.exceptions import ClientError

OPEN_POLICY = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
PREAMBLE = """
import json, os, time

def tell(**facts):
    with open(os.environ["TOLD"], "a") as told:
        told.write(json.dumps(facts | {"pid": os.getpid(), "at": time.time()}) + "\\n")
"""


class Place:
    """A function of the test's own, what it told, and the queues and tables that it reads."""

    def __init__(self, stack, folder):
        self.client = stack.client
        self.name = f"test-{uuid.uuid4().hex[:8]}"
        self._told = folder / "told"

    def function(self, code, *, timeout=20):
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("app.py", PREAMBLE + code)
        self.client("lambda").create_function(
            FunctionName=self.name,
            Runtime="python3.13",
            Handler="app.handler",
            Role=self.role(OPEN_POLICY),
            Timeout=timeout,
            Code={"ZipFile": packed.getvalue()},
            Environment={"Variables": {"TOLD": str(self._told)}},
        )

    def role(self, policy):
        iam = self.client("iam")
        arn = iam.create_role(RoleName=self.name, AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
        iam.put_role_policy(RoleName=self.name, PolicyName="all", PolicyDocument=json.dumps(policy))
        return arn

    def queue(self, **attributes):
        return self.client("sqs").create_queue(QueueName=self.name, Attributes=attributes)["QueueUrl"]

    def table(self):
        description = self.client("dynamodb").create_table(
            TableName=self.name,
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
        )
        return description["TableDescription"]["LatestStreamArn"]

    def source(self, arn, **settings):
        if ":dynamodb:" in arn:
            settings = {"StartingPosition": "TRIM_HORIZON"} | settings
        self.client("lambda").create_event_source_mapping(
            FunctionName=self.name, EventSourceArn=arn, FunctionResponseTypes=["ReportBatchItemFailures"], **settings
        )

    def queue_arn(self, url):
        return self.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"][
            "QueueArn"
        ]

    def put(self, item_id, **attributes):
        item = {"id": {"S": item_id}} | attributes
        self.client("dynamodb").put_item(TableName=self.name, Item=item)

    def told(self):
        return [json.loads(line) for line in self._told.read_text().splitlines()] if self._told.exists() else []

    def wait_for_told(self, count, *, seconds=20):
        deadline = time.monotonic() + seconds
        while len(self.told()) < count:
            assert time.monotonic() < deadline, f"only {self.told()}"
            time.sleep(0.05)
        return self.told()


@pytest.fixture
def place(stack, tmp_path):
    return Place(stack, tmp_path)


FAILS_POISON = """
def handler(event, context):
    ids = [record["dynamodb"]["Keys"]["id"]["S"] for record in event["Records"]]
    poison = [r["dynamodb"]["SequenceNumber"] for r in event["Records"] if r["dynamodb"]["Keys"]["id"]["S"] == "poison"]
    tell(ids=ids)
    return {"batchItemFailures": [{"itemIdentifier": number} for number in poison[:1]]}
"""


def test_a_poison_record_is_retried_alone_then_given_up_with_its_records_in_s3(place):
    place.function(FAILS_POISON)
    bucket = place.name
    place.client("s3").create_bucket(Bucket=bucket)
    stream = place.table()
    for item_id in ("first", "poison", "last"):
        place.put(item_id)

    place.source(
        stream,
        MaximumRetryAttempts=2,
        BisectBatchOnFunctionError=True,
        DestinationConfig={"OnFailure": {"Destination": f"arn:aws:s3:::{bucket}"}},
    )
    place.wait_for_told(5)
    time.sleep(1)

    calls = [fact["ids"] for fact in place.told()]
    assert calls[0] == ["first", "poison", "last"]
    assert sum("first" in call for call in calls) == 1
    assert calls.count(["poison"]) == 3
    assert calls[-1] == ["last"]
    (kept,) = place.client("s3").list_objects_v2(Bucket=bucket)["Contents"]
    letter = json.loads(place.client("s3").get_object(Bucket=bucket, Key=kept["Key"])["Body"].read())
    assert letter["requestContext"]["condition"] == "RetryAttemptsExhausted"
    assert json.loads(letter["payload"])["Records"][0]["dynamodb"]["Keys"] == {"id": {"S": "poison"}}


TELLS_IDENTITY = """
def handler(event, context):
    for record in event["Records"]:
        tell(id=record["dynamodb"]["Keys"]["id"]["S"], name=record["eventName"], identity=record.get("userIdentity"))
"""


def test_ttl_removes_an_expired_item_after_the_lag_with_the_identity_of_the_service(place, stack):
    place.function(TELLS_IDENTITY)
    place.source(place.table(), FilterCriteria={"Filters": [{"Pattern": '{"eventName": ["REMOVE"]}'}]})
    specification = {"Enabled": True, "AttributeName": "expires_at"}
    stack.client("dynamodb").update_time_to_live(TableName=place.name, TimeToLiveSpecification=specification)
    expires_at = int(time.time()) + 1
    place.put("expiring", expires_at={"N": str(expires_at)})
    place.put("no-number", expires_at={"S": "1"})
    place.put("deleted")
    stack.client("dynamodb").delete_item(TableName=place.name, Key={"id": {"S": "deleted"}})

    by_user, by_ttl = place.wait_for_told(2)

    assert (by_user["id"], by_user["identity"]) == ("deleted", None)
    assert (by_ttl["id"], by_ttl["identity"]["principalId"]) == ("expiring", "dynamodb.amazonaws.com")
    assert by_ttl["at"] >= expires_at + 2
    assert len(place.told()) == 2


TAKES_A_SECOND = """
def handler(event, context):
    started = time.time()
    time.sleep(1)
    tell(started=started)
"""


def test_batches_of_a_queue_are_executed_at_once(place):
    place.function(TAKES_A_SECOND)
    url = place.queue()
    place.source(place.queue_arn(url), BatchSize=1, ScalingConfig={"MaximumConcurrency": 4})
    place.client("sqs").send_message(QueueUrl=url, MessageBody="warm")
    place.wait_for_told(1)

    for _ in range(4):
        place.client("sqs").send_message(QueueUrl=url, MessageBody="run")
    four = place.wait_for_told(5)[1:]

    assert len({fact["pid"] for fact in four}) == 4
    assert max(fact["started"] for fact in four) < min(fact["at"] for fact in four)


def test_a_delayed_message_arrives_within_a_moment_of_its_second(place):
    place.function("\ndef handler(event, context):\n    tell()\n")
    url = place.queue()
    place.source(place.queue_arn(url))
    place.client("sqs").send_message(QueueUrl=url, MessageBody="warm")
    place.wait_for_told(1)

    sent_at = time.time()
    place.client("sqs").send_message(QueueUrl=url, MessageBody="run", DelaySeconds=2)
    arrived_at = place.wait_for_told(2)[1]["at"]

    assert 1.9 < arrived_at - sent_at < 2.5


HANGS_ONCE = """
def handler(event, context):
    count = event["Records"][0]["attributes"]["ApproximateReceiveCount"]
    tell(count=count)
    time.sleep(60 if count == "1" else 0)
"""


def test_a_message_whose_process_was_killed_comes_back_after_the_visibility_timeout(place):
    place.function(HANGS_ONCE, timeout=90)
    url = place.queue(VisibilityTimeout="4")
    place.source(place.queue_arn(url))
    place.client("sqs").send_message(QueueUrl=url, MessageBody="run")
    (first,) = place.wait_for_told(1)

    os.kill(first["pid"], signal.SIGKILL)
    second = place.wait_for_told(2)[1]

    assert second["count"] == "2"
    assert second["pid"] != first["pid"]
    assert 3.5 < second["at"] - first["at"] < 7


def test_a_delay_that_sqs_refuses_is_refused(place):
    url = place.queue()

    with pytest.raises(ClientError, match="DelaySeconds"):
        place.client("sqs").send_message(QueueUrl=url, MessageBody="run", DelaySeconds=901)


def assumed(place, stack, role, service):
    """Return a client that may do what the role may."""
    keys = place.client("sts").assume_role(RoleArn=role, RoleSessionName="test")["Credentials"]
    return boto3.client(
        service,
        endpoint_url=stack.endpoint,
        region_name="us-east-1",
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys["SessionToken"],
    )


def test_a_role_may_do_what_its_statements_say_and_nothing_else(place, stack):
    queue_url, arn = stack.outputs["RunQueueUrl"], stack.outputs["RunQueueArn"]
    statement = {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": f"{arn}-of-another-stack"}
    role = place.role({"Version": "2012-10-17", "Statement": [statement]})
    sqs = assumed(place, stack, role, "sqs")

    with pytest.raises(ClientError, match="AccessDenied"):
        sqs.send_message_batch(QueueUrl=queue_url, Entries=[{"Id": "1", "MessageBody": "run"}])


def test_what_a_statement_changes_is_told_on_the_stream(place):
    arn, dynamodb, streams = place.table(), place.client("dynamodb"), place.client("dynamodbstreams")
    inserts = [{"Statement": f"INSERT INTO \"{place.name}\" VALUE {{'id': ?}}", "Parameters": [{"S": "a"}]}] * 2
    update = {"Statement": f'UPDATE "{place.name}" SET "n"=? WHERE "id"=?', "Parameters": [{"N": "1"}, {"S": "a"}]}

    delete = {"Statement": f'DELETE FROM "{place.name}" WHERE "id"=?', "Parameters": [{"S": "a"}]}

    first = dynamodb.batch_execute_statement(Statements=inserts)["Responses"]
    dynamodb.batch_execute_statement(Statements=[update])
    dynamodb.execute_statement(**delete)
    dynamodb.execute_statement(**delete)

    assert [answer.get("Error", {}).get("Code") for answer in first] == [None, "DuplicateItem"]
    (shard,) = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
    start = streams.get_shard_iterator(StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON")
    records = streams.get_records(ShardIterator=start["ShardIterator"])["Records"]
    told = [(record["eventName"], record["dynamodb"].get("NewImage")) for record in records]
    assert told == [("INSERT", {"id": {"S": "a"}}), ("MODIFY", {"id": {"S": "a"}, "n": {"N": "1"}}), ("REMOVE", None)]


def test_a_page_from_elsewhere_cannot_call_the_engine(stack):
    addressed = {"url": f"{stack.endpoint}/_ministack/health"}

    assert urlopen(Request(**addressed), timeout=10).status == 200
    for told in ({"Origin": "https://evil.example"}, {"Host": "evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        with pytest.raises(HTTPError, match="403"):
            urlopen(Request(**addressed, headers=told), timeout=10)


@pytest.mark.parametrize("allowed", ["PartiQLInsert", "PartiQLUpdate", "PutItem"])
def test_a_statement_needs_its_own_permission_on_its_table(place, stack, allowed):
    place.table()
    arn = place.client("dynamodb").describe_table(TableName=place.name)["Table"]["TableArn"]
    statement = {"Effect": "Allow", "Action": f"dynamodb:{allowed}", "Resource": arn}
    role = place.role({"Version": "2012-10-17", "Statement": [statement]})
    insert = {"Statement": f"INSERT INTO \"{place.name}\" VALUE {{'id': ?}}", "Parameters": [{"S": "a"}]}
    dynamodb = assumed(place, stack, role, "dynamodb")

    if allowed == "PartiQLInsert":
        assert "Error" not in dynamodb.batch_execute_statement(Statements=[insert])["Responses"][0]
        return
    with pytest.raises(ClientError, match=r"AccessDenied.*PartiQLInsert"):
        dynamodb.batch_execute_statement(Statements=[insert])

"""The `sqs`, `sns`, `eventbridge` and `step_functions` runners against moto's server."""

import json

import boto3
import pytest

from functions.runners.contract import InvalidParamsError
from functions.runners.registry import check_params
from tests.integration.runners.aws_account import ACCOUNT, KEY, OCCURRENCE, REGION, failure, make_queue, received, run
from tests.integration.runners.servers import reply, serve

pytestmark = pytest.mark.usefixtures("aws")


def test_sqs_sends_the_occurrence_when_no_body_is_written() -> None:
    queue_url = make_queue("plain")

    output = run("sqs", queue_url=queue_url)

    [message] = received(queue_url)
    assert json.loads(message["Body"]) == OCCURRENCE
    assert message["MessageAttributes"]["IdempotencyKey"]["StringValue"] == KEY
    assert output == {"message_id": message["MessageId"]}


@pytest.mark.parametrize(("body", "sent"), [("text", "text"), ({"a": 1}, '{"a": 1}'), (None, "null")])
def test_sqs_sends_a_text_as_it_is_and_anything_else_as_json(body: object, sent: str) -> None:
    queue_url = make_queue("bodies")

    run("sqs", queue_url=queue_url, body=body, attributes={"Origin": "x"})

    [message] = received(queue_url)
    assert message["Body"] == sent
    assert message["MessageAttributes"]["Origin"]["StringValue"] == "x"
    boto3.client("sqs").delete_queue(QueueUrl=queue_url)


def test_a_second_attempt_puts_no_second_message_on_a_fifo_queue() -> None:
    queue_url = make_queue("ordered.fifo", FifoQueue="true")

    run("sqs", queue_url=queue_url, attempt=1)
    run("sqs", queue_url=queue_url, attempt=2)

    [message] = received(queue_url)
    assert message["Attributes"]["MessageGroupId"] == "homepage"


def test_a_queue_that_does_not_exist_fails_for_good() -> None:
    error = failure("sqs", queue_url=f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/nowhere")

    assert not error.is_retryable
    assert "sqs:send_message was refused with" in str(error)
    assert "NonExistentQueue" in str(error)


@pytest.mark.parametrize(
    "host",
    ["sqs.us-west-2.amazonaws.com", "us-west-2.queue.amazonaws.com", "vpce-1a-2b.sqs.us-west-2.vpce.amazonaws.com"],
)
def test_sqs_sends_to_the_region_that_the_url_names(host: str) -> None:
    there = boto3.client("sqs", region_name="us-west-2")
    queue_url = there.create_queue(QueueName="everywhere")["QueueUrl"]
    here = make_queue("everywhere")

    output = run("sqs", queue_url=f"https://{host}/{ACCOUNT}/everywhere")

    [message] = there.receive_message(QueueUrl=queue_url)["Messages"]
    there.delete_queue(QueueUrl=queue_url)
    assert output == {"message_id": message["MessageId"]}
    assert received(here) == []


def test_sqs_sends_to_the_region_that_is_written_where_the_url_names_none(monkeypatch: pytest.MonkeyPatch) -> None:
    with serve() as stub:
        monkeypatch.setenv("AWS_ENDPOINT_URL_SQS", stub.url(""))
        stub.answers["/"] = reply(200, b"{}", Content_Type="application/x-amz-json-1.0")
        run("sqs", queue_url=stub.url("/000000000000/orders"), region="us-west-2")
        run("sqs", queue_url=stub.url("/000000000000/orders"))

    signed = [request.headers["authorization"] for request in stub.received]
    assert ["/us-west-2/sqs/" in signed[0], f"/{REGION}/sqs/" in signed[1]] == [True, True]


def test_sqs_refuses_a_region_beside_the_url_of_a_queue_in_another() -> None:
    url = "https://sqs.us-west-2.amazonaws.com/123456789012/orders"

    with pytest.raises(InvalidParamsError) as caught:
        check_params("sqs", {"queue_url": url, "region": "eu-central-1"})

    assert str(caught.value) == (
        "params.queue_url: is in us-west-2 but region is eu-central-1; leave region out, or name one that is there"
    )
    assert not failure("sqs", queue_url=url, region="eu-central-1").is_retryable
    check_params("sqs", {"queue_url": url, "region": "us-west-2"})
    for host in ("localhost:4566", "queue.amazonaws.com"):
        check_params("sqs", {"queue_url": f"http://{host}/000000000000/orders", "region": "eu-central-1"})


def test_a_queue_whose_key_is_throttled_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    throttled = b'{"__type": "com.amazonaws.sqs#KmsThrottled", "message": "later"}'
    with serve() as stub:
        stub.answers["/"] = reply(400, throttled, x_amzn_query_error="KMS.ThrottlingException;Sender")
        monkeypatch.setenv("AWS_ENDPOINT_URL_SQS", stub.url(""))
        error = failure("sqs", queue_url=f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/secret")

    assert error.is_retryable
    assert "refused with KMS.ThrottlingException: later" in str(error)


def test_sns_publishes_to_the_subscribers_of_a_topic() -> None:
    queue_url = make_queue("subscriber")
    topic_arn = boto3.client("sns").create_topic(Name="news")["TopicArn"]
    queue_arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:subscriber"
    boto3.client("sns").subscribe(TopicArn=topic_arn, Protocol="sqs", Endpoint=queue_arn)

    output = run("sns", topic_arn=topic_arn, message={"a": 1}, subject="Report")

    [message] = received(queue_url)
    envelope = json.loads(message["Body"])
    assert (envelope["Message"], envelope["Subject"]) == ('{"a": 1}', "Report")
    assert envelope["MessageAttributes"]["IdempotencyKey"]["Value"] == KEY
    assert output == {"message_id": envelope["MessageId"]}


def test_eventbridge_puts_an_event_that_rules_deliver() -> None:
    queue_url = make_queue("bus-target")
    events = boto3.client("events")
    events.put_rule(Name="all", EventPattern='{"source": ["hourglass"]}')
    events.put_targets(Rule="all", Targets=[{"Id": "q", "Arn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:bus-target"}])

    output = run("eventbridge", detail_type="Due", detail={"a": 1})

    [message] = received(queue_url)
    event = json.loads(message["Body"])
    assert (event["detail-type"], event["detail"], event["time"]) == ("Due", {"a": 1}, "2026-11-20T12:00:00Z")
    assert output["event_id"] == event["id"]


@pytest.mark.parametrize(("code", "is_retryable"), [("InternalFailure", True), ("NotAuthorizedForSource", False)])
def test_an_event_refused_with_status_200_is_a_failure(
    code: str, *, is_retryable: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = {"FailedEntryCount": 1, "Entries": [{"ErrorCode": code, "ErrorMessage": "no"}]}
    with serve() as stub:
        stub.answers["/"] = reply(200, json.dumps(refused).encode(), Content_Type="application/x-amz-json-1.1")
        monkeypatch.setenv("AWS_ENDPOINT_URL_EVENTBRIDGE", stub.url(""))
        error = failure("eventbridge")

    assert error.is_retryable is is_retryable
    assert f"refused the event with {code}: no" in str(error)


def test_a_second_attempt_starts_no_second_execution() -> None:
    machines = boto3.client("stepfunctions")
    role = f"arn:aws:iam::{ACCOUNT}:role/states"
    definition = '{"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}'
    arn = machines.create_state_machine(name="report", definition=definition, roleArn=role)["stateMachineArn"]

    first = run("step_functions", state_machine_arn=arn, attempt=1)
    second = run("step_functions", state_machine_arn=arn, attempt=2)

    [execution] = machines.list_executions(stateMachineArn=arn)["executions"]
    assert first["execution_arn"] == execution["executionArn"]
    assert first["name"] == second["name"] == execution["name"]
    found = machines.describe_execution(executionArn=execution["executionArn"])
    assert json.loads(found["input"]) == OCCURRENCE

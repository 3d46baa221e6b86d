"""The runners that call AWS, against moto's server; `lambda` against a stub, since moto runs functions in Docker."""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

from functions.aws import clients
from functions.runners.execute import execute
from functions.runners.secrets import Secrets
from schedule_model.clock import SystemClock
from schedule_model.errors import RunnerError
from tests.integration.runners.servers import Handler, Received, Server, reply, serve
from tests.unit.runners.circumstances import context

ACCOUNT = "123456789012"
REGION = "eu-central-1"
KEY = "homepage/2026-11-20T12:00:00Z"
OCCURRENCE = {"target_id": "homepage", "scheduled_at": "2026-11-20T12:00:00Z", "idempotency_key": KEY}


@pytest.fixture(scope="module")
def moto_url() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(autouse=True)
def aws(moto_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An account on moto's server, with fresh clients."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", moto_url)
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    clear_clients()
    yield
    clear_clients()


@pytest.fixture
def lambdas(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A stub of Lambda's endpoint."""
    with serve() as stub:
        monkeypatch.setenv("AWS_ENDPOINT_URL_LAMBDA", stub.url(""))
        yield stub


def clear_clients() -> None:
    clients._make.cache_clear()
    clients._session.cache_clear()


def run(type_name: str, *, attempt: int = 1, **params: object) -> Any:
    circumstances = context(clock=SystemClock(), attempt=attempt)
    result = execute(type_name, params, circumstances, secrets=Secrets())
    assert result is not None
    return result.output


def failure(type_name: str, *, seconds: float = 60, **params: object) -> RunnerError:
    circumstances = context(clock=SystemClock(), seconds=seconds)
    with pytest.raises(RunnerError) as caught:
        execute(type_name, params, circumstances, secrets=Secrets())
    return caught.value


def make_queue(name: str, **attributes: str) -> str:
    return str(boto3.client("sqs").create_queue(QueueName=name, Attributes=attributes)["QueueUrl"])


def received(queue_url: str) -> list[dict[str, Any]]:
    answer = boto3.client("sqs").receive_message(
        QueueUrl=queue_url, MaxNumberOfMessages=10, MessageAttributeNames=["All"], MessageSystemAttributeNames=["All"]
    )
    return list(answer.get("Messages", []))


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
    code: str, is_retryable: bool, monkeypatch: pytest.MonkeyPatch
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


def test_lambda_records_what_the_function_answered(lambdas: Server) -> None:
    lambdas.answers["/2015-03-31/functions/report/invocations"] = reply(200, b'{"rows": 3}', X_Amz_Executed_Version="7")

    output = run("lambda", function="report", payload={"day": "<hourglass.scheduled_at>"})

    assert output == {"status": 200, "executed_version": "7", "payload": {"rows": 3}}
    assert json.loads(lambdas.received[0].body) == {"day": "2026-11-20T12:00:00Z"}


def test_lambda_gets_the_occurrence_and_attempt_when_no_payload_is_written(lambdas: Server) -> None:
    run("lambda", function="report", attempt=3, invocation_type="Event")

    assert json.loads(lambdas.received[0].body) == {**OCCURRENCE, "attempt": 3}
    assert lambdas.received[0].headers["x-amz-invocation-type"] == "Event"


def test_a_function_that_fails_is_a_retryable_failure_with_its_reason(lambdas: Server) -> None:
    lambdas.answers["/2015-03-31/functions/report/invocations"] = reply(
        200, b'{"errorType": "KeyError", "errorMessage": "day"}', X_Amz_Function_Error="Unhandled"
    )

    error = failure("lambda", function="report")

    assert error.is_retryable
    assert str(error) == "report failed (Unhandled): KeyError: day"


def test_a_function_that_times_out_is_called_once_per_attempt(lambdas: Server) -> None:
    lambdas.answers["/2015-03-31/functions/report/invocations"] = reply_late

    error = failure("lambda", function="report", timeout_seconds=0.2)

    assert error.is_retryable
    assert len(lambdas.received) == 1


def reply_late(received: Received, handler: Handler) -> None:
    SystemClock().wait_until(context(clock=SystemClock(), seconds=0.6).deadline)


def test_a_function_that_does_not_exist_fails_for_good() -> None:
    error = failure("lambda", function="nowhere")

    assert not error.is_retryable
    assert "lambda:invoke was refused with ResourceNotFoundException" in str(error)


@pytest.mark.parametrize(
    ("status", "code", "is_retryable"),
    [(429, "TooManyRequestsException", True), (500, "ServiceException", True), (403, "AccessDeniedException", False)],
)
def test_a_refusal_by_aws_is_retryable_only_when_it_may_pass(
    lambdas: Server, status: int, code: str, is_retryable: bool
) -> None:
    lambdas.answers["/2015-03-31/functions/report/invocations"] = reply(
        status, b'{"message": "no"}', X_Amzn_ErrorType=code
    )

    assert failure("lambda", function="report").is_retryable is is_retryable


def test_an_assumed_role_signs_the_call(lambdas: Server) -> None:
    run("lambda", function="report", role_arn=f"arn:aws:iam::{ACCOUNT}:role/reports")

    assert "Credential=ASIA" in lambdas.received[0].headers["authorization"]


def test_another_region_signs_the_call(lambdas: Server) -> None:
    run("lambda", function="report", region="us-west-2")

    assert "/us-west-2/lambda/" in lambdas.received[0].headers["authorization"]


def test_no_time_left_is_a_retryable_failure() -> None:
    error = failure("lambda", seconds=0.5, function="report")

    assert error.is_retryable
    assert "no time left" in str(error)


@pytest.mark.parametrize("operation", ["list_buckets", "ListBuckets"])
def test_aws_sdk_calls_what_the_owner_allows(operation: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SDK_ALLOW", "ec2:*, s3:list_*")
    shelf = boto3.resource("s3").create_bucket(Bucket="shelf", CreateBucketConfiguration={"LocationConstraint": REGION})

    output = run("aws_sdk", service="s3", operation=operation)

    shelf.delete()
    assert [bucket["Name"] for bucket in output["Buckets"]] == ["shelf"]
    assert "T" in output["Buckets"][0]["CreationDate"]
    assert "ResponseMetadata" not in output


@pytest.mark.parametrize("allowed", ["", "s3:get_*", "*", "ec2:list_buckets", "s3:list", "s3"])
def test_aws_sdk_refuses_every_other_call(allowed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SDK_ALLOW", allowed)

    error = failure("aws_sdk", service="s3", operation="list_buckets")

    assert not error.is_retryable
    assert "let its owner add it to AWS_SDK_ALLOW" in str(error)


@pytest.mark.parametrize(
    ("service", "operation", "text"),
    [
        ("s4", "list_buckets", "Unknown service"),
        ("s3", "list_pails", "has no operation list_pails"),
        ("s3", "generate_presigned_url", "has no operation"),
        ("s3", "close", "has no operation"),
        ("s3", "meta", "has no operation"),
    ],
)
def test_aws_sdk_refuses_what_is_no_operation(
    service: str, operation: str, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SDK_ALLOW", "*:*")

    error = failure("aws_sdk", service=service, operation=operation)

    assert not error.is_retryable
    assert text in str(error)


def test_aws_sdk_says_which_parameter_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SDK_ALLOW", "*:*")

    error = failure("aws_sdk", service="s3", operation="list_objects_v2", parameters={"Buckett": "x"})

    assert not error.is_retryable
    assert "Missing required parameter" in str(error)
    assert "Buckett" in str(error)


def test_aws_sdk_fills_in_the_same_token_for_every_attempt(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SDK_ALLOW", "ec2:run_instances")
    with serve() as stub:
        stub.answers["/"] = reply(200, b"<RunInstancesResponse/>")
        monkeypatch.setenv("AWS_ENDPOINT_URL_EC2", stub.url(""))
        parameters = {"ImageId": "ami-1", "MinCount": 1, "MaxCount": 1}
        for attempt in (1, 2):
            run("aws_sdk", attempt=attempt, service="ec2", operation="run_instances", parameters=parameters)

    bodies = [request.body.decode() for request in stub.received]
    tokens = [part for body in bodies for part in body.split("&") if part.startswith("ClientToken=")]
    assert len(tokens) == 2
    assert len(set(tokens)) == 1


def test_secrets_are_read_from_both_stores_and_never_recorded() -> None:
    boto3.client("ssm").put_parameter(Name="/hourglass/token", Value="t0ps3cret", Type="SecureString")
    boto3.client("secretsmanager").create_secret(Name="db", SecretString='{"password": "pa55word"}')
    queue_url = make_queue("secrets")

    body = {"token": "ssm:/hourglass/token", "login": "admin:<secretsmanager:db#password>"}
    run("sqs", queue_url=queue_url, body=body)

    [message] = received(queue_url)
    assert json.loads(message["Body"]) == {"token": "t0ps3cret", "login": "admin:pa55word"}
    assert run("echo", message=body) == {"message": body}


@pytest.mark.parametrize("reference", ["ssm:/nowhere", "secretsmanager:nowhere"])
def test_a_secret_that_does_not_exist_fails_for_good(reference: str) -> None:
    error = failure("echo", message=reference)

    assert not error.is_retryable
    assert "NotFound" in str(error)
    assert reference in str(error)


def test_one_client_serves_every_call_with_the_same_settings() -> None:
    assert clients.client("sqs") is clients.client("sqs")
    assert clients.client("sqs") is not clients.client("sqs", clients.CallSettings(region="us-east-1"))

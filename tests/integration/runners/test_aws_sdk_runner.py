"""The `aws_sdk` runner and references to secrets, against moto's server."""

import json

import boto3
import pytest

from functions.aws import clients
from tests.integration.runners.aws_account import REGION, failure, make_queue, received, run
from tests.integration.runners.servers import reply, serve

pytestmark = pytest.mark.usefixtures("aws")


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
    assert "let its owner add it to AwsSdkAllow" in str(error)


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

"""Which region an ARN or a queue's URL names."""

import pytest

from functions.aws.regions import region_of


@pytest.mark.parametrize(
    ("host", "region"),
    [
        ("sqs.us-west-2.amazonaws.com", "us-west-2"),
        ("sqs.us-gov-west-1.amazonaws.com", "us-gov-west-1"),
        ("sqs.cn-north-1.amazonaws.com.cn", "cn-north-1"),
        ("sqs.eusc-de-east-1.amazonaws.eu", "eusc-de-east-1"),
        ("sqs-fips.us-east-1.amazonaws.com", "us-east-1"),
        ("sqs.eu-central-1.api.aws", "eu-central-1"),
        ("SQS.US-West-2.AmazonAWS.com:443", "us-west-2"),
        ("us-west-2.queue.amazonaws.com", "us-west-2"),
        ("cn-north-1.queue.amazonaws.com.cn", "cn-north-1"),
        ("vpce-0a1b2c-3d4e.sqs.us-west-2.vpce.amazonaws.com", "us-west-2"),
        ("vpce-0a1b2c-3d4e-us-west-2a.sqs.us-west-2.vpce.amazonaws.com", "us-west-2"),
    ],
)
def test_the_region_is_the_one_in_the_hosts_name(host: str, region: str) -> None:
    assert region_of(f"https://{host}/123456789012/orders") == region


@pytest.mark.parametrize(
    ("arn", "region"),
    [
        ("arn:aws:sns:eu-central-1:123456789012:news", "eu-central-1"),
        ("arn:aws-us-gov:lambda:us-gov-west-1:123456789012:function:report:live", "us-gov-west-1"),
        ("arn:aws-cn:states:cn-north-1:123456789012:stateMachine:report", "cn-north-1"),
        ("arn:aws-eusc:events:eusc-de-east-1:123456789012:event-bus/orders", "eusc-de-east-1"),
    ],
)
def test_the_region_is_the_fourth_field_of_an_arn(arn: str, region: str) -> None:
    assert region_of(arn) == region


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:4566/000000000000/orders",
        "http://localhost:4566/000000000000/orders",
        "http://sqs.us-west-2.localhost.localstack.cloud:4566/000000000000/orders",
        "https://sqs.us-west-2.amazonaws.com.example.net/1/orders",
        "https://example.net/https://sqs.us-west-2.amazonaws.com/1/orders",
        "https://mine.sqs.us-west-2.amazonaws.com/1/orders",
        "https://sqs.<hourglass.target_id>.amazonaws.com/1/orders",
        "http://[::1]:4566/000000000000/orders",
        "http://[",
        "https://queue.amazonaws.com/123456789012/orders",
        "own",
        "report:live",
        "123456789012:function:report",
        "arn:aws:iam::123456789012:role/reports",
        "arn:aws:lambda:<hourglass.target_id>:123456789012:function:report",
        "",
    ],
)
def test_anything_else_names_none(url: str) -> None:
    assert region_of(url) is None

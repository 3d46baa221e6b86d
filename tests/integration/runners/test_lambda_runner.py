"""The `lambda` runner against a stub of Lambda's endpoint, since moto runs functions in Docker."""

import json
from datetime import timedelta

import pytest

from schedule_model.clock import SystemClock
from tests.integration.runners.aws_account import ACCOUNT, OCCURRENCE, failure, run
from tests.integration.runners.servers import Handler, Received, Server, reply
from tests.unit.runners.circumstances import context

pytestmark = pytest.mark.usefixtures("aws")


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
    lambdas: Server, status: int, code: str, *, is_retryable: bool
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


def test_a_throttle_that_says_for_how_long_is_heard(lambdas: Server) -> None:
    lambdas.answers["/2015-03-31/functions/report/invocations"] = reply(
        429, b'{"message": "Rate exceeded"}', X_Amzn_ErrorType="TooManyRequestsException", Retry_After="45"
    )

    error = failure("lambda", function="report")

    assert error.is_retryable
    assert error.retry_after == timedelta(seconds=45)
    assert "refused with TooManyRequestsException and asks to wait 45 s: Rate exceeded" in str(error)


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (409, "CodeArtifactUserPendingException"),
        (409, "ResourceConflictException"),
        (409, "SnapStartNotReadyException"),
        (502, "ResourceNotReadyException"),
    ],
)
def test_a_function_that_is_being_initialised_is_left_alone_for_a_minute(
    lambdas: Server, status: int, code: str
) -> None:
    lambdas.answers["/2015-03-31/functions/report/invocations"] = reply(
        status, b'{"Message": "Lambda is initializing your function."}', X_Amzn_ErrorType=code
    )

    error = failure("lambda", function="report")

    assert error.is_retryable
    assert error.retry_after == timedelta(seconds=60)
    assert str(error) == f"lambda:invoke was refused with {code}: Lambda is initializing your function."


def test_a_function_that_is_being_initialised_is_left_alone_for_as_long_as_lambda_says(lambdas: Server) -> None:
    lambdas.answers["/2015-03-31/functions/report/invocations"] = reply(
        409, b'{"Message": "wait"}', X_Amzn_ErrorType="CodeArtifactUserPendingException", Retry_After="0"
    )

    assert failure("lambda", function="report").retry_after == timedelta(0)


@pytest.mark.parametrize("code", ["EFSMountTimeoutException", "SnapStartTimeoutException"])
def test_a_function_whose_start_timed_out_is_tried_again_without_a_wait(lambdas: Server, code: str) -> None:
    lambdas.answers["/2015-03-31/functions/report/invocations"] = reply(
        408, b'{"Message": "too slow"}', X_Amzn_ErrorType=code
    )

    error = failure("lambda", function="report")

    assert error.is_retryable
    assert error.retry_after is None

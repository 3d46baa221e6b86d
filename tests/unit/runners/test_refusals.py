"""What a refusal by AWS means: whether it passes, and after how long."""

from random import Random

import pytest
from botocore.session import get_session

from functions.aws.refusals import INITIALISING, is_initialising, is_passing
from schedule_model.retrying import retry_at
from schedule_model.target import Retry
from tests.unit.examples import NOON, run, seconds

SLOWEST_SEEN = seconds(106)
"""From the first invocation of an Inactive function to the first that it took."""


@pytest.mark.parametrize(
    "code",
    [
        "CodeArtifactUserPendingException",
        "ResourceConflictException",
        "ResourceNotReadyException",
        "SnapStartNotReadyException",
    ],
)
def test_a_function_that_is_being_initialised_is_invoked_again_later(code: str) -> None:
    status = status_of("lambda", "Invoke", code)

    assert is_initialising("lambda:invoke", code)
    assert is_passing("lambda:invoke", code, status)


def test_the_default_retry_outlasts_the_initialising_of_a_function() -> None:
    now, attempt = NOON, 1
    while (
        again_at := retry_at(run(attempt=attempt), Retry(), now=now, random=Lowest(), retry_after=INITIALISING)
    ) is not None:
        now, attempt = again_at, attempt + 1

    assert now - NOON > SLOWEST_SEEN


class Lowest(Random):
    """Draws the lower end each time."""

    def uniform(self, a: float, b: float) -> float:
        return a


@pytest.mark.parametrize(
    ("service", "operation", "action", "code"),
    [
        ("lambda", "Invoke", "lambda:invoke", "SnapStartTimeoutException"),
        ("lambda", "Invoke", "lambda:invoke", "EFSMountTimeoutException"),
        ("sqs", "SendMessage", "sqs:send_message", "KmsThrottled"),
        ("sns", "Publish", "sns:publish", "KMSThrottling"),
        ("kinesis", "PutRecord", "kinesis:put_record", "KMSThrottlingException"),
        ("stepfunctions", "StartExecution", "stepfunctions:start_execution", "KmsThrottlingException"),
        ("stepfunctions", "StartExecution", "stepfunctions:start_execution", "ExecutionLimitExceeded"),
    ],
)
def test_a_time_out_and_a_throttle_pass_whatever_their_status(
    service: str, operation: str, action: str, code: str
) -> None:
    status = status_of(service, operation, code)

    assert is_passing(action, code, status)
    assert not is_initialising(action, code)


@pytest.mark.parametrize(
    "code",
    [
        "CodeArtifactUserDeletedException",
        "CodeArtifactUserFailedException",
        "SnapStartException",
        "SnapStartRegenerationFailureException",
        "InvalidParameterValueException",
        "ResourceNotFoundException",
    ],
)
def test_a_function_that_somebody_has_to_mend_fails_for_good(code: str) -> None:
    assert not is_passing("lambda:invoke", code, status_of("lambda", "Invoke", code))


@pytest.mark.parametrize(
    ("action", "code"),
    [
        ("lambda:add_permission", "ResourceConflictException"),
        ("cognito-identity:create_identity_pool", "ResourceConflictException"),
        ("glue:get_table", "ResourceNotReadyException"),
    ],
)
def test_what_a_conflict_says_of_other_calls_fails_for_good(action: str, code: str) -> None:
    assert not is_passing(action, code, 409)


def status_of(service: str, operation: str, code: str) -> int:
    """Return the status that botocore's model has for a refusal of an operation; 400 if it has none."""
    made = get_session().get_service_model(service).operation_model(operation)
    [found] = [shape for shape in made.error_shapes if shape.error_code == code]
    return int(found.metadata.get("error", {}).get("httpStatusCode", 400))

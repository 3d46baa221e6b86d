"""Type `aws_sdk`: calls any operation of AWS that the stack's owner allows."""

import os
import re
from fnmatch import fnmatchcase

from pydantic import Field, JsonValue, field_validator

from functions.runners.aws_call import AwsParams, call
from functions.runners.contract import RunContext
from schedule_model.errors import RunnerError
from schedule_model.run_result import RunResult


class Params(AwsParams):
    """What to call.

    Attributes:
        service: as boto3 names it, such as `ec2`.
        operation: as boto3 (`start_instances`) or the API (`StartInstances`) names it.
        parameters: as boto3 takes them. A parameter that makes the call idempotent is filled in when it is left out.
    """

    service: str = Field(pattern=r"^[a-z][a-z0-9-]{0,63}$", examples=["ec2"])
    operation: str = Field(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,127}$", examples=["start_instances"])
    parameters: dict[str, JsonValue] = Field(default={}, examples=[{"InstanceIds": ["i-0123456789abcdef0"]}])

    @field_validator("operation")
    @classmethod
    def _as_boto3_names_it(cls, operation: str) -> str:
        spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", operation)
        return spaced.lower()


def run(params: Params, context: RunContext) -> RunResult:
    """Make the call and record the answer.

    Raises:
        RunnerError: the stack's owner has not allowed the call, or AWS refused it (not retryable, unless AWS says
            that a later call may succeed), or it did not answer.
    """
    action = f"{params.service}:{params.operation}"
    if not is_allowed(action, os.environ.get("AWS_SDK_ALLOW", "")):
        raise RunnerError(
            f"{action} is not among the calls that this stack allows; let its owner add it to AwsSdkAllow",
            is_retryable=False,
        )
    return RunResult(output=call(params, context, action, params.parameters))


def is_allowed(action: str, allowed: str) -> bool:
    """Return whether `service:operation` matches one of the comma-separated patterns, such as `s3:list_*`."""
    return any(fnmatchcase(action, pattern.strip()) for pattern in allowed.split(",") if ":" in pattern)

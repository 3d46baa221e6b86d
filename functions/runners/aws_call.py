"""What the runners that call AWS share: where a call goes, as whom, and for how long."""

import json
import re
import uuid
from collections.abc import Mapping
from datetime import UTC
from typing import Annotated, Self

from pydantic import AfterValidator, Field, JsonValue, ValidationInfo

from functions.aws.regions import region_of
from functions.runners.contract import RunContext, RunnerParams
from schedule_model.errors import RunnerError


class AwsParams(RunnerParams):
    """The fields that every runner which calls AWS has.

    Attributes:
        region: left out, that of what is called where a field of its own names it by ARN or URL, and else the
            function's own; one that differs is refused.
        role_arn: a role to assume for the call; it must trust the function's role.
        timeout_seconds: how long to wait for the answer; more than 0, at most 900.
    """

    region: str | None = Field(default=None, pattern=r"^[a-z]{2,4}(-[a-z]+)+-\d$", examples=["eu-central-1"])
    role_arn: str | None = Field(
        default=None,
        pattern=r"^arn:aws[a-z-]*:iam::\d{12}:role/[\w+=,.@/-]+$",
        examples=["arn:aws:iam::123456789012:role/reports"],
    )
    timeout_seconds: float = Field(default=30, gt=0, le=900, examples=[30])

    def where_it_is(self, name: str) -> Self:
        """Return the same with the region of what is called, which an ARN or a queue's URL names.

        Args:
            name: any text; where it names no region, `region` holds.
        """
        return self.model_copy(update={"region": self.region or region_of(name)})


def _is_in_the_region(name: str, info: ValidationInfo) -> str:
    there, said = region_of(name), info.data.get("region")
    if there and said and there != said:
        raise ValueError(f"is in {there} but region is {said}; leave region out, or name one that is there")
    return name


# An ARN, a queue's URL, or a mere name; the first two may name no other region than the field `region` does.
InItsRegion = Annotated[str, AfterValidator(_is_in_the_region)]


def call(
    params: AwsParams,
    context: RunContext,
    action: str,
    parameters: Mapping[str, JsonValue],
    *,
    attempts_max: int = 3,
) -> dict[str, JsonValue]:
    """Call one operation of AWS and return its answer as JSON.

    Args:
        params: where the call goes, as whom, and for how long.
        context: its deadline bounds the wait, its idempotency key makes the call repeatable where AWS can tell.
        action: service and operation as boto3 names them, such as `sqs:send_message`.
        parameters: as boto3 takes them.
        attempts_max: 1 when a call that timed out must not be repeated within this attempt.

    Raises:
        RunnerError: the call failed, or no time is left; retryable when a later attempt may succeed.
    """
    # boto3 costs a third of a second to import, and the planner never calls.
    from functions.aws import clients  # noqa: PLC0415

    left = context.seconds_left()
    # Whole seconds, so that few clients are made: each has its own time-out.
    timeout = params.timeout_seconds if params.timeout_seconds <= left else float(int(left))
    if timeout <= 0:
        raise RunnerError(f"{action}: no time left before the deadline")
    settings = clients.CallSettings(params.region, params.role_arn, timeout, attempts_max)
    service, _, operation = action.partition(":")
    return clients.call(service, operation, parameters, settings, idempotency_token=idempotency_token(context))


def idempotency_token(context: RunContext) -> str:
    """Return the idempotency key as 36 characters that every AWS service takes: the same for every attempt."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"hourglass:{context.idempotency_key}"))


def occurrence(context: RunContext) -> dict[str, JsonValue]:
    """Return what a callee gets when `params` say nothing else; the same for every attempt."""
    return {
        "target_id": context.target_id,
        "scheduled_at": context.scheduled_at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "idempotency_key": context.idempotency_key,
    }


def as_text(value: JsonValue) -> str:
    """Return a text as it is, anything else as JSON."""
    return value if isinstance(value, str) else json.dumps(value)


def text_attributes(attributes: Mapping[str, str], context: RunContext) -> dict[str, JsonValue]:
    """Return message attributes as SQS and SNS take them, with the idempotency key among them."""
    texts = {"IdempotencyKey": context.idempotency_key, **attributes}
    return {name: {"DataType": "String", "StringValue": text} for name, text in texts.items()}


def fifo_fields(group_id: str | None, context: RunContext) -> dict[str, JsonValue]:
    """Return what a FIFO queue or topic needs: a group, the target's by default, and a key that tells duplicates."""
    # Both are limited to 128 printable ASCII characters, which a target's id is not.
    group = group_id or re.sub(r"[^!-~]", "_", context.target_id)[:128]
    return {"MessageGroupId": group, "MessageDeduplicationId": idempotency_token(context)}

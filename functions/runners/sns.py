"""Type `sns`: publishes one message to a topic."""

from typing import Annotated

from pydantic import Field, JsonValue

from functions.runners.aws_call import AwsParams, InItsRegion, as_text, call, fifo_fields, occurrence, text_attributes
from functions.runners.contract import RunContext
from schedule_model.run_result import RunResult


class Params(AwsParams):
    """Which topic gets what.

    Attributes:
        topic_arn: the topic.
        message: a text is sent as it is, anything else as JSON; left out, `target_id`, `scheduled_at` and
            `idempotency_key`.
        subject: for e-mail subscriptions; at most 100 characters of ASCII.
        attributes: message attributes, as texts; `IdempotencyKey` is added to them.
        message_group_id: for FIFO topics; left out, the target's id. The idempotency key tells duplicates.
    """

    topic_arn: InItsRegion = Field(
        pattern=r"^arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[\w.-]+$",
        examples=["arn:aws:sns:eu-central-1:123456789012:news"],
    )
    message: JsonValue = None
    subject: str | None = Field(default=None, pattern=r"^[!-~][ -~]{0,99}$", examples=["Nightly report"])
    attributes: dict[str, Annotated[str, Field(min_length=1)]] = Field(
        default={}, max_length=9, examples=[{"Origin": "hourglass"}]
    )
    message_group_id: str | None = Field(default=None, pattern=r"^[!-~]{1,128}$", examples=["reports"])


def run(params: Params, context: RunContext) -> RunResult:
    """Publish the message and record its id.

    Raises:
        RunnerError: AWS refused or did not answer; retryable when a later call may succeed.
    """
    message = params.message if "message" in params.model_fields_set else occurrence(context)
    request: dict[str, JsonValue] = {
        "TopicArn": params.topic_arn,
        "Message": as_text(message),
        "MessageAttributes": text_attributes(params.attributes, context),
    }
    if params.subject is not None:
        request["Subject"] = params.subject
    if params.topic_arn.endswith(".fifo"):
        request |= fifo_fields(params.message_group_id, context)
    answer = call(params.where_it_is(params.topic_arn), context, "sns:publish", request)
    return RunResult(output={"message_id": answer.get("MessageId")})

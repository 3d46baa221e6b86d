"""Type `sqs`: sends one message to a queue."""

from typing import Annotated

from pydantic import Field, JsonValue

from functions.runners.aws_call import AwsParams, InItsRegion, as_text, call, fifo_fields, occurrence, text_attributes
from functions.runners.contract import RunContext
from schedule_model.run_result import RunResult


class Params(AwsParams):
    """Which queue gets what.

    Attributes:
        queue_url: the URL of the queue.
        body: a text is sent as it is, anything else as JSON; left out, `target_id`, `scheduled_at` and
            `idempotency_key`.
        attributes: message attributes, as texts; `IdempotencyKey` is added to them.
        delay_seconds: 0 to 900; not for FIFO queues.
        message_group_id: for FIFO queues; left out, the target's id. The idempotency key tells duplicates.
    """

    queue_url: InItsRegion = Field(
        pattern=r"^https?://\S+$", examples=["https://sqs.eu-central-1.amazonaws.com/123456789012/q"]
    )
    body: JsonValue = None
    attributes: dict[str, Annotated[str, Field(min_length=1)]] = Field(
        default={}, max_length=9, examples=[{"Origin": "hourglass"}]
    )
    delay_seconds: int = Field(default=0, ge=0, le=900, examples=[60])
    message_group_id: str | None = Field(default=None, pattern=r"^[!-~]{1,128}$", examples=["reports"])


def run(params: Params, context: RunContext) -> RunResult:
    """Send the message and record its id.

    Raises:
        RunnerError: AWS refused or did not answer; retryable when a later call may succeed.
    """
    body = params.body if "body" in params.model_fields_set else occurrence(context)
    request: dict[str, JsonValue] = {
        "QueueUrl": params.queue_url,
        "MessageBody": as_text(body),
        "MessageAttributes": text_attributes(params.attributes, context),
    }
    if params.delay_seconds:
        request["DelaySeconds"] = params.delay_seconds
    if params.queue_url.endswith(".fifo"):
        request |= fifo_fields(params.message_group_id, context)
    answer = call(params.where_it_is(params.queue_url), context, "sqs:send_message", request)
    return RunResult(output={"message_id": answer.get("MessageId")})

"""Type `eventbridge`: puts one event on an event bus."""

import json
from typing import Annotated

from pydantic import Field, JsonValue

from functions.runners.aws_call import AwsParams, InItsRegion, call, occurrence
from functions.runners.contract import RunContext
from schedule_model.errors import RunnerError
from schedule_model.run_result import RunResult

# Entries are refused one by one, with status 200; these two codes pass with time.
_PASSING_CODES = frozenset({"InternalFailure", "ThrottlingException"})


class Params(AwsParams):
    """Which event goes where.

    Attributes:
        source: who sends it; not beginning with `aws.`, which AWS keeps for itself.
        detail_type: what rules match on.
        detail: a JSON object; left out, `target_id`, `scheduled_at` and `idempotency_key`.
        event_bus: name or ARN.
        resources: ARNs that the event is about.
    """

    source: str = Field(default="hourglass", pattern=r"^\S{1,256}$", examples=["my.app"])
    detail_type: str = Field(default="Scheduled Run", min_length=1, max_length=128, examples=["Nightly report due"])
    detail: dict[str, JsonValue] | None = Field(default=None, examples=[{"report": "nightly"}])
    event_bus: InItsRegion = Field(default="default", min_length=1, max_length=1600, examples=["default"])
    resources: list[Annotated[str, Field(min_length=1, max_length=2048)]] = Field(
        default=[], max_length=10, examples=[["arn:aws:s3:::reports"]]
    )


def run(params: Params, context: RunContext) -> RunResult:
    """Put the event and record its id; its time is that of the occurrence.

    Raises:
        RunnerError: AWS refused the event or did not answer; retryable when a later call may succeed.
    """
    detail = occurrence(context) if params.detail is None else params.detail
    entry: dict[str, JsonValue] = {
        "Time": occurrence(context)["scheduled_at"],
        "Source": params.source,
        "DetailType": params.detail_type,
        "Detail": json.dumps(detail),
        "EventBusName": params.event_bus,
        "Resources": list(params.resources),
    }
    answer = call(params.where_it_is(params.event_bus), context, "events:put_events", {"Entries": [entry]})
    match answer:
        case {"Entries": [{"EventId": event_id}]}:
            return RunResult(output={"event_id": event_id})
        case {"Entries": [{"ErrorCode": code, "ErrorMessage": message}]}:
            text = f"events:put_events refused the event with {code}: {message}"
            raise RunnerError(text, is_retryable=code in _PASSING_CODES)
        case _:
            raise RunnerError("events:put_events answered neither an event id nor an error")

"""Type `lambda`: invokes a Lambda function."""

import json
from typing import Literal

from pydantic import Field, JsonValue

from functions.runners.aws_call import AwsParams, InItsRegion, call, occurrence
from functions.runners.contract import RunContext
from schedule_model.errors import RunnerError
from schedule_model.run_result import RunResult


class Params(AwsParams):
    """Which function to invoke and with what.

    Attributes:
        function: name, name:alias or ARN.
        payload: any JSON; left out, `target_id`, `scheduled_at`, `idempotency_key` and `attempt`.
        invocation_type: RequestResponse waits for the answer, Event only hands the payload over.
    """

    function: InItsRegion = Field(min_length=1, max_length=256, examples=["send-report"])
    payload: JsonValue = None
    invocation_type: Literal["RequestResponse", "Event"] = Field(default="RequestResponse", examples=["Event"])


def run(params: Params, context: RunContext) -> RunResult:
    """Invoke the function and record what it answered.

    Raises:
        RunnerError: retryable when the function itself failed, or when AWS says that a later call may succeed.
    """
    payload = params.payload
    if "payload" not in params.model_fields_set:
        payload = {**occurrence(context), "attempt": context.attempt}
    request: dict[str, JsonValue] = {
        "FunctionName": params.function,
        "InvocationType": params.invocation_type,
        "Payload": json.dumps(payload),
    }
    # A call that timed out may be running still, and a second one beside it is for the next attempt to decide.
    answer = call(params.where_it_is(params.function), context, "lambda:invoke", request, attempts_max=1)
    returned = _json_or_text(answer.get("Payload"))
    if "FunctionError" in answer:
        raise RunnerError(f"{params.function} failed ({answer['FunctionError']}): {_error_text(returned)}")
    output: dict[str, JsonValue] = {"status": answer.get("StatusCode")}
    if params.invocation_type == "RequestResponse":
        output |= {"executed_version": answer.get("ExecutedVersion"), "payload": returned}
    return RunResult(output=output)


def _json_or_text(payload: JsonValue) -> JsonValue:
    try:
        parsed: JsonValue = json.loads(str(payload))
    except ValueError:
        return payload
    return parsed


def _error_text(returned: JsonValue) -> str:
    if isinstance(returned, dict):
        return f"{returned.get('errorType', 'error')}: {returned.get('errorMessage', '')}"[:500]
    return str(returned)[:500]

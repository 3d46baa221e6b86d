"""Type `step_functions`: starts one execution of a state machine."""

import json
import re

from pydantic import Field, JsonValue

from functions.runners.aws_call import AwsParams, InItsRegion, call, idempotency_token, occurrence
from functions.runners.contract import RunContext
from schedule_model.errors import RunnerError
from schedule_model.run_result import RunResult


class Params(AwsParams):
    """Which state machine to start and with what.

    Attributes:
        state_machine_arn: the state machine, or a version or alias of it.
        input: any JSON; left out, `target_id`, `scheduled_at` and `idempotency_key`.
    """

    state_machine_arn: InItsRegion = Field(
        pattern=r"^arn:aws[a-z-]*:states:[a-z0-9-]+:\d{12}:stateMachine:\S+$",
        examples=["arn:aws:states:eu-central-1:123456789012:stateMachine:report"],
    )
    input: JsonValue = None


def run(params: Params, context: RunContext) -> RunResult:
    """Start the execution under a name made of the idempotency key, so that a second attempt starts no second one.

    Raises:
        RunnerError: AWS refused or did not answer; retryable when a later call may succeed.
    """
    given = params.input if "input" in params.model_fields_set else occurrence(context)
    name = f"{re.sub(r'[^A-Za-z0-9_-]', '-', context.target_id)[:43]}-{idempotency_token(context)}"
    request: dict[str, JsonValue] = {
        "stateMachineArn": params.state_machine_arn,
        "name": name,
        "input": json.dumps(given),
    }
    try:
        answer = call(params.where_it_is(params.state_machine_arn), context, "stepfunctions:start_execution", request)
    except RunnerError as error:
        if getattr(error, "code", "") != "ExecutionAlreadyExists":
            raise
        # Only an earlier attempt of this very occurrence can have used the name.
        return RunResult(output={"name": name, "was_started_before": True})
    return RunResult(output={"name": name, "execution_arn": answer.get("executionArn")})

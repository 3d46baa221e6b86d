"""What a schedule invokes, as type and params of a target."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import UnknownServiceError
from botocore.model import OperationNotFoundError
from botocore.session import get_session
from pydantic import JsonValue

from hourglass.eventbridge.arns import Arn, arn_of
from hourglass.eventbridge.members import name_members

Params = dict[str, JsonValue]

# Where the SDK for Java, whose names universal targets have, and boto3 call a service differently.
_SERVICES = {
    "sfn": "stepfunctions",
    "eventbridge": "events",
    "cloudwatchlogs": "logs",
    "cognitoidentityprovider": "cognito-idp",
}
_UNIVERSAL = "aws-sdk:"
_PLACEHOLDERS = {
    "<aws.scheduler.scheduled-time>": "<hourglass.scheduled_at>",
    "<aws.scheduler.schedule-arn>": "<hourglass.target_id>",
    "<aws.scheduler.execution-id>": "<hourglass.idempotency_key>",
    "<aws.scheduler.attempt-number>": "<hourglass.attempt>",
}


@dataclass(frozen=True, slots=True)
class Invocation:
    """What to run.

    Attributes:
        type: of the runner.
        params: for it.
        notes: what is different from before.
    """

    type: str
    params: Params
    notes: tuple[str, ...] = field(default=())


def invocation_of(target: Mapping[str, Any]) -> Invocation | str:
    """Return what a schedule's target invokes, or why no runner can.

    Args:
        target: as GetSchedule answers it.
    """
    text, notes = _input(target)
    try:
        made = _made(arn_of(str(target["Arn"])), target, text)
    except RecursionError:
        return "its input is nested too deep for a target; flatten it"
    return made if isinstance(made, str) else Invocation(made.type, made.params, made.notes + notes)


def _made(arn: Arn, target: Mapping[str, Any], text: str | None) -> Invocation | str:
    if arn.service == "scheduler" and arn.resource.startswith(_UNIVERSAL):
        return _universal(arn, text)
    if templated := _TEMPLATED.get(_kind(arn)):
        return templated(arn, target, text)
    return f"there is no runner for {arn.service} targets; invoke it by an aws_sdk target or a function"


def _kind(arn: Arn) -> str:
    """Return the service, with the kind of resource where it has several."""
    return arn.service if arn.service in {"sqs", "sns"} else f"{arn.service}:{re.split('[:/]', arn.resource)[0]}"


def _input(target: Mapping[str, Any]) -> tuple[str | None, tuple[str, ...]]:
    """Return the input with our placeholders for theirs, and what they now stand for."""
    text = target.get("Input")
    if text is None:
        note = "the input was EventBridge Scheduler's own; now it is target_id, scheduled_at and idempotency_key"
        return None, (note,)
    notes = []
    for theirs, ours in _PLACEHOLDERS.items():
        if theirs in text:
            text = text.replace(theirs, ours)
            notes.append(f"{theirs} became {ours}")
    if "<aws.scheduler." in text:
        notes.append("a placeholder <aws.scheduler...> has no counterpart and stays as text")
    return str(text), tuple(notes)


def _json_or_text(text: str) -> JsonValue:
    try:
        value: JsonValue = json.loads(text)
    except ValueError:
        return text
    return value


def _lambda(arn: Arn, target: Mapping[str, Any], text: str | None) -> Invocation:
    # EventBridge Scheduler does not wait for the function's answer, and so neither does this.
    params: Params = {"function": arn.text, "invocation_type": "Event"}
    if text is not None:
        params["payload"] = _json_or_text(text)
    return Invocation("lambda", params)


def _sqs(arn: Arn, target: Mapping[str, Any], text: str | None) -> Invocation:
    params: Params = {"queue_url": arn.queue_url}
    if text is not None:
        params["body"] = text
    if group := (target.get("SqsParameters") or {}).get("MessageGroupId"):
        params["message_group_id"] = group
    return Invocation("sqs", params)


def _sns(arn: Arn, target: Mapping[str, Any], text: str | None) -> Invocation:
    params: Params = {"topic_arn": arn.text}
    if text is not None:
        params["message"] = text
    return Invocation("sns", params)


def _states(arn: Arn, target: Mapping[str, Any], text: str | None) -> Invocation:
    params: Params = {"state_machine_arn": arn.text}
    if text is not None:
        params["input"] = _json_or_text(text)
    return Invocation("step_functions", params)


def _events(arn: Arn, target: Mapping[str, Any], text: str | None) -> Invocation | str:
    said = target.get("EventBridgeParameters") or {}
    names = (("source", "Source"), ("detail_type", "DetailType"))
    params: Params = {"event_bus": arn.text}
    params |= {ours: said[theirs] for ours, theirs in names if theirs in said}
    if text is not None:
        detail = _json_or_text(text)
        if not isinstance(detail, dict):
            return "the input of an event must be a JSON object"
        params["detail"] = detail
    return Invocation("eventbridge", params)


_TEMPLATED: dict[str, Callable[[Arn, Mapping[str, Any], str | None], Invocation | str]] = {
    "lambda:function": _lambda,
    "sqs": _sqs,
    "sns": _sns,
    "states:stateMachine": _states,
    "events:event-bus": _events,
}


def _universal(arn: Arn, text: str | None) -> Invocation | str:
    """Return a universal target as a call of boto3, its parameters named as boto3 names them."""
    service, _, action = arn.resource.removeprefix(_UNIVERSAL).partition(":")
    service = _SERVICES.get(service, service)
    parameters = _json_or_text(text or "{}")
    if not isinstance(parameters, dict):
        return "the input of a universal target must be a JSON object"
    try:
        model = get_session().get_service_model(service)
        operation = model.operation_model(action[:1].upper() + action[1:])
    except (UnknownServiceError, OperationNotFoundError):
        return f"boto3 knows no {service}:{action}; write the aws_sdk target by hand"
    naming = name_members(parameters, operation.input_shape)
    if naming.refused:
        return f"boto3's {service}:{action} takes no {', '.join(naming.refused)}; write the aws_sdk target by hand"
    note = f"let the stack's owner add {service}:{_snake(operation.name)} to AwsSdkAllow"
    return Invocation(
        "aws_sdk", {"service": service, "operation": operation.name, "parameters": naming.parameters}, (note,)
    )


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()

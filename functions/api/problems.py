"""What goes wrong over HTTP, as RFC 9457 has it: a problem with a type, and every field that is at fault."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from http import HTTPStatus
from typing import Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field

from functions.editing import BusyError
from functions.ports import TooLargeError, UnavailableError
from functions.telemetry import Telemetry
from schedule_model.backfilling import InvalidBackfillError
from schedule_model.errors import InvalidExpressionError, InvalidTargetError, InvalidTimezoneError, SchedulerError
from schedule_model.filters import InvalidFilterError
from schedule_model.reading_targets import advice_on
from schedule_model.tasks import InvalidTaskError

PROBLEM_JSON = "application/problem+json"
RETRY_AFTER_SECONDS = 1
_FORM_OF_PATHS = {
    "target_id": "must be an id: letters, digits and . _ : @ / = + -, the first a letter or digit",
    "task_id": "must be an id, as the answer to its creation has it",
    "scheduled_at": "must be the name of a run, such as 2026-11-20T12:00:00Z",
}
_FOR_THE_TABLE = re.compile(r" \(DynamoDB type [^)]*\)")
_NAMES_FIELD = re.compile(r"Value error, [a-z_]+: ")


class Kind(StrEnum):
    """Kinds of problems, each with a type that never changes; docs/api.md tells what each means."""

    INVALID = "invalid"
    KEY_REUSED = "idempotency-key-reused"
    NOT_JSON = "not-json"
    TOO_LARGE = "too-large"
    NOT_FOUND = "not-found"
    NOT_ALLOWED = "method-not-allowed"
    CONFLICT = "conflict"
    GONE = "gone"
    FAILED = "precondition-failed"
    UNAVAILABLE = "unavailable"
    UNEXPECTED = "unexpected"

    @property
    def type(self) -> str:
        """Return the URI that names the kind."""
        return f"urn:hourglass:problem:{self}"


class FieldProblem(BaseModel):
    """One field that is at fault."""

    field: str = Field(description="Where: a path into the body, or the name of a parameter or header.")
    detail: str = Field(description="What to write instead.")


class Problem(BaseModel):
    """RFC 9457 problem details."""

    type: str = Field(
        description="Names the kind of problem, always the same for the same kind.",
        json_schema_extra={"enum": [kind.type for kind in Kind]},
    )
    title: str
    status: int
    detail: str
    errors: list[FieldProblem] = Field(description="Every field at fault; empty where no field is.")


@dataclass(eq=False)
class ProblemError(SchedulerError):
    """A request that cannot be answered as asked.

    Attributes:
        status: of the answer.
        kind: of problem.
        detail: for a person: what happened and what to do.
        errors: each field at fault, as `field: what to write`.
        headers: of the answer.
    """

    status: HTTPStatus
    kind: Kind
    detail: str
    errors: Sequence[str] = ()
    headers: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.detail


def not_found(what: str) -> ProblemError:
    """Return the problem of something that is not there."""
    return ProblemError(HTTPStatus.NOT_FOUND, Kind.NOT_FOUND, what)


def conflict(detail: str) -> ProblemError:
    """Return the problem of something that is not as it would have to be."""
    return ProblemError(HTTPStatus.CONFLICT, Kind.CONFLICT, detail)


def gone(detail: str) -> ProblemError:
    """Return the problem of something that was there, and is no longer."""
    return ProblemError(HTTPStatus.GONE, Kind.GONE, detail)


def invalid(*errors: str) -> ProblemError:
    """Return the problem of fields that are wrong; each as `field: what to write`."""
    detail = "some fields are wrong; mend each of them" if len(errors) > 1 else "a field is wrong; mend it"
    return ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, Kind.INVALID, detail, errors)


def problem_of(error: Exception) -> ProblemError:
    """Return the problem that an error is for the caller."""
    match error:
        case ProblemError():
            return error
        case RequestValidationError():
            return invalid(*_fields_at_fault(error))
        case InvalidTargetError():
            return invalid(*error.problems)
        case InvalidBackfillError() | InvalidFilterError() | InvalidTaskError():
            return invalid(str(error))
        case InvalidTimezoneError():
            return invalid(f"timezone: {error}")
        case InvalidExpressionError():
            return invalid(f"schedule: {error}")
        case BusyError():
            return conflict(str(error))
        case TooLargeError():
            return ProblemError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, Kind.TOO_LARGE, str(error))
        case UnavailableError():
            return unavailable("a table or queue did not answer; whether a write took effect is not known")
    return ProblemError(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        Kind.UNEXPECTED,
        "something unforeseen went wrong; the function's log says what",
    )


def unavailable(detail: str) -> ProblemError:
    """Return the problem of something that may go well in a moment."""
    headers = {"Retry-After": str(RETRY_AFTER_SECONDS)}
    return ProblemError(HTTPStatus.SERVICE_UNAVAILABLE, Kind.UNAVAILABLE, f"{detail}; try again", headers=headers)


def answer(error: Exception, telemetry: Telemetry) -> Response[str]:
    """Return the answer to a request that failed; what nobody foresaw goes to the log with its stack."""
    problem = problem_of(error)
    if problem.status is HTTPStatus.INTERNAL_SERVER_ERROR:
        telemetry.failure("could not answer a request")
    return Response(problem.status.value, PROBLEM_JSON, _body(problem), headers=dict(problem.headers))


def as_event(problem: ProblemError) -> dict[str, Any]:
    """Return the answer to a request that was refused before it was parsed, as API Gateway takes it."""
    headers = {"Content-Type": PROBLEM_JSON, **problem.headers}
    return {"statusCode": problem.status.value, "headers": headers, "body": _body(problem), "isBase64Encoded": False}


def _body(problem: ProblemError) -> str:
    body = {
        "type": problem.kind.type,
        "title": problem.status.phrase,
        "status": problem.status.value,
        "detail": problem.detail,
        "errors": [_split(sentence) for sentence in problem.errors],
    }
    return json.dumps(body)


def _split(sentence: str) -> dict[str, str]:
    name, colon, advice = sentence.partition(": ")
    return {"field": name if colon else "", "detail": _FOR_THE_TABLE.sub("", advice if colon else sentence)}


def _fields_at_fault(error: RequestValidationError) -> list[str]:
    found = []
    for problem in error.errors():
        where = [str(part) for part in problem["loc"]]
        if problem["type"] == "value_error" and _NAMES_FIELD.match(problem["msg"]):
            found.append(".".join([*where[1:], problem["msg"].removeprefix("Value error, ")]))
            continue
        if where[0] == "path" and where[1] in _FORM_OF_PATHS:
            found.append(f"{where[1]}: {_FORM_OF_PATHS[where[1]]}")
            continue
        path = ".".join(where[1:]) or where[0]
        found.append(advice_on(path, problem["type"], problem["msg"]))
    return list(dict.fromkeys(found))

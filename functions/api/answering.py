"""Answers: their status, their headers, and how the OpenAPI document tells of them."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.api_gateway import Router
from pydantic import BaseModel

from functions.api.problems import PROBLEM_JSON, Problem
from functions.user_ports import UserPorts

JSON = "application/json"
_NO_HEADERS: Mapping[str, str] = {}
_EVERYWHERE = (400, 422, 500, 503)
_WITH_BODY = (413, 415)


def answered(
    body: object, status: HTTPStatus = HTTPStatus.OK, headers: Mapping[str, str] = _NO_HEADERS
) -> Response[Any]:
    """Return a JSON answer."""
    return Response(status.value, JSON, body, headers={"Cache-Control": "no-store", **headers})


def nothing(headers: Mapping[str, str] = _NO_HEADERS) -> Response[Any]:
    """Return an answer without a body."""
    return Response(HTTPStatus.NO_CONTENT.value, None, "", headers=dict(headers))


def answers(
    model: type[BaseModel] | None, *problems: int, status: HTTPStatus = HTTPStatus.OK, takes_body: bool = False
) -> dict[int, Any]:
    """Return which answers an operation has, for the OpenAPI document.

    Args:
        model: of the body when all goes well; None for no body.
        problems: statuses of problems, beside those that every operation may have.
        status: when all goes well.
        takes_body: whether the request has a body, which may be too large or of another type.
    """
    well: dict[str, Any] = {"description": status.phrase}
    if model is not None:
        well["content"] = {JSON: {"model": model}}
    codes = sorted({*_EVERYWHERE, *problems, *(_WITH_BODY if takes_body else ())})
    bad = {
        code: {"description": HTTPStatus(code).phrase, "content": {PROBLEM_JSON: {"model": Problem}}} for code in codes
    }
    return {status.value: well, **bad}


def routes() -> Router:
    """Return an empty set of routes, for one file of handlers."""
    return Router()  # type: ignore[no-untyped-call]  # Powertools leaves it so


def ports_of(router: Router) -> UserPorts:
    """Return what this request is answered with."""
    ports: UserPorts = router.context["ports"]
    return ports


def caller(router: Router) -> str:
    """Return who asks; empty for nobody."""
    return str(router.context["caller"])

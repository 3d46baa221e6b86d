"""The OpenAPI document, made of the handlers' own signatures, and the page that shows it."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from http import HTTPStatus
from importlib.resources import files
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver
from aws_lambda_powertools.event_handler.openapi import swagger_ui

from functions.api.problems import Kind, ProblemError, not_found
from schedule_model.target import Target
from schedule_model.version import VERSION

MERGE_PATCH = "application/merge-patch+json"
_SCHEMAS = "#/components/schemas/"
_TARGET = "Target"
_PATCH = "TargetPatch"
INFO: Mapping[str, Any] = {
    "title": "Hourglass",
    "version": VERSION,
    "summary": "A scheduler to the second: targets, their runs, and one-off tasks.",
    "description": (
        "Targets have the fields of the Targets table. Requests are authorised with AWS Signature Version 4 "
        "(service `execute-api`), or with a bearer token where the stack names an issuer. "
        "Every problem is an `application/problem+json` that names each field at fault."
    ),
}


@cache
def document(app: APIGatewayHttpResolver) -> dict[str, Any]:
    """Return the OpenAPI 3.1 document; made once per process, when it is first asked for."""
    made: dict[str, Any] = json.loads(app.get_openapi_json_schema(openapi_version="3.1.0", **INFO))
    schemas = made["components"]["schemas"]
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    target = Target.model_json_schema(ref_template=f"{_SCHEMAS}{{model}}")
    schemas |= target.pop("$defs", {}) | {_TARGET: target, _PATCH: _patch_of(target)}
    paths = made["paths"]
    for operation in (paths["/targets"]["post"], paths["/targets/{target_id}"]["put"]):
        operation["requestBody"]["content"] = {"application/json": {"schema": {"$ref": _SCHEMAS + _TARGET}}}
    operation = paths["/targets/{target_id}"]["patch"]
    operation["requestBody"]["content"] = {MERGE_PATCH: {"schema": {"$ref": _SCHEMAS + _PATCH}}}
    made["servers"] = [{"url": "/"}]
    return made


def _patch_of(target: Mapping[str, Any]) -> dict[str, Any]:
    """Return the schema of a merge patch: every field may be left out, and null removes it."""
    kept = {name: {"anyOf": [schema, {"type": "null"}]} for name, schema in target["properties"].items()}
    # Maps are merged, so that a part of one is enough.
    kept["retry"] = {"type": ["object", "null"]}
    kept["tags"] = {"type": ["object", "null"]}
    for field in ("id", "type", "schedule"):
        kept[field] = target["properties"][field]
    return {
        "title": _PATCH,
        "type": "object",
        "description": "Some of a target's fields; null removes one, and maps are merged (RFC 7396).",
        "properties": kept,
        "additionalProperties": False,
    }


def page(app: APIGatewayHttpResolver) -> str:
    """Return the page that shows the document, with everything that it needs in it."""
    folder = files(swagger_ui)
    spec = json.dumps(document(app)).replace("</", "<\\/")
    script, style = (folder.joinpath(f"swagger-ui{name}").read_text() for name in ("-bundle.min.js", ".min.css"))
    return swagger_ui.generate_swagger_html(spec, script, style, "", None, persist_authorization=False)


def nowhere(app: APIGatewayHttpResolver, path: str) -> ProblemError:
    """Return the problem of a path that there is not, or that has other methods."""
    methods = methods_of(app, path)
    if not methods:
        return not_found("there is nothing at this path; GET /openapi.json tells what there is")
    allowed = ", ".join(methods)
    detail = f"this path has {allowed} only"
    return ProblemError(HTTPStatus.METHOD_NOT_ALLOWED, Kind.NOT_ALLOWED, detail, headers={"Allow": allowed})


def methods_of(app: APIGatewayHttpResolver, path: str) -> Sequence[str]:
    """Return the methods that a path has, sorted; none for a path that there is not."""
    return sorted(
        {method.upper() for template, methods in _templates(app) for method in methods if template.match(path)}
    )


@cache
def _templates(app: APIGatewayHttpResolver) -> Sequence[tuple[re.Pattern[str], Sequence[str]]]:
    return list(_compiled(document(app)["paths"]))


def _compiled(paths: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[re.Pattern[str], Sequence[str]]]:
    for template, methods in paths.items():
        pattern = "".join(
            "[^/]+" if part.startswith("{") else re.escape(part) for part in re.split(r"({\w+})", template)
        )
        yield re.compile(f"{pattern}\\Z"), list(methods)

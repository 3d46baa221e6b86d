"""The HTTP API: one function behind API Gateway's HTTP API, payload format 2.0."""

from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.event_handler.middlewares import NextMiddleware

from functions.api import actions, looking, opening, problems, targets, tasks
from functions.api.requests import caller_of, prepared, read_json
from functions.aws.user_wiring import serve_users
from functions.user_ports import UserPorts

app = APIGatewayHttpResolver(enable_validation=True, json_body_deserializer=read_json)
for part in (actions, targets, looking, tasks):
    app.include_router(part.router)


def handle(event: Mapping[str, Any], ports: UserPorts) -> dict[str, Any]:
    """Answer one request; whatever goes wrong is answered, too."""
    try:
        ready = prepared(event)
    except problems.ProblemError as error:
        return _told(event, problems.as_event(error), ports)
    app.append_context(ports=ports, caller=caller_of(event))  # type: ignore[no-untyped-call]  # Powertools leaves it so
    answer: dict[str, Any] = app.resolve(ready, None)  # type: ignore[arg-type]  # no handler asks for Lambda's context
    return _told(ready, answer, ports)


def _told(event: Mapping[str, Any], answer: dict[str, Any], ports: UserPorts) -> dict[str, Any]:
    method = ((event.get("requestContext") or {}).get("http") or {}).get("method")
    ports.telemetry.info(
        "answered a request",
        operation=f"{method} {str(event.get('rawPath'))[:300]}",
        outcome=answer["statusCode"],
    )
    return answer


@app.get("/openapi.json", include_in_schema=False, compress=True)
def openapi() -> Response[Any]:
    """Return the OpenAPI 3.1 document."""
    return Response(200, "application/json", opening.document(app))


@app.get("/docs", include_in_schema=False, compress=True)
def docs() -> Response[str]:
    """Return a page that shows the OpenAPI document; it loads nothing from elsewhere."""
    return Response(200, "text/html", opening.page(app))


def failed(error: Exception) -> Response[str]:
    """Answer what went wrong, whatever it was."""
    is_nowhere = isinstance(error, NotFoundError)
    found = opening.nowhere(app, app.context["_path"]) if is_nowhere else error
    return problems.answer(found, app.context["ports"].telemetry)


def refuse_needless_body(resolver: APIGatewayHttpResolver, go_on: NextMiddleware) -> Response[Any]:
    """Refuse the fields of a body where none are taken: a setting that is ignored would be believed."""
    route = resolver.context["_route"]
    if route.tags and not route.dependant.body_params and resolver.current_event.body:
        fields = read_json(resolver.current_event.body)
        if fields:
            raise problems.invalid(*(f"{name[:80]}: is no field of this; it takes no body" for name in sorted(fields)))
    return go_on(resolver)


def refuse_unknown_parameters(resolver: APIGatewayHttpResolver, go_on: NextMiddleware) -> Response[Any]:
    """Refuse query parameters that the operation does not have: a misspelt filter must not list everything."""
    route = resolver.context["_route"]
    known = {field.alias for field in route.dependant.query_params}
    unknown = sorted(set(resolver.current_event.query_string_parameters or {}) - known)
    # Only what is in the document has a tag: not its page, and not the answer to a path that there is not.
    if unknown and route.tags:
        takes = f"; write one of {', '.join(sorted(known))}" if known else "; this takes none"
        raise problems.invalid(*(f"{name[:80]}: is no parameter of this{takes}" for name in unknown))
    return go_on(resolver)


app.use([refuse_unknown_parameters, refuse_needless_body])
for kind in (Exception, NotFoundError):
    app.exception_handler(kind)(failed)


lambda_handler = serve_users(handle)

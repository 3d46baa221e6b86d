"""API Gateway's part, played in this process: HTTP requests by WSGI become events for the function."""

from http import HTTPStatus
from urllib.parse import quote

from functions.api.app import lambda_handler
from tests.http_events import answer_of, request_event


def bridge(environ, start_response):
    """Answer a WSGI request with what the function answers."""
    path, query = "/" + quote(environ["PATH_INFO"].lstrip("/").encode("latin-1")), environ.get("QUERY_STRING", "")
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    headers = {
        name.removeprefix("HTTP_").replace("_", "-"): value
        for name, value in environ.items()
        if name.startswith("HTTP_") or name == "CONTENT_TYPE"
    }
    event = request_event(environ["REQUEST_METHOD"], path + (f"?{query}" if query else ""), body=body, headers=headers)
    answer = answer_of(lambda_handler(event, None))
    kept = [(name, value) for name, value in answer.headers.items() if name != "Content-Encoding"]
    try:
        phrase = HTTPStatus(answer.status).phrase
    except ValueError:
        phrase = "unknown"
    start_response(f"{answer.status} {phrase}", [*kept, ("Content-Length", str(len(answer.content)))])
    return [answer.content]

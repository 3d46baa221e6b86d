"""Requests before they are parsed: where they go, how large they are, and what they carry."""

import base64
import binascii
import json
import re
from collections import Counter
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, NoReturn
from urllib.parse import parse_qsl, quote, unquote

from functions.api.problems import Kind, ProblemError, invalid

BODY_BYTES_MAX = 128 * 1024
"""The largest body that is parsed; the largest target has 64 KB."""

BATCH_BYTES_MAX = 1024 * 1024
"""The largest body of a batch that is parsed."""

_SUBRESOURCES = ("/next", "/runs")
_ASSUMED_ROLE = re.compile(r"arn:[^:]+:sts::\d+:assumed-role/[^/]+(?=/)")
_JSON_TYPES = frozenset({"application/json", "application/merge-patch+json"})
_UNRESERVED = ":@=+._~-"


def canonical_path(raw: str) -> str:
    """Return the path with every id as one segment, whether or not its slashes came percent-encoded.

    `/targets/a/b/next` is the `next` of target `a/b`: API Gateway's HTTP APIs hand over the path decoded, so that a
    slash in an id cannot be told from one between segments. An id that ends in `/next` or `/runs` has no address.

    Args:
        raw: `rawPath` of payload format 2.0, decoded or not; no id has a percent sign.
    """
    path = unquote(raw)
    collection, slash, rest = path[1:].partition("/")
    if not (slash and rest):
        return path
    if collection == "targets":
        tail = next((one for one in _SUBRESOURCES if rest.endswith(one) and rest != one), "")
        return f"/targets/{_segment(rest.removesuffix(tail))}{tail}"
    if collection == "runs":
        target_id, slash, name = rest.rpartition("/")
        return f"/runs/{_segment(target_id)}/{_segment(name)}" if slash else path
    return f"/tasks/{_segment(rest)}" if collection == "tasks" else path


def _segment(text: str) -> str:
    return quote(text, safe=_UNRESERVED)


def run_path(target_id: str, run_id: str) -> str:
    """Return where a run is found, seen from a target; its suffix is set apart by `~`, which nobody has to encode."""
    return f"../runs/{_segment(target_id)}/{_segment(run_id.replace('#', '~'))}"


def target_path(target_id: str) -> str:
    """Return where a target is found, seen from the list of targets."""
    return f"targets/{_segment(target_id)}"


def prepared(event: Mapping[str, Any]) -> dict[str, Any]:
    """Return the event as the routes expect it: a path with whole ids, a text body of bounded size, one JSON type.

    Raises:
        ProblemError: the body is too large, no text, or no JSON by its own account. Nothing was parsed.
    """
    path = canonical_path(str(event.get("rawPath", "/")))
    headers = {str(name).lower(): value for name, value in (event.get("headers") or {}).items()}
    body = _text_of(event, BATCH_BYTES_MAX if path.endswith(":batch") else BODY_BYTES_MAX)
    if body:
        _refuse_other_types(str(headers.get("content-type", "application/json")))
        headers["content-type"] = "application/json"
    whole = {"rawPath": path, "headers": headers, "body": body, "isBase64Encoded": False}
    return {**event, **whole, "queryStringParameters": _parameters(event)}


def _parameters(event: Mapping[str, Any]) -> dict[str, str]:
    """Return the query's parameters, with the commas that tags have of their own percent-encoded.

    HTTP APIs join with commas what comes several times; only the query itself tells those commas from others.
    """
    joined = dict(event.get("queryStringParameters") or {})
    query = parse_qsl(str(event.get("rawQueryString") or ""), keep_blank_values=True)
    tags = [quote(value, safe="") for name, value in query if name == "tag"]
    return joined | ({"tag": ",".join(tags)} if tags else {})


def _text_of(event: Mapping[str, Any], limit: int) -> str:
    body = str(event.get("body") or "")
    is_encoded = bool(event.get("isBase64Encoded"))
    # Four characters of base64 hold three bytes; a character of text is at least one.
    if len(body) * (0.75 if is_encoded else 1) > limit + 2:
        _refuse_size(limit)
    try:
        content = base64.b64decode(body) if is_encoded else body.encode(errors="surrogatepass")
        if len(content) > limit:
            _refuse_size(limit)
        return content.decode()
    except (binascii.Error, UnicodeDecodeError):
        raise ProblemError(HTTPStatus.BAD_REQUEST, Kind.NOT_JSON, "the body is no text in UTF-8; send JSON") from None


def _refuse_size(limit: int) -> NoReturn:
    raise ProblemError(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        Kind.TOO_LARGE,
        f"the body has more than {limit:,} bytes; send less, for instance by keeping content in S3",
    )


def _refuse_other_types(content_type: str) -> None:
    if content_type.partition(";")[0].strip().lower() not in _JSON_TYPES:
        raise ProblemError(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            Kind.NOT_JSON,
            f"the body is said to be {content_type[:80]!r}; send JSON and say `Content-Type: application/json`",
        )


def read_json(text: str) -> dict[str, Any]:
    """Return the JSON object in a body.

    Raises:
        ProblemError: not JSON, not an object, a name that comes twice, or something that JSON does not have.
    """
    try:
        value = json.loads(text, parse_constant=_refuse_constant, object_pairs_hook=_refuse_repeated)
    except RecursionError:
        raise _not_json("it is nested too deeply") from None
    except ValueError as error:
        raise _not_json(str(error)) from None
    if not isinstance(value, dict):
        raise invalid("body: must be a JSON object")
    return value


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


def _refuse_repeated(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    read = dict(pairs)
    if len(read) < len(pairs):
        counted = Counter(name for name, _ in pairs)
        raise ValueError(f"{counted.most_common(1)[0][0][:80]!r} is written twice")
    return read


def _not_json(reason: str) -> ProblemError:
    return ProblemError(HTTPStatus.BAD_REQUEST, Kind.NOT_JSON, f"the body is no JSON: {reason[:200]}")


def caller_of(event: Mapping[str, Any]) -> str:
    """Return who asks, as API Gateway has found out: an IAM caller's ARN or a token's subject; empty for nobody.

    Of an assumed role it is the role: a program that starts anew has another session, and is the same caller.

    Source: IAM user guide, "IAM identifiers": `arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION`.
    """
    authorizer = (event.get("requestContext") or {}).get("authorizer") or {}
    iam, jwt = authorizer.get("iam") or {}, authorizer.get("jwt") or {}
    if role := _ASSUMED_ROLE.match(str(iam.get("userArn") or "")):
        return role[0]
    return str(iam.get("userArn") or (jwt.get("claims") or {}).get("sub") or "")

"""JSON merge patch: an edit of some fields, written in the form of the document."""

from collections.abc import Mapping

from pydantic import JsonValue


def merged(document: Mapping[str, JsonValue], patch: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """Return the document with the patch laid over it: null removes a field, a map is merged, all else replaces.

    Source: RFC 7396, section 2.
    """
    result = dict(document)
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        elif isinstance(value, dict):
            inner = result.get(name)
            result[name] = merged(inner if isinstance(inner, dict) else {}, value)
        else:
            result[name] = value
    return result

"""Outputs that fit into a row."""

import json

from pydantic import JsonValue

OUTPUT_SIZE_MAX = 256 * 1024
"""The largest output that is recorded whole, in bytes of JSON; DynamoDB's limit for the whole item is 400 KB."""

_STORED_SIZE_MAX = 384 * 1024
"""The most that an output may take of those 400 KB; the row's other fields take less than the rest."""

_encode = json.JSONEncoder(ensure_ascii=False).encode
_PREVIEW_LENGTH = 8_192
_DEPTH_MAX = 30


def fit(output: JsonValue) -> JsonValue:
    """Return the output as it is recorded: itself, or a map that marks it as truncated and shows how it begins.

    So is what DynamoDB cannot hold: a nameless field, over 32 levels of nesting, the row among them, or so many lists
    and maps that they take more there than in JSON.

    Source: DynamoDB developer guide, "Quotas" (attributes), "Item sizes and formats".
    """
    text = _encode(output)
    size = len(text.encode(errors="replace"))
    if size <= OUTPUT_SIZE_MAX and is_storable(output) and size + _more_stored(output) <= _STORED_SIZE_MAX:
        return output
    return {"truncated": True, "size_bytes": size, "preview": text[:_PREVIEW_LENGTH]}


def is_storable(value: JsonValue, levels: int = _DEPTH_MAX) -> bool:
    """Return whether DynamoDB can hold the value: no nameless field, and at most `levels` levels of nesting."""
    if isinstance(value, dict):
        return levels > 0 and "" not in value and all(is_storable(inner, levels - 1) for inner in value.values())
    if isinstance(value, list):
        return levels > 0 and all(is_storable(inner, levels - 1) for inner in value)
    return True


def _more_stored(value: JsonValue) -> int:
    """Return how many bytes more than in JSON a value may take in a row: of a list or map 4 are counted, not 2."""
    match value:
        case dict():
            return 2 + sum(_more_stored(inner) for inner in value.values())
        case list():
            return 2 + sum(_more_stored(inner) for inner in value)
        case _:
            return 0

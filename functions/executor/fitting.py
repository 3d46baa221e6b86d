"""Outputs that fit into a row."""

import json

from pydantic import JsonValue

OUTPUT_SIZE_MAX = 256 * 1024
"""The largest output that is recorded whole, in bytes of JSON; DynamoDB's limit for the whole item is 400 KB."""

_encode = json.JSONEncoder(ensure_ascii=False).encode
_PREVIEW_LENGTH = 8_192
_DEPTH_MAX = 30


def fit(output: JsonValue) -> JsonValue:
    """Return the output as it is recorded: itself, or a map that marks it as truncated and shows how it begins.

    So is what DynamoDB cannot hold: a nameless field, or over 32 levels of nesting, the row among them.

    Source: DynamoDB developer guide, "Quotas" (attributes).
    """
    text = _encode(output)
    size = len(text.encode(errors="replace"))
    if size <= OUTPUT_SIZE_MAX and is_storable(output):
        return output
    return {"truncated": True, "size_bytes": size, "preview": text[:_PREVIEW_LENGTH]}


def is_storable(value: JsonValue, levels: int = _DEPTH_MAX) -> bool:
    """Return whether DynamoDB can hold the value: no nameless field, and at most `levels` levels of nesting."""
    if isinstance(value, dict):
        return levels > 0 and "" not in value and all(is_storable(inner, levels - 1) for inner in value.values())
    if isinstance(value, list):
        return levels > 0 and all(is_storable(inner, levels - 1) for inner in value)
    return True

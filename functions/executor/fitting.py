"""Outputs that fit into a row."""

import json

from pydantic import JsonValue

OUTPUT_SIZE_MAX = 256 * 1024
"""The largest output that is recorded whole, in bytes of JSON; DynamoDB's limit for the whole item is 400 KB."""

_PREVIEW_LENGTH = 8_192


def fit(output: JsonValue) -> JsonValue:
    """Return the output as it is recorded: itself, or a map that marks it as truncated and shows how it begins."""
    text = json.dumps(output, ensure_ascii=False)
    size = len(text.encode(errors="replace"))
    if size <= OUTPUT_SIZE_MAX:
        return output
    return {"truncated": True, "size_bytes": size, "preview": text[:_PREVIEW_LENGTH]}

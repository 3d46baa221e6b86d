"""Tables of a model's fields, made from its JSON Schema and its docstring."""

import json
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from hourglass.schemas import meanings

_HEADING = "| field | type | default | bounds | meaning |\n|---|---|---|---|---|\n"

_Schema = Mapping[str, Any]


def table(model: type[BaseModel]) -> str:
    """Return a table of a model's fields: name, type, default, bounds and meaning.

    Raises:
        ValueError: a field has no meaning in its model's docstring.
    """
    schema = model.model_json_schema(by_alias=True)
    known, required = all_meanings(model), schema.get("required", [])
    rows = []
    for name, field in schema["properties"].items():
        node = _resolved(field, schema.get("$defs", {}))
        default = "required" if name in required else _default(node)
        rows.append(row(f"`{name}`", _type(node), default, _bounds(node), known[name]))
    return _HEADING + "".join(rows)


def all_meanings(model: type[BaseModel]) -> dict[str, str]:
    """Return what each field of a model means, by the field's name.

    Raises:
        ValueError: a field has no meaning in its model's docstring.
    """
    known = meanings(model)
    names = [field.alias or name for name, field in model.model_fields.items()]
    if nameless := [name for name in names if name not in known]:
        raise ValueError(f"{model.__module__}.{model.__name__}: say what {', '.join(nameless)} means in its docstring")
    return known


def types(model: type[BaseModel]) -> dict[str, str]:
    """Return the type of each field of a model, in words."""
    schema = model.model_json_schema(by_alias=True)
    return {name: _type(_resolved(field, schema.get("$defs", {}))) for name, field in schema["properties"].items()}


def row(*cells: str) -> str:
    """Return a row of a table; a bar within a cell is escaped."""
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"


def _resolved(node: _Schema, definitions: _Schema) -> dict[str, Any]:
    """Return a field's schema with what it refers to put in its place, and null, which means left out, left out."""
    found = dict(node)
    if "$ref" in found:
        name = found.pop("$ref").rpartition("/")[2]
        found = {**definitions[name], "name": name, **found}
    if "anyOf" in found:
        kinds = [_resolved(kind, definitions) for kind in found.pop("anyOf") if kind.get("type") != "null"]
        found = {**kinds[0], **found} if len(kinds) == 1 else {**found, "kinds": kinds}
    if isinstance(found.get("items"), dict):
        found["items"] = _resolved(found["items"], definitions)
    return found


def _type(node: _Schema) -> str:
    if "kinds" in node:
        return " or ".join(_type(kind) for kind in node["kinds"])
    if "enum" in node:
        return ", ".join(f"`{value}`" for value in node["enum"])
    if node.get("format") == "date-time":
        return "instant, ISO 8601"
    match node.get("type"):
        case "string":
            return "text"
        case "boolean":
            return "true or false"
        case "integer":
            return "whole number"
        case "number":
            return "number"
        case "array":
            return f"list of {_type(node['items'])}s"
        case "object":
            inner = node.get("additionalProperties")
            return "map of texts" if isinstance(inner, dict) and inner.get("type") == "string" else "map"
        case _:
            return "any JSON"


def _default(node: _Schema) -> str:
    match node:
        case {"type": "object", "properties": _}:
            return "each has its own"
        case {"default": None}:
            return ""
        case {"default": value}:
            return f"`{json.dumps(value)}`" if not isinstance(value, str) else f"`{value}`"
        case {"type": "object"}:
            return "`{}`"
        case {"type": "array"}:
            return "`[]`"
        case _:
            return ""


def _bounds(node: _Schema) -> str:
    """Return the bounds in words: of a number, a text's or a list's length, or a text's pattern."""
    found = []
    low, high = node.get("minimum"), node.get("maximum")
    if "exclusiveMinimum" in node:
        found.append(f"over {node['exclusiveMinimum']:,}")
    if low is not None and high is not None:
        found.append(f"{low:,} to {high:,}")
    elif low is not None:
        found.append(f"from {low:,}")
    elif high is not None:
        found.append(f"to {high:,}")
    for least, most, what in (("minLength", "maxLength", "characters"), ("minItems", "maxItems", "entries")):
        if most in node:
            found.append(f"{node.get(least, 0):,} to {node[most]:,} {what}")
    if "maxProperties" in node:
        found.append(f"at most {node['maxProperties']:,} entries")
    if "pattern" in node:
        found.append(f"`{node['pattern']}`")
    return ", ".join(found)

"""Writes what the docs say about fields from the models themselves: `make reference`; a test fails when they differ.

A page has marks, `<!-- fields of Target -->` and `<!-- end of fields -->`, between which the tables are put.
"""

import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from functions.runners import registry
from hourglass.schemas import meanings, target_schema, targets_schema, written
from local.paths import ROOT
from schedule_model.target import Retry, Target

DOCS = ROOT / "docs"
_MARKED = re.compile(r"(<!-- fields of (\w+) -->\n).*?(<!-- end of fields -->)", re.DOTALL)
_HEADING = "| field | type | default | bounds | meaning |\n|---|---|---|---|---|\n"

_Schema = Mapping[str, Any]


def pages() -> dict[Path, str]:
    """Return every generated file with what it should hold."""
    found = {
        DOCS / "schema" / "target.json": written(target_schema()),
        DOCS / "schema" / "targets.json": written(targets_schema()),
    }
    for path in sorted(DOCS.glob("*.md")):
        text = path.read_text(encoding="utf-8")
        if _MARKED.search(text):
            found[path] = _MARKED.sub(lambda match: f"{match[1]}\n{_tables(match[2])}\n{match[3]}", text)
    return found


def _tables(name: str) -> str:
    match name:
        case "Target":
            return table(Target)
        case "Retry":
            return table(Retry)
        case "runners":
            return "\n".join(_section(type_name) for type_name in registry.types())
        case _:
            raise ValueError(f"fields of {name}: there is no such table; write Target, Retry or runners")


def _section(type_name: str) -> str:
    model = registry.load(type_name).params
    summary = (model.__doc__ or "").partition("\n")[0]
    return (
        f"## {type_name}\n\n{summary} Example: [examples/{type_name}.json](../examples/{type_name}.json).\n\n"
        + table(model)
    )


def table(model: type[BaseModel]) -> str:
    """Return a table of a model's fields: name, type, default, bounds and meaning.

    Raises:
        ValueError: a field has no meaning in its model's docstring.
    """
    schema = model.model_json_schema(by_alias=True)
    known, required = meanings(model), schema.get("required", [])
    if nameless := [name for name in schema["properties"] if name not in known]:
        raise ValueError(f"{model.__module__}.{model.__name__}: say what {', '.join(nameless)} means in its docstring")
    rows = []
    for name, field in schema["properties"].items():
        node = _resolved(field, schema.get("$defs", {}))
        default = "required" if name in required else _default(node)
        cells = (f"`{name}`", _type(node), default, _bounds(node), known[name])
        rows.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n")
    return _HEADING + "".join(rows)


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


def main() -> int:
    """Write the generated files and return the exit code."""
    for path, text in pages().items():
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            print(f"{path.relative_to(ROOT)}: written")
    return 0


if __name__ == "__main__":
    sys.exit(main())

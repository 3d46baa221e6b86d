"""JSON Schema of a target and of a file of them, for editors: made from the models, so that it says what they say.

A schema cannot say everything. The parser is stricter where one field depends on another, where a text has a grammar
(schedule expressions, timezones, headers) and about sizes; `hourglass check` asks the parser.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from functions.runners import registry
from functions.runners.contract import RunnerParams
from schedule_model.target import Target
from schedule_model.version import VERSION

DIALECT = "https://json-schema.org/draft/2020-12/schema"
REPLACED_AT_RUN_TIME = r"<hourglass\.|ssm:|secretsmanager:"
"""What a text of `params` holds when its value comes only with the run, so that no pattern can judge it before."""

_Schema = dict[str, Any]
_TEXT_RULES = frozenset({"pattern", "enum", "const", "minLength", "maxLength", "format"})


def target_schema() -> _Schema:
    """Return the schema of one target, as `put` and `put-item` take it in plain values."""
    schema = _described(Target, Target.model_json_schema(by_alias=True))
    definitions = schema.setdefault("$defs", {})
    schema["properties"]["type"] |= {"enum": list(registry.types())}
    schema["properties"]["plan"] = {
        "type": "object",
        "readOnly": True,
        "description": "the system's answer; not looked at when a target is written.",
    }
    schema["allOf"] = []
    for name in registry.types():
        model = registry.load(name).params
        definitions[f"params of {name}"] = _params_schema(model, definitions)
        then: _Schema = {"properties": {"params": {"$ref": f"#/$defs/params%20of%20{name}"}}}
        if any(field.is_required() for field in model.model_fields.values()):
            then["required"] = ["params"]
        schema["allOf"].append({"if": {"properties": {"type": {"const": name}}, "required": ["type"]}, "then": then})
    return {"$schema": DIALECT, "$id": f"urn:hourglass:target:{VERSION}", "title": "Hourglass target", **schema}


def targets_schema() -> _Schema:
    """Return the schema of a file with a list of targets, as `export` writes it."""
    target = target_schema()
    definitions = target.pop("$defs")
    target = {name: value for name, value in target.items() if not name.startswith("$")}
    return {
        "$schema": DIALECT,
        "$id": f"urn:hourglass:targets:{VERSION}",
        "title": "Hourglass targets",
        "type": "array",
        "items": {"$ref": "#/$defs/Target"},
        "$defs": {"Target": target, **definitions},
    }


def written(schema: Mapping[str, Any]) -> str:
    """Return a schema as its file has it."""
    return json.dumps(schema, ensure_ascii=False, indent=2) + "\n"


def meanings(model: type[BaseModel]) -> dict[str, str]:
    """Return what each field of a model means, from the `Attributes:` of its docstring and those of its bases."""
    found: dict[str, str] = {}
    for base in reversed(model.__mro__):
        if issubclass(base, BaseModel) and "__doc__" in vars(base):
            found |= attributes_in(base.__doc__ or "")
    return found


def attributes_in(docstring: str) -> dict[str, str]:
    """Return what each entry under `Attributes:` means, its lines joined."""
    found: dict[str, str] = {}
    name = ""
    for line in docstring.partition("Attributes:\n")[2].splitlines():
        if line and not line.startswith("        "):
            break
        entry = re.match(r" {8}(\w+): (.*)", line)
        if entry:
            name = entry[1]
            found[name] = entry[2]
        elif name:
            found[name] = f"{found[name]} {line.strip()}".strip()
    return found


def _params_schema(model: type[RunnerParams], definitions: _Schema) -> _Schema:
    schema = _described(model, model.model_json_schema(by_alias=True))
    definitions |= schema.pop("$defs", {})
    schema["properties"] = {name: _forgiving(field) for name, field in schema["properties"].items()}
    return schema


def _described(model: type[BaseModel], schema: _Schema) -> _Schema:
    """Return the schema with each field's meaning, and without titles, which only repeat the names."""
    schema = _untitled(schema)
    schema["description"] = (model.__doc__ or "").partition("\n")[0]
    for name, meaning in meanings(model).items():
        if name in schema["properties"]:
            schema["properties"][name]["description"] = meaning
    for definition in schema.get("$defs", {}).values():
        if "description" in definition:
            _describe_definition(definition)
    return schema


def _describe_definition(definition: _Schema) -> None:
    known = attributes_in(definition["description"])
    definition["description"] = definition["description"].partition("\n")[0]
    for name, field in definition.get("properties", {}).items():
        if name in known:
            field["description"] = known[name]


def _untitled(node: Any) -> Any:
    match node:
        case {"properties": dict(fields), **rest}:
            inner = {name: _untitled(field) for name, field in fields.items()}
            return {"properties": inner, **_untitled(rest)}
        case dict():
            return {key: _untitled(value) for key, value in node.items() if key != "title"}
        case list():
            return [_untitled(value) for value in node]
        case _:
            return node


def _forgiving(node: Any) -> Any:
    """Return a field's schema that lets through texts which a run replaces, as the planner does."""
    if not isinstance(node, Mapping):
        return node
    rules = {key: value for key, value in node.items() if key in _TEXT_RULES}
    if node.get("type") == "string" and rules:
        kept = {key: value for key, value in node.items() if key not in _TEXT_RULES}
        return kept | {"anyOf": [rules, {"pattern": REPLACED_AT_RUN_TIME}]}
    return {
        key: [_forgiving(one) for one in value]
        if isinstance(value, list) and key in ("anyOf", "allOf")
        else _forgiving(value)
        if key in ("items", "additionalProperties", "propertyNames")
        else value
        for key, value in node.items()
    }

"""The table of the stack's parameters, made from template.yaml."""

from collections.abc import Mapping
from typing import Any

import yaml

from local.field_tables import row
from local.paths import TEMPLATE
from local.stack import TemplateLoader


def parameter_table() -> str:
    """Return a table of the template's parameters: name, default, bounds and meaning.

    Raises:
        ValueError: a parameter has no description.
    """
    parameters = yaml.load(TEMPLATE.read_text(encoding="utf-8"), TemplateLoader)["Parameters"]
    if nameless := [name for name, declared in parameters.items() if "Description" not in declared]:
        raise ValueError(f"template.yaml: give {', '.join(nameless)} a Description")
    rows = [
        row(f"`{name}`", _value(declared["Default"]), _bounds(declared), declared["Description"])
        for name, declared in parameters.items()
    ]
    return "| parameter | default | may be | meaning |\n|---|---|---|---|\n" + "".join(rows)


def _bounds(declared: Mapping[str, Any]) -> str:
    if "AllowedValues" in declared:
        return ", ".join(_value(value) for value in declared["AllowedValues"])
    low, high = declared.get("MinValue"), declared.get("MaxValue")
    if low is not None and high is not None:
        return f"{low:,} to {high:,}"
    if low is not None:
        return f"from {low:,}"
    return {"Number": "a number", "CommaDelimitedList": "texts, comma-separated"}.get(declared["Type"], "text")


def _value(value: object) -> str:
    return f"`{value}`" if value != "" else "empty"

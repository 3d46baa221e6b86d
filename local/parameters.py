"""The parameters of template.yaml: which there are, and what each may be."""

from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from typing import Any

import yaml

from local.failure import LocalError
from local.paths import TEMPLATE

Declared = Mapping[str, Any]


class TemplateLoader(yaml.SafeLoader):
    """Reads a template's own data; what `!Ref` and the like stand for is left out."""


TemplateLoader.add_multi_constructor("!", lambda *_: None)


def declared_parameters() -> Mapping[str, Declared]:
    """Return what the template says of each of its parameters, by name."""
    parameters: Mapping[str, Declared] = yaml.load(TEMPLATE.read_text(encoding="utf-8"), TemplateLoader)["Parameters"]
    return parameters


def check_parameters(parameters: Iterable[tuple[str, str]]) -> None:
    """Check that the template has all these parameters, and that each may be what it is to be, as CloudFormation does.

    Raises:
        LocalError: it lacks one, with the names that are nearest to it; or a value is out of bounds, with these.
    """
    known = declared_parameters()
    spelled = {name.lower(): name for name in known}
    for name, value in parameters:
        if name not in known:
            near = [spelled[found] for found in get_close_matches(name.lower(), spelled, n=3, cutoff=0)]
            raise LocalError(f"template.yaml has no parameter {name}; the nearest are {', '.join(near)}")
        if not _may_be(known[name], value):
            raise LocalError(f"{name} cannot be {value!r}; it may be {bounds_of(known[name], str)}")


def bounds_of(declared: Declared, shown: Callable[[object], str]) -> str:
    """Return in words what a parameter may be.

    Args:
        declared: what the template says of it.
        shown: returns a value as the reader is to see it.
    """
    if "AllowedValues" in declared:
        return ", ".join(shown(value) for value in declared["AllowedValues"])
    low, high = declared.get("MinValue"), declared.get("MaxValue")
    if low is not None and high is not None:
        return f"{low:,} to {high:,}"
    if low is not None:
        return f"from {low:,}"
    return {"Number": "a number", "CommaDelimitedList": "texts, comma-separated"}.get(declared["Type"], "text")


def _may_be(declared: Declared, value: str) -> bool:
    if "AllowedValues" in declared:
        return value in map(str, declared["AllowedValues"])
    if declared["Type"] != "Number":
        return True
    try:
        number = float(value)
    except ValueError:
        return False
    low, high = declared.get("MinValue", float("-inf")), declared.get("MaxValue", float("inf"))
    return bool(low <= number <= high)

"""A call's parameters under the names that boto3 has for them, at every depth."""

from collections.abc import Mapping
from dataclasses import dataclass

from botocore.model import ListShape, MapShape, Shape, StructureShape
from pydantic import JsonValue


@dataclass(frozen=True, slots=True)
class Naming:
    """Parameters of an operation, named.

    Attributes:
        parameters: as boto3 takes them.
        refused: the path of each name that boto3 does not take, such as `Overrides.ContainerOverrides.0.Colour`.
    """

    parameters: dict[str, JsonValue]
    refused: tuple[str, ...]


def name_members(parameters: Mapping[str, JsonValue], shape: StructureShape | None) -> Naming:
    """Return parameters whose names may differ from boto3's in their case.

    What does not have its shape's form, such as a text in place of a list, stays as it is.

    Args:
        parameters: as a universal target's input has them.
        shape: what the operation takes; None if it takes nothing.

    Source: botocore.validate.ParamValidator: exact names only, but any keys in a map, and anything in a document.
    """
    if shape is None:
        return Naming({}, tuple(sorted(parameters)))
    refused: list[str] = []
    named = _structure(parameters, shape, (), refused)
    return Naming(named, tuple(sorted(refused)))


def _structure(
    given: Mapping[str, JsonValue], shape: StructureShape, path: tuple[str, ...], refused: list[str]
) -> dict[str, JsonValue]:
    by_lower = {name.lower(): name for name in shape.members}
    named: dict[str, JsonValue] = {}
    for theirs, value in given.items():
        ours, here = by_lower.get(theirs.lower()), (*path, theirs)
        if ours is None:
            refused.append(".".join(here))
        elif ours in named:
            refused.append(f"{'.'.join(here)} a second time")
        else:
            named[ours] = _value(value, shape.members[ours], here, refused)
    return named


def _value(value: JsonValue, shape: Shape, path: tuple[str, ...], refused: list[str]) -> JsonValue:
    match value, shape:
        case dict(), StructureShape() if not shape.is_document_type:
            return _structure(value, shape, path, refused)
        case dict(), MapShape():
            # Its keys are no names of the API's, be they tags or another's attributes.
            return {key: _value(inner, shape.value, (*path, key), refused) for key, inner in value.items()}
        case list(), ListShape():
            return [_value(inner, shape.member, (*path, str(at)), refused) for at, inner in enumerate(value)]
        case _:
            return value

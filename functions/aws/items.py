"""DynamoDB's typed JSON, as tables and streams speak it, to and from plain Python values."""

import base64
import math
from collections.abc import Callable, Mapping, Sequence
from types import NoneType
from typing import Any

from schedule_model.target import Item

TypedItem = Mapping[str, Any]

_DIGITS_MAX = 38
_MAGNITUDE_MAX = 1e125


def decode_item(typed: TypedItem) -> Item:
    """Return the item in plain values: numbers as int where they are whole, else float; sets as sorted lists.

    Raises:
        ValueError: not an item as DynamoDB writes it.
    """
    return {str(name): decode(value) for name, value in typed.items()}


def decode(value: Mapping[str, Any]) -> object:
    """Return one attribute value in plain Python.

    Raises:
        ValueError: not one type letter with its value.
    """
    try:
        ((letter, content),) = value.items()
        return _DECODERS[letter](content)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{str(value)[:80]} is not a DynamoDB attribute value") from error


def _number(text: str) -> int | float:
    try:
        return int(text)
    except ValueError:
        number = float(text)
        return int(number) if number.is_integer() and abs(number) < 2**53 else number


def _text(content: str | bytes) -> str:
    """Return a binary value as base64, as a stream record has it already and a table read has not."""
    return content if isinstance(content, str) else base64.b64encode(content).decode()


_DECODERS: dict[str, Any] = {
    "S": str,
    "N": _number,
    "BOOL": bool,
    "NULL": lambda _: None,
    "M": decode_item,
    "L": lambda values: [decode(value) for value in values],
    "B": _text,
    "SS": sorted,
    "NS": lambda numbers: sorted(_number(number) for number in numbers),
    "BS": lambda contents: sorted(_text(content) for content in contents),
}


def encode_item(item: Mapping[str, object]) -> dict[str, Any]:
    """Return the item in DynamoDB's typed JSON; attributes that are None are left out."""
    return {name: encode(value) for name, value in item.items() if value is not None}


def encode(value: object) -> dict[str, Any]:
    """Return one JSON value in DynamoDB's typed form.

    A number that DynamoDB cannot hold (over 38 digits, beyond 1e125, or not finite) becomes a text, and half of a
    surrogate pair, which UTF-8 cannot hold, becomes a question mark.

    Raises:
        TypeError: not a JSON value.

    Source: DynamoDB developer guide, "Data types" (Number).
    """
    if (encoder := _ENCODERS.get(type(value))) is not None:
        return encoder(value)
    match value:
        case int() | float():
            return _encode_number(value)
        case str():
            return _encode_text(value)
        case Mapping():
            return _encode_map(value)
        case list() | tuple():
            return _encode_list(value)
    raise TypeError(f"{type(value).__name__} is not a JSON value")


def _encode_text(text: str) -> dict[str, Any]:
    return {"S": text if text.isascii() else _encodable(text)}


def _encode_map(fields: Mapping[Any, object]) -> dict[str, Any]:
    return {"M": {_encodable(str(name)): encode(content) for name, content in fields.items()}}


def _encode_list(values: Sequence[object]) -> dict[str, Any]:
    return {"L": [encode(content) for content in values]}


def _encodable(text: str) -> str:
    return text if text.isascii() else text.encode(errors="replace").decode()


def _encode_number(number: int | float) -> dict[str, str]:
    text = repr(number)
    tiny = number != 0 and abs(number) < 1e-129
    if not math.isfinite(number) or abs(number) > _MAGNITUDE_MAX or tiny or len(text.strip("-")) > _DIGITS_MAX:
        return {"S": text}
    return {"N": text}


# By the type itself, which is a fifth of what asking a value for each of them takes.
_ENCODERS: dict[type, Callable[[Any], dict[str, Any]]] = {
    NoneType: lambda _: {"NULL": True},
    bool: lambda value: {"BOOL": value},
    int: _encode_number,
    float: _encode_number,
    str: _encode_text,
    dict: _encode_map,
    list: _encode_list,
    tuple: _encode_list,
}

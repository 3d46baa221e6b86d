"""Targets in files: JSON, JSON lines or YAML, one or many, in plain values or as DynamoDB writes them."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import IO, Any

import click
import yaml

from functions.aws.items import decode_item
from hourglass.cli.exits import Exit, Failure

_TYPE_LETTERS = frozenset({"S", "N", "BOOL", "NULL", "M", "L", "B", "SS", "NS", "BS"})

_ADDED = {"plan", "next_run_at", "etag"}


@dataclass(frozen=True, slots=True)
class Entry:
    """One target as a file has it.

    Attributes:
        place: where it is, for messages.
        item: as written; nothing about it is known yet.
    """

    place: str
    item: dict[str, Any]


class _Loader(yaml.SafeLoader):
    """Leaves dates as the texts that they are in a schedule."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def read_targets(files: Iterable[IO[str]]) -> list[Entry]:
    """Return the targets in all files, in their order.

    Raises:
        Failure: a file is none of the forms; names it and the line.
    """
    return [entry for file in files for entry in _entries(str(getattr(file, "name", "stdin")), file.read())]


def write_targets(targets: Sequence[Mapping[str, Any]], form: str) -> str:
    """Return the targets as a JSON array or as YAML, in an order that keeps differences between two files small."""
    if form == "yaml":
        return yaml.safe_dump(list(targets), sort_keys=False, allow_unicode=True, width=120)
    return json.dumps(list(targets), ensure_ascii=False, indent=2) + "\n"


def _entries(name: str, text: str) -> Iterator[Entry]:
    found = [one for document in _documents(name, text) for one in _listed(document)]
    for number, one in enumerate(found, start=1):
        place = f"{name}, target {number}" if len(found) > 1 else name
        if not isinstance(one, dict):
            raise Failure(f"{place}: is no map of fields; write id, type and schedule", Exit.INVALID)
        yield Entry(place, _as_written(_plain(place, one)))


def _documents(name: str, text: str) -> list[Any]:
    try:
        return [json.loads(text)]
    except ValueError:
        pass
    try:
        return [document for document in yaml.load_all(text, _Loader) if document is not None]
    except yaml.YAMLError as error:
        lines = _json_lines(text)
        if lines is not None:
            return lines
        raise Failure(f"{name}: is neither JSON nor YAML: {' '.join(str(error).split())}", Exit.INVALID) from error


def _json_lines(text: str) -> list[Any] | None:
    try:
        return [json.loads(line) for line in text.splitlines() if line.strip()]
    except ValueError:
        return None


def _listed(document: Any) -> list[Any]:
    match document:
        case list():
            return document
        case {"targets": [*targets]} if "id" not in document:
            return targets
        case _:
            return [document]


def _as_written(item: dict[str, Any]) -> dict[str, Any]:
    """Return an item without what `get` adds to it, so that what was got can be edited and put."""
    if not item.keys() >= _ADDED:
        return item
    return {name: value for name, value in item.items() if name not in _ADDED}


def _plain(place: str, item: dict[str, Any]) -> dict[str, Any]:
    """Return the item in plain values if it is written as `aws dynamodb put-item` takes it."""
    first = item.get("id")
    if not (isinstance(first, dict) and len(first) == 1 and next(iter(first)) in _TYPE_LETTERS):
        return item
    try:
        return dict(decode_item(item))
    except ValueError as error:
        raise Failure(f"{place}: {error}", Exit.INVALID) from error


def read_one(text: str, option: str) -> dict[str, Any]:
    """Return a JSON or YAML map that was given as an option.

    Raises:
        click.BadParameter: it is no map.
    """
    documents = _documents(option, text)
    if len(documents) != 1 or not isinstance(documents[0], dict):
        raise click.BadParameter("write a map of fields in JSON", param_hint=option)
    return documents[0]

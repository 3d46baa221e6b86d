"""Targets in files: JSON, JSON lines or YAML, one or many, in plain values or as DynamoDB writes them."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import IO, Any

import click
import yaml

from functions.aws.items import decode_item
from hourglass.cli.exits import Exit, Failure

_TYPE_LETTERS = frozenset({"S", "N", "BOOL", "NULL", "M", "L", "B", "SS", "NS", "BS"})

_ADDED = {"plan", "next_run_at", "etag"}
_BLANKS = re.compile(r"\s*")


@dataclass(frozen=True, slots=True)
class Entry:
    """One target as a file has it.

    Attributes:
        place: where it is, for messages.
        item: as written; nothing about it is known yet.
    """

    place: str
    item: dict[str, Any]


class _RepeatedError(Exception):
    """A name comes twice in a map; the message is that name."""


class _Loader(yaml.SafeLoader):
    """Leaves dates as the texts that they are in a schedule, and refuses names that come twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002 - yaml's signature
        """Return the map."""
        _refuse_repeated(key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode))
        return super().construct_mapping(node, deep)


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def read_targets(files: Iterable[IO[str]]) -> list[Entry]:
    """Return the targets in all files, in their order.

    Raises:
        Failure: a file is none of the forms; names it and the line.
    """
    return [entry for file in files for entry in _entries(*_read(file))]


def repeated(entries: Iterable[Entry]) -> list[Entry]:
    """Return the targets whose id came before."""
    of_id: dict[str, list[Entry]] = {}
    for entry in entries:
        of_id.setdefault(str(entry.item.get("id", entry.place)), []).append(entry)
    return [entry for found in of_id.values() for entry in found[1:]]


def describe_repeated(entry: Entry) -> str:
    """Return what is wrong with a target whose id came before."""
    return f"id: {entry.item.get('id')!r} comes twice; give each target an id of its own"


def write_targets(targets: Sequence[Mapping[str, Any]], form: str) -> str:
    """Return the targets as a JSON array or as YAML, in an order that keeps differences between two files small."""
    if form == "yaml":
        return yaml.safe_dump(list(targets), sort_keys=False, allow_unicode=True, width=120)
    return json.dumps(list(targets), ensure_ascii=False, indent=2) + "\n"


def _read(file: IO[str]) -> tuple[str, str]:
    name = str(getattr(file, "name", "stdin"))
    try:
        return name, file.read()
    except UnicodeDecodeError as error:
        raise Failure(f"{name}: is no text in UTF-8: {error.reason} at byte {error.start}", Exit.INVALID) from error


def _entries(name: str, text: str) -> Iterator[Entry]:
    documents = _documents(name, text)
    # A pipe whose first part failed is empty, and must not be taken for the wish to have no targets.
    if not documents:
        raise Failure(f"{name}: is empty; write a target, or [] for none", Exit.INVALID)
    found = [one for document in documents for one in _listed(document)]
    for number, one in enumerate(found, start=1):
        place = f"{name}, target {number}" if len(found) > 1 else name
        if not isinstance(one, dict):
            raise Failure(f"{place}: is no map of fields; write id, type and schedule", Exit.INVALID)
        yield Entry(place, _as_written(_plain(place, one)))


def _documents(name: str, text: str) -> list[Any]:
    try:
        return _json_documents(text) or _yaml_documents(text)
    except yaml.YAMLError as error:
        raise Failure(f"{name}: is neither JSON nor YAML: {' '.join(str(error).split())}", Exit.INVALID) from error
    except RecursionError as error:
        raise Failure(f"{name}: is nested too deeply", Exit.INVALID) from error
    except _RepeatedError as error:
        raise Failure(f"{name}: {str(error)[:80]!r} is written twice in one map", Exit.INVALID) from error


def _json_documents(text: str) -> list[Any]:
    """Return the JSON documents, one after the other, of which a text consists; none if it is something else."""
    decoder, documents, place = json.JSONDecoder(object_pairs_hook=_map), [], _after_blanks(text, 0)
    try:
        while place < len(text):
            document, end = decoder.raw_decode(text, place)
            documents.append(document)
            place = _after_blanks(text, end)
    except ValueError:
        return []
    return documents


def _after_blanks(text: str, place: int) -> int:
    found = _BLANKS.match(text, place)
    return found.end() if found else place


def _yaml_documents(text: str) -> list[Any]:
    return [document for document in yaml.load_all(text, _Loader) if document is not None]


def _map(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    _refuse_repeated(name for name, _ in pairs)
    return dict(pairs)


def _refuse_repeated(names: Iterable[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise _RepeatedError(name)
        seen.add(name)


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

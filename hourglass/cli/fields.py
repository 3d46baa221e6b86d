"""A target's fields as options of `put`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import click

from hourglass.cli.files import read_one
from hourglass.cli.values import Named
from schedule_model.found import Fields
from schedule_model.target import CatchUp, OnComplete, Overlap

Command = TypeVar("Command", bound=Callable[..., Any])

_JSON_VALUE, _TEXT_VALUE = Named(is_json=True), Named()
_OPTIONS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("--id", {"help": "Its name; with this, the target comes from options and not from a file."}),
    ("--type", {"help": "Which runner runs it, such as http."}),
    ("--schedule", {"multiple": True, "help": "rate(...), cron(...), at(...), ...; several are taken together."}),
    ("--params", {"metavar": "JSON", "help": "What the runner needs, as a map."}),
    ("--param", {"multiple": True, "type": _JSON_VALUE, "help": "One of them; JSON where it is JSON, else a text."}),
    ("--timezone", {"help": "Of the schedule, an IANA name."}),
    ("--active/--inactive", {"default": None, "help": "Whether it runs."}),
    ("--except", {"multiple": True, "help": "A day, days or expression to leave out."}),
    ("--starts-at", {"help": "ISO 8601, with an offset."}),
    ("--ends-at", {"help": "ISO 8601, with an offset."}),
    ("--flexible-window-seconds", {"type": int, "help": "Spreads the runs over this many seconds."}),
    ("--retry", {"multiple": True, "type": _JSON_VALUE, "help": "max_attempts=3, backoff_seconds=5, ..."}),
    ("--timeout-seconds", {"type": int, "help": "How long an attempt may take."}),
    ("--overlap", {"type": click.Choice([str(one) for one in Overlap])}),
    ("--catch-up", {"type": click.Choice([str(one) for one in CatchUp])}),
    ("--misfire-grace-seconds", {"type": int, "help": "How late a run may start."}),
    ("--max-runs", {"type": int, "help": "How often it runs in all."}),
    ("--pause-after-failures", {"type": int, "help": "Failed runs in a row that pause it."}),
    ("--on-complete", {"type": click.Choice([str(one) for one in OnComplete])}),
    ("--precise/--no-precise", {"default": None, "help": "Whether it starts within hundredths of a second."}),
    ("--keep-results-days", {"type": int, "help": "How long its runs stay."}),
    ("--dead-letter-queue", {"metavar": "URL"}),
    ("--note", {"help": "For people."}),
    ("--tag", {"multiple": True, "type": _TEXT_VALUE, "help": "For people, and for list --tag."}),
)

_MAPS = {"param": "params", "retry": "retry", "tag": "tags"}
"""The options that are given once for each entry of a map, and the fields that they are."""


@dataclass(frozen=True, slots=True)
class Given:
    """What was given as options.

    Attributes:
        fields: those that were given whole.
        entries: those that were given entry by entry, each a map.
    """

    fields: Fields
    entries: Mapping[str, Fields]

    @property
    def is_empty(self) -> bool:
        """Return whether nothing was given."""
        return not (self.fields or self.entries)

    def target(self) -> Fields:
        """Return them as the target that is meant where nothing is there; what was not given is left out."""
        return self.fields | {name: _map(self.fields, name) | new for name, new in self.entries.items()}

    def laid_over(self, found: Fields) -> Fields:
        """Return a target with them laid over its fields; an entry that is null is taken away."""
        fields = found | self.fields
        for name, new in self.entries.items():
            removed = {key for key, value in new.items() if value is None}
            fields[name] = {key: value for key, value in (_map(fields, name) | new).items() if key not in removed}
        return fields


def _map(fields: Fields, name: str) -> Fields:
    """Return a field that is a map, an empty one where it is none."""
    value = fields.get(name)
    return value if isinstance(value, dict) else {}


def field_options(command: Command) -> Command:
    """Give a command an option for each field of a target."""
    for name, settings in reversed(_OPTIONS):
        command = click.option(name, **settings)(command)
    return command


def given_in(options: Mapping[str, Any]) -> Given:
    """Return what was given as options.

    Raises:
        click.BadParameter: `--params` is no map.
    """
    given = {name: value for name, value in options.items() if value is not None and value != ()}
    entries = {field: dict(given.pop(option)) for option, field in _MAPS.items() if option in given}
    if "params" in given:
        given["params"] = read_one(given["params"], "--params")
    if "schedule" in given:
        expressions = list(given["schedule"])
        given["schedule"] = expressions[0] if len(expressions) == 1 else expressions
    if "except" in given:
        given["except"] = list(given["except"])
    return Given(given, entries)

"""A target's fields as options of `put`."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import click

from hourglass.cli.files import read_one
from hourglass.cli.values import Named
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


def field_options(command: Command) -> Command:
    """Give a command an option for each field of a target."""
    for name, settings in reversed(_OPTIONS):
        command = click.option(name, **settings)(command)
    return command


def fields_from(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields that were given as options; those that were not are left out."""
    fields = {name: value for name, value in options.items() if value is not None and value != ()}
    params = read_one(fields.pop("params"), "--params") if "params" in fields else {}
    params |= dict(fields.pop("param", ()))
    if params:
        fields["params"] = params
    if "schedule" in fields:
        expressions = list(fields["schedule"])
        fields["schedule"] = expressions[0] if len(expressions) == 1 else expressions
    if "except" in fields:
        fields["except"] = list(fields["except"])
    if "retry" in fields:
        fields["retry"] = dict(fields["retry"])
    if "tag" in fields:
        fields["tags"] = dict(fields.pop("tag"))
    return fields

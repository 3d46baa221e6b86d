"""Commands that look ahead: what is valid, and what runs when."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import IO

import click

from functions.documents import preview_document, upcoming_document
from hourglass.cli.documents import PREVIEW_COLUMNS, UPCOMING_COLUMNS
from hourglass.cli.exits import Exit, Failure
from hourglass.cli.files import Entry, describe_repeated, read_targets, repeated
from hourglass.cli.output import field
from hourglass.cli.session import Session, shared_options
from hourglass.cli.values import Length, Moment
from hourglass.items import check_target
from schedule_model.errors import InvalidTargetError
from schedule_model.plan import PlanStatus
from schedule_model.previews import Preview, next_of_expression, next_of_target
from schedule_model.reading_targets import parse_target

_CHECKED = (field("place"), field("id"), field("result"), field("problem"))
_WITHIN_MAX = timedelta(days=7)


@click.command("next")
@click.argument("what", metavar="TARGET|EXPRESSION...", nargs=-1, required=True)
@click.option("-n", "--count", type=click.IntRange(1, 10_000), default=10, show_default=True)
@click.option("--timezone", help="Of an expression, an IANA name; UTC, unless it is given.")
@click.option("--after", type=Moment(), help="Of an expression: from when on; now, unless it is given.")
@shared_options
@click.pass_obj
def next_(session: Session, what: tuple[str, ...], *, count: int, timezone: str | None, after: datetime | None) -> None:
    """Show the next runs of a target, or of an expression before it becomes one.

    Several expressions are taken together. A rate without a target counts from now.
    """
    found: Sequence[Preview]
    if _is_target(what):
        if timezone is not None or after is not None:
            raise click.UsageError("--timezone and --after are for expressions; a target has its own timezone")
        found = _next_of_target(session, what[0], count)
    else:
        expression = what[0] if len(what) == 1 else list(what)
        found = next_of_expression(expression, timezone or "UTC", after=after or session.now(), count=count)
    if not found:
        session.output.warn("no runs: the schedule is over, or never matches")
    session.output.rows([preview_document(one) for one in found], PREVIEW_COLUMNS)


def _next_of_target(session: Session, target_id: str, count: int) -> Sequence[Preview]:
    target = session.client.get(target_id)
    plan = target.plan
    if plan is not None and plan.status is not PlanStatus.SCHEDULED:
        why = f" ({plan.reason})" if plan.reason else ""
        session.output.warn(f"{target_id} is {plan.status}{why}: these are the runs that it would have")
    return next_of_target(parse_target(target.fields), plan, after=session.now(), count=count)


def _is_target(what: tuple[str, ...]) -> bool:
    """Return whether it is a target's id, which has neither a parenthesis nor a space, nor begins with an @."""
    return len(what) == 1 and not (set(what[0]) & set("( ") or what[0].startswith("@"))


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.File("r"))
@click.option("--run-timeout", type=Length(), help="Also refuse a timeout_seconds over this, as the stack would.")
@shared_options
@click.pass_obj
def check(session: Session, files: tuple[IO[str], ...], run_timeout: timedelta | None) -> None:
    """Validate the targets in FILES without any stack; exit code 4 if one is invalid."""
    read = [one for file in files for one in _read(file)]
    again = {entry.place for entry in repeated(one for one in read if isinstance(one, Entry))}
    documents = [
        _checked(one, run_timeout, is_repeated=one.place in again) if isinstance(one, Entry) else one for one in read
    ]
    session.output.rows(documents, _CHECKED)
    invalid = sum(document["result"] == "invalid" for document in documents)
    if invalid:
        raise Failure(f"{invalid} of {len(documents)} targets are invalid", Exit.INVALID)
    session.output.tell(f"{len(documents)} targets are valid")


def _read(file: IO[str]) -> Sequence[Entry | dict[str, str]]:
    """Return the targets in a file; one that cannot be read is told in its row, and holds up no other."""
    try:
        return read_targets([file])
    except Failure as failure:
        place = str(getattr(file, "name", "stdin"))
        problem = failure.message.removeprefix(f"{place}: ")
        return [{"place": place, "id": "", "result": "invalid", "problem": problem}]


def _checked(entry: Entry, run_timeout: timedelta | None, *, is_repeated: bool) -> dict[str, str]:
    document = {"place": entry.place, "id": str(entry.item.get("id", "")), "result": "ok", "problem": ""}
    try:
        check_target(entry.item, run_timeout=run_timeout)
    except InvalidTargetError as error:
        return document | {"result": "invalid", "problem": str(error)}
    return document | ({"result": "invalid", "problem": describe_repeated(entry)} if is_repeated else {})


@click.command()
@click.option("--within", type=Length(), default="1h", show_default=True, help="How far to look ahead; at most 7d.")
@click.option("--from-timers", is_flag=True, help="Read the timers instead of the whole Targets table.")
@shared_options
@click.pass_obj
def upcoming(session: Session, within: timedelta, *, from_timers: bool) -> None:
    """Show all runs due soon, across targets, as their schedules name them.

    Reading the timers costs the same however many targets there are, and finds no run that is on the queue already, as
    all are from up to 22 minutes before they are due.
    """
    if within > _WITHIN_MAX:
        raise click.BadParameter("look ahead at most 7d; each minute of it is a query per shard", param_hint="--within")
    with session.output.progress("reading timers" if from_timers else "reading targets") as progress:
        found = session.client.upcoming(within, complete=not from_timers, progress=progress)
    session.output.rows([upcoming_document(one) for one in found], UPCOMING_COLUMNS)
    hidden = session.client.queued() - sum(one.is_near for one in found) if from_timers else 0
    if hidden > 0:
        session.output.warn(f"about {hidden} more wait on the queue; without --from-timers they are found as well")


COMMANDS = (next_, check, upcoming)

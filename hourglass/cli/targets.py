"""Commands that write and read targets."""

import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import IO, Any

import click

from functions.documents import target_document
from hourglass.cli.documents import TARGET_COLUMNS, WRITTEN_COLUMNS, written_document
from hourglass.cli.exits import Exit, Failure
from hourglass.cli.fields import Given, field_options, given_in
from hourglass.cli.files import Entry, describe_repeated, read_targets, repeated
from hourglass.cli.plans import plans_of, show_plans
from hourglass.cli.session import Session, shared_options
from hourglass.cli.values import Length, Named, TargetId
from hourglass.errors import NotFoundError
from hourglass.items import Change, Written, check_target
from schedule_model.errors import InvalidTargetError
from schedule_model.filters import TargetFilter, Window, tags_together
from schedule_model.plan import PlanStatus
from schedule_model.target import Item


@click.command()
@click.argument("files", nargs=-1, type=click.File("r"))
@field_options
@click.option("--new", is_flag=True, help="Refuse a target that exists.")
@click.option("--merge", is_flag=True, help="Keep what the target has beside what is given as options.")
@click.option("--if-match", metavar="ETAG", help="Refuse a target that is not as it was read.")
@click.option("--wait", is_flag=True, help="Wait for the plan and show it.")
@shared_options
@click.pass_obj
def put(session: Session, /, files: tuple[IO[str], ...], **options: Any) -> None:
    """Write targets from FILES (JSON or YAML, `-` for stdin), or one from options.

    Nothing is written unless every target is valid.
    """
    wish = {name: options.pop(name) for name in ("new", "merge", "if_match", "wait")}
    given = given_in(options)
    _refuse_contradictions(files, given, wish)
    entries = read_targets(files) if files else [Entry(str(given.fields["id"]), given.target())]
    if not wish["merge"]:
        refuse_invalid(session, entries)
    before = plans_of(session, (str(entry.item["id"]) for entry in entries)) if wish["wait"] else {}
    done = []
    with session.output.progress("writing targets") as progress:
        for number, entry in enumerate(entries, start=1):
            done.append(_write(session, entry, given, wish))
            progress(number, len(entries))
    if wish["wait"]:
        show_plans(session, done, before)
    else:
        session.output.rows([written_document(one) for one in done], WRITTEN_COLUMNS)


def _refuse_contradictions(files: tuple[IO[str], ...], given: Given, wish: Mapping[str, Any]) -> None:
    if files and not given.is_empty:
        raise click.UsageError("write targets in files or in options, not in both")
    if files and wish["merge"]:
        raise click.UsageError("--merge takes the fields from options; a file replaces its targets as a whole")
    if not files and "id" not in given.fields:
        raise click.UsageError("name a file, `-` for stdin, or a target's --id with its --type and --schedule")
    if wish["new"] and wish["merge"]:
        raise click.UsageError("--merge changes a target that exists, and --new refuses one; write either")
    if wish["merge"]:
        TargetId().convert(given.fields["id"], None, None)


def _write(session: Session, entry: Entry, given: Given, wish: Mapping[str, Any]) -> Written:
    if not wish["merge"]:
        return session.client.put(entry.item, only_new=wish["new"], if_match=wish["if_match"])
    try:
        return session.client.edit(entry.place, given.laid_over, if_match=wish["if_match"])
    except InvalidTargetError as error:
        raise Failure(f"{entry.place}: {error}", Exit.INVALID) from error


def refuse_invalid(session: Session, entries: list[Entry]) -> None:
    """Return if every target is valid; the stack is asked only about what it alone knows.

    Raises:
        Failure: names each one that is not, and why.
    """
    problems = _problems(entries, check_target)
    problems += [f"{entry.place}: {describe_repeated(entry)}" for entry in repeated(entries)]
    timed = [entry for entry in entries if "timeout_seconds" in entry.item]
    if timed and not problems:
        problems = _problems(timed, session.client.check)
    if problems:
        raise Failure("\n".join(problems), Exit.INVALID)


def _problems(entries: list[Entry], check: Callable[[Item], object]) -> list[str]:
    problems = []
    for entry in entries:
        try:
            check(entry.item)
        except InvalidTargetError as error:
            problems.append(f"{entry.place}: {error}")
    return problems


@click.command()
@click.argument("target_ids", metavar="TARGET...", nargs=-1, required=True, type=TargetId())
@shared_options
@click.pass_obj
def get(session: Session, target_ids: tuple[str, ...]) -> None:
    """Show targets with their plans."""

    def show(target_id: str) -> None:
        session.output.record(target_document(session.client.get(target_id), session.now()))

    _each(target_ids, show)


@click.command("list")
@click.option("--type", "types", multiple=True, help="Only these types.")
@click.option("--tag", "tags", multiple=True, type=Named(needs_value=False), help="Only with it; NAME or NAME=VALUE.")
@click.option(
    "--status", "statuses", multiple=True, type=click.Choice([str(one) for one in PlanStatus], case_sensitive=False)
)
@click.option("--next-within", type=Length(), metavar="LENGTH", help="Only those that run within, such as 2h.")
@shared_options
@click.pass_obj
def list_(session: Session, /, next_within: timedelta | None, **options: Any) -> None:
    """List targets. Reads the whole table."""
    keep = TargetFilter(
        types=frozenset(options["types"]),
        tags=tags_together(options["tags"]),
        statuses=frozenset(PlanStatus(status.upper()) for status in options["statuses"]),
        runs_in=Window(session.now(), session.now() + next_within) if next_within else None,
    )
    kept = session.output.counting("reading targets", session.client.list(keep))
    found = sorted(kept, key=lambda one: one.target_id)
    session.output.rows([target_document(one, session.now()) for one in found], TARGET_COLUMNS)


@click.command()
@click.argument("target_ids", metavar="TARGET...", nargs=-1, required=True, type=TargetId())
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@shared_options
@click.pass_obj
def delete(session: Session, target_ids: tuple[str, ...], *, yes: bool) -> None:
    """Delete targets. Their runs stay until their retention ends."""
    if not yes and sys.stdin.isatty():
        click.confirm(f"Delete {', '.join(target_ids)}?", abort=True, err=True)

    def remove(target_id: str) -> None:
        session.client.delete(target_id)
        _say_done(session, target_id, Change.DELETED, ())

    _each(target_ids, remove)


@click.command()
@click.argument("target_ids", metavar="TARGET...", nargs=-1, required=True, type=TargetId())
@click.option("--note", help="Why, for people.")
@shared_options
@click.pass_obj
def pause(session: Session, target_ids: tuple[str, ...], note: str | None) -> None:
    """Let targets run no more until they are resumed."""
    _switch(session, target_ids, lambda target_id: session.client.pause(target_id, note))


@click.command()
@click.argument("target_ids", metavar="TARGET...", nargs=-1, required=True, type=TargetId())
@click.option("--note", help="For people; an empty one removes it.")
@shared_options
@click.pass_obj
def resume(session: Session, target_ids: tuple[str, ...], note: str | None) -> None:
    """Let paused targets run again."""
    _switch(session, target_ids, lambda target_id: session.client.resume(target_id, note))


def _switch(session: Session, target_ids: Sequence[str], switch: Callable[[str], None]) -> None:
    def change(target_id: str) -> None:
        switch(target_id)
        _say_done(session, target_id, Change.CHANGED, ("active",))

    _each(target_ids, change)


def _each(target_ids: Sequence[str], do: Callable[[str], None]) -> None:
    """Do what is asked for each target; one that is not there holds up none after it.

    Raises:
        Failure: names each that is not there.
    """
    missing: list[str] = []
    for target_id in target_ids:
        try:
            do(target_id)
        except NotFoundError as error:
            missing.append(str(error))
    if missing:
        raise Failure("\n".join(missing), Exit.NOT_FOUND)


def _say_done(session: Session, target_id: str, change: Change, fields: tuple[str, ...]) -> None:
    session.output.line(written_document(Written(target_id, change, fields)), WRITTEN_COLUMNS)


COMMANDS = (put, get, list_, delete, pause, resume)

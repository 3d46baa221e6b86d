"""Commands for all targets at once: schedules as code, and out of EventBridge Scheduler."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from typing import IO

import click

from hourglass.cli.documents import WRITTEN_COLUMNS
from hourglass.cli.exits import Exit, Failure
from hourglass.cli.files import Entry, read_targets, write_targets
from hourglass.cli.output import Column, as_text, field
from hourglass.cli.session import Session, shared_options
from hourglass.cli.targets import refuse_invalid
from hourglass.errors import ConflictError, answered
from hourglass.eventbridge.converting import Carried, carry_over, told_apart
from hourglass.eventbridge.reading import schedules
from hourglass.items import Change
from hourglass.whole_set import Step, is_in_files
from schedule_model.found import Fields

_LEFT_OUT, _KEPT = "left out", "kept"
_CARRIED = (
    field("schedule", "name"),
    field("result"),
    Column("about", lambda document: as_text(document["problem"]) or "; ".join(map(str, _listed(document["notes"])))),
)


def _listed(value: object) -> list[object]:
    return list(value) if isinstance(value, list | tuple) else []


@click.command()
@click.argument("file", type=click.File("w"), default="-")
@click.option("--format", "written_as", type=click.Choice(["json", "yaml"]), help="Default: by FILE's name, else JSON.")
@shared_options
@click.pass_obj
def export(session: Session, file: IO[str], written_as: str | None) -> None:
    """Write all targets to FILE (`-` for stdout), without their plans, sorted by id. Reads the whole table.

    Tasks, and the follow-ups that runs have asked for, are left out.
    """
    read = session.output.counting("reading targets", session.client.list())
    written = (one.fields for one in read if is_in_files(one.target_id))
    found = sorted(written, key=lambda fields: str(fields["id"]))
    file.write(write_targets([_id_first(fields) for fields in found], written_as or _form_of(file)))
    session.output.tell(f"{len(found)} targets")


def _id_first(fields: Mapping[str, object]) -> dict[str, object]:
    first = {name: fields[name] for name in ("id", "type", "schedule", "timezone", "params") if name in fields}
    return first | dict(sorted((name, value) for name, value in fields.items() if name not in first))


@click.command("import")
@click.argument("files", nargs=-1, required=True, type=click.File("r"))
@click.option("--apply", "is_applied", is_flag=True, help="Do it; without this, only show what would change.")
@click.option(
    "--prune",
    is_flag=True,
    help="Delete the targets that FILES lack, but no tasks and no follow-ups. Reads the whole table.",
)
@shared_options
@click.pass_obj
def import_(session: Session, files: tuple[IO[str], ...], *, is_applied: bool, prune: bool) -> None:
    """Make the stack's targets what FILES (JSON or YAML, `-` for stdin) say; shows the difference first."""
    entries = read_targets(files)
    refuse_invalid(session, entries)
    _import(session, entries, is_applied=is_applied, prune=prune)


def _import(session: Session, entries: list[Entry], *, is_applied: bool, prune: bool) -> None:
    items = {str(entry.item["id"]): entry.item for entry in entries}
    steps = session.client.compare([entry.item for entry in entries], prune=prune)
    differing = [step for step in steps if step.change is not Change.UNCHANGED]
    _show(session, differing, would="" if is_applied else "would be ")
    counts = ", ".join(f"{sum(step.change is kind for step in steps)} {kind}" for kind in Change)
    if not is_applied:
        session.output.tell(f"would be: {counts}; nothing was written, add --apply")
        return
    with session.output.progress("writing targets") as progress:
        for number, step in enumerate(differing, start=1):
            session.client.apply(step, items.get(step.target_id))
            progress(number, len(differing))
    session.output.tell(counts)


def _show(session: Session, steps: Iterable[Step], *, would: str) -> None:
    documents = [
        {
            "id": step.target_id,
            "change": f"{would}{step.change}",
            "fields": list(step.fields),
            "from_to": _from_to(step),
        }
        for step in steps
    ]
    details = Column("from → to", lambda document: "\n".join(map(str, _listed(document["from_to"]))))
    session.output.rows(documents, (*WRITTEN_COLUMNS[:2], details))


def _from_to(step: Step) -> list[str]:
    if step.change is not Change.CHANGED:
        return []
    return [f"{name}: {as_text(old) or '-'} → {as_text(new) or '-'}" for name, (old, new) in step.fields.items()]


@click.command("import-eventbridge")
@click.option("--group", help="Only schedules of this group.")
@click.option("--name-prefix", help="Only schedules whose name begins so.")
@click.option("--apply", "is_applied", is_flag=True, help="Write the targets, paused unless --active is given.")
@click.option("--active", is_flag=True, help="Let them run at once; first disable the schedules, or both will.")
@click.option("--overwrite", is_flag=True, help="Replace the targets that exist; without this, they are kept.")
@click.option("--to-file", type=click.File("w"), help="Write the targets to a file, for `import`.")
@shared_options
@click.pass_obj
def import_eventbridge(
    session: Session,
    /,
    *,
    is_applied: bool,
    active: bool,
    overwrite: bool,
    to_file: IO[str] | None,
    **chosen: str | None,
) -> None:
    """Read the schedules of EventBridge Scheduler and write a target for each. Changes nothing in EventBridge.

    What cannot be carried over is said for each, and ends in exit code 1; what exists already and is kept, in 5.
    """
    carried = _carried(session, chosen, active=active)
    items = [one.fields for one in carried if one.fields]
    if to_file is not None:
        to_file.write(write_targets(items, _form_of(to_file)))
    if is_applied:
        carried = _written(session, carried, overwrite=overwrite)
    session.output.rows([_carried_document(one) for one in carried], _CARRIED)
    if not is_applied:
        unless = "" if overwrite else ", unless it exists"
        session.output.tell(f"{len(items)} would be written{unless}; add --apply")
    _refuse_unwritten(carried)


def _carried(session: Session, chosen: Mapping[str, str | None], *, active: bool) -> list[Carried]:
    with answered():
        scheduler = session.boto3().client("scheduler")
    carried = []
    with session.output.progress("reading schedules") as progress:
        for number, one in enumerate(schedules(scheduler, **chosen), start=1):
            carried.append(carry_over(one))
            progress(number, None)
    return told_apart(carried if active else [one.paused() for one in carried])


def _written(session: Session, carried: Sequence[Carried], *, overwrite: bool) -> list[Carried]:
    """Write the targets, and return what became of each."""
    written = []
    with session.output.progress("writing targets") as progress:
        for number, one in enumerate(carried, start=1):
            written.append(one if one.fields is None else _put(session, one, one.fields, overwrite=overwrite))
            progress(number, len(carried))
    return written


def _put(session: Session, one: Carried, fields: Fields, *, overwrite: bool) -> Carried:
    try:
        session.client.put(fields, only_new=not overwrite)
    except ConflictError:
        if overwrite:
            raise
        (step,) = session.client.compare([fields])
        if step.change is not Change.UNCHANGED:
            reason = f"{step.target_id} exists already, with another {', '.join(step.fields)}; --overwrite replaces it"
            return replace(one, problem=reason)
    return one


def _refuse_unwritten(carried: Sequence[Carried]) -> None:
    counts = Counter(_result(one) for one in carried)
    lost, kept = counts[_LEFT_OUT], counts[_KEPT]
    problems = [f"{lost} of {len(carried)} schedules could not be carried over; the reasons are above"] if lost else []
    problems += [f"{kept} of {len(carried)} targets exist already and were kept"] if kept else []
    if problems:
        raise Failure("\n".join(problems), Exit.FAILED if lost else Exit.CONFLICT)


def _form_of(file: IO[str]) -> str:
    return "yaml" if str(getattr(file, "name", "")).endswith((".yaml", ".yml")) else "json"


def _carried_document(carried: Carried) -> dict[str, object]:
    return {"result": _result(carried), **asdict(carried)}


def _result(carried: Carried) -> str:
    if carried.fields is None:
        return _LEFT_OUT
    return _KEPT if carried.problem else "carried over"


COMMANDS = (export, import_, import_eventbridge)

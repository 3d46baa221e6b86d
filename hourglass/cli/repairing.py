"""Commands for a stack's owner: what was given up, and how the stack is."""

from collections.abc import Iterator
from dataclasses import asdict
from itertools import chain

import click

from hourglass.cli.exits import Failure
from hourglass.cli.output import field
from hourglass.cli.session import Session, shared_options
from hourglass.findings import Level
from hourglass.redriving import Redriven

_REDRIVEN = (field("outcome"), field("what"), field("reason"), field("name"))
_FINDINGS = (field("level"), field("name"), field("fact"), field("advice"))


@click.command()
@click.argument("what", type=click.Choice(["all", "runs", "streams"]), default="all")
@click.option("--dry-run", is_flag=True, help="Show what would become of each, and change nothing.")
@click.option("--force", is_flag=True, help="Put letters that cannot be read back as they are.")
@click.option("--queue", metavar="URL", help="A target's own dead-letter queue.")
@click.option("-n", "--limit", type=click.IntRange(1, 1_000_000), default=1_000, show_default=True)
@shared_options
@click.pass_obj
def redrive(session: Session, what: str, *, dry_run: bool, force: bool, queue: str | None, limit: int) -> None:
    """Put back what was given up: dead letters as new manual runs, stream records to their function.

    Doing it twice, or being interrupted, runs nothing twice. Exit code 1 if something was kept.
    """
    if what == "streams" and queue is not None:
        raise click.UsageError("--queue names a queue of runs' letters; stream records lie in the stack's bucket")
    found: list[Iterator[Redriven]] = []
    if what != "streams":
        found.append(session.client.redrive(queue_url=queue, limit=limit, dry_run=dry_run, force=force))
    if what != "runs" and queue is None:
        found.append(session.client.redrive_streams(limit=limit, dry_run=dry_run))
    outcomes = []
    would = "would be " if dry_run else ""
    for one in chain.from_iterable(found):
        outcomes.append(one.outcome)
        session.output.line(asdict(one) | {"outcome": f"{would}{one.outcome}"}, _REDRIVEN)
    counts = ", ".join(f"{outcomes.count(one)} {would}{one}" for one in sorted(set(outcomes)))
    session.output.tell(counts or "nothing was given up")
    if "kept" in outcomes:
        raise Failure(f"{outcomes.count('kept')} could not be put back; the reasons are above")


@click.command()
@shared_options
@click.pass_obj
def doctor(session: Session) -> None:
    """Examine the stack: streams, TTL, filters, queue, dead letters, sweeper, reconcile, clock. Changes nothing."""
    session.output.tell(f"stack {session.client.stack.name}")
    documents = [asdict(finding) for finding in session.client.doctor()]
    session.output.rows(documents, _FINDINGS)
    bad = [document["name"] for document in documents if document["level"] is Level.BAD]
    if bad:
        raise Failure(f"the stack is not well: {', '.join(bad)}")


COMMANDS = (redrive, doctor)

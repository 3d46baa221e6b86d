"""Commands that ask for runs and show them."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice

import click

from functions.documents import run_document
from hourglass.cli.documents import RUN_COLUMNS
from hourglass.cli.exits import Failure
from hourglass.cli.output import field
from hourglass.cli.session import Session, shared_options
from hourglass.cli.values import Length, Moment, TargetId
from schedule_model.backfilling import BACKFILL_MAX
from schedule_model.filters import RunFilter
from schedule_model.run import Run, RunStatus

_ASKED = (field("run"), field("status"))
_STATUSES = [str(one) for one in RunStatus]
_POLL = timedelta(seconds=2)
_PAGE = 100
_FOLLOWED = 50
"""How many of the latest rows are looked at again while following."""


@click.command()
@click.argument("target_id", metavar="TARGET", type=TargetId())
@click.option("--wait", is_flag=True, help="Wait for the end and show it; exit code 1 unless it COMPLETED.")
@click.option("--timeout", type=Length(), default="5m", show_default=True, help="How long to wait.")
@shared_options
@click.pass_obj
def run(session: Session, target_id: str, *, wait: bool, timeout: timedelta) -> None:
    """Run a target now, beside its schedule."""
    request, _ = session.client.run_now(target_id)
    if not wait:
        session.output.line({"run": request.idempotency_key, "status": "QUEUED"}, _ASKED)
        return
    try:
        done = session.client.wait_for(request, timeout)
    except KeyboardInterrupt:
        session.output.warn(f"{request.idempotency_key}: goes on; see `hourglass show {request.idempotency_key}`")
        raise
    if done is None:
        raise Failure(f"{request.idempotency_key}: has not begun; ask `hourglass doctor` why")
    session.output.record(run_document(done))
    if not done.status.is_final:
        raise Failure(
            f"{request.idempotency_key}: is {done.status} still; see `hourglass show {request.idempotency_key}`"
        )
    if done.status is not RunStatus.COMPLETED:
        raise Failure(f"{request.idempotency_key}: {done.status}: {done.error}")


@click.command()
@click.argument("target_id", metavar="TARGET", type=TargetId())
@click.option(
    "--status", "statuses", multiple=True, type=click.Choice([str(one) for one in RunStatus], case_sensitive=False)
)
@click.option("--since", type=Moment(), help="Occurrences from then on; an instant, or 2h for two hours ago.")
@click.option("--until", type=Moment(), help="Occurrences before then.")
@click.option(
    "-n", "--limit", type=click.IntRange(1, 100_000), default=20, show_default=True, help="The latest so many."
)
@click.option("-f", "--follow", is_flag=True, help="Show each change as it happens, until Ctrl-C.")
@shared_options
@click.pass_obj
def runs(session: Session, /, target_id: str, *, follow: bool, limit: int, **options: object) -> None:
    """Show a target's runs, latest first; with --follow, latest last."""
    keep = _filter(**options)  # type: ignore[arg-type]  # click has read them
    if not follow:
        session.output.rows([run_document(one) for one in _there(session, target_id, keep, limit)], RUN_COLUMNS)
        return
    # Ctrl-C is how following ends, and no failure.
    with suppress(KeyboardInterrupt):
        for one in _followed(session, target_id, keep, limit):
            session.output.line(run_document(one), RUN_COLUMNS)


def _filter(statuses: tuple[str, ...], since: datetime | None, until: datetime | None) -> RunFilter:
    return RunFilter(frozenset(RunStatus(status.upper()) for status in statuses), since, until)


def _latest(session: Session, target_id: str, keep: RunFilter, limit: int) -> list[Run]:
    # Of rows that are filtered by status, many may have to be read for one.
    page = _PAGE if keep.statuses else min(limit, _PAGE)
    return list(islice(session.client.runs(target_id, keep, page=page), limit))


def _there(session: Session, target_id: str, keep: RunFilter, limit: int) -> list[Run]:
    """Return a target's latest runs; one that has none must at least exist."""
    found = _latest(session, target_id, keep, limit)
    if not found:
        session.client.get(target_id)
    return found


def _followed(session: Session, target_id: str, keep: RunFilter, limit: int) -> Iterator[Run]:
    """Yield what there is, and then every row that is new or changed, without end."""
    # Without the statuses: a filter that keeps few rows would read the whole history each time to find as many.
    every = replace(keep, statuses=frozenset())
    seen = {one.run_id: one for one in _latest(session, target_id, every, _FOLLOWED)}
    yield from reversed(_there(session, target_id, keep, limit))
    while True:
        session.clock.wait_until(session.now() + _POLL)
        for one in reversed(_latest(session, target_id, every, _FOLLOWED)):
            if seen.get(one.run_id) != one:
                seen[one.run_id] = one
                if keep.keeps(one):
                    yield one


@click.command()
@click.argument("name", metavar="RUN")
@shared_options
@click.pass_obj
def show(session: Session, name: str) -> None:
    """Show one run: TARGET/SCHEDULED_AT, as `runs` and `run` name it."""
    target_id, slash, run_id = name.rpartition("/")
    if not slash or not target_id:
        raise click.BadParameter(f"{name!r} names no run; write it as tick/2026-11-20T12:00:00Z", param_hint="RUN")
    session.output.record(run_document(session.client.run(target_id, run_id)))


@click.command()
@click.argument("target_id", metavar="TARGET", type=TargetId())
@click.option("--from", "start", type=Moment(), required=True, help="The first instant; 7d for a week ago.")
@click.option("--to", "end", type=Moment(), default="0s", help="The last instant; now, unless it is given.")
@click.option("-n", "--limit", type=click.IntRange(1, BACKFILL_MAX), default=1_000, show_default=True, help="At most.")
@click.option("--name", default="", help="Runs everything anew that was backfilled under another name.")
@click.option("--dry-run", is_flag=True, help="Show the occurrences, and ask for none.")
@shared_options
@click.pass_obj
def backfill(
    session: Session, target_id: str, *, start: datetime, end: datetime, limit: int, name: str, dry_run: bool
) -> None:
    """Run a target for every occurrence of its schedule in the past.

    Repeating it runs nothing twice.
    """
    with session.output.progress("queueing runs") as progress:
        asked = session.client.backfill(
            target_id, start, end, limit=limit, name=name, dry_run=dry_run, progress=progress
        )
    status = "WOULD RUN" if dry_run else "QUEUED"
    session.output.rows([{"run": one.idempotency_key, "status": status} for one in asked], _ASKED)
    session.output.tell(f"{len(asked)} runs; see `hourglass runs {target_id}`")


COMMANDS = (run, runs, show, backfill)

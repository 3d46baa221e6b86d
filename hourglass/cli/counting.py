"""The command that shows the stack in numbers."""

from datetime import datetime

import click

from hourglass.cli.documents import since_text
from hourglass.cli.output import Document
from hourglass.cli.session import Session, shared_options
from hourglass.cli.values import Moment
from hourglass.stats import Stats


@click.command()
@click.option("--since", type=Moment(), default="24h", show_default=True, help="Runs due from then on.")
@shared_options
@click.pass_obj
def stats(session: Session, since: datetime) -> None:
    """Count targets and runs. Reads the Targets and Runs tables as a whole.

    TTL's lag is that of the timers which wait for it now; its percentiles over time are the metric TimerLateness.
    """
    with session.output.progress("reading timers") as progress:
        found = session.client.stats(since, progress=progress)
    session.output.record(_document(found, since))


def _document(found: Stats, since: datetime) -> Document:
    share = found.failure_share
    return {
        "since": since_text(since),
        "targets": dict(found.targets),
        "runs": dict(found.runs),
        "failure_share": None if share is None else round(share, 6),
        "dispatched_by": dict(found.dispatched_by),
        "lateness_ms": dict(found.lateness_ms),
        "ttl_overdue_timers": found.overdue_timers,
        "ttl_lag_seconds": None if found.ttl_lag is None else round(found.ttl_lag.total_seconds()),
    }


COMMANDS = (stats,)

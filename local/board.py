"""Shows targets and runs: a live table on a terminal, one plain line per change of a run otherwise."""

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from hourglass.cli.output import visible
from local.feed import Feed, Row, clock_time, lateness, plan_of

RUNS_SHOWN = 15
TARGETS_SHOWN = 20
COLOURS = {
    "COMPLETED": "green",
    "FAILED": "red",
    "RETRYING": "yellow",
    "IN_PROGRESS": "cyan",
    "INVALID": "red",
    "MISSED": "magenta",
    "SKIPPED": "magenta",
    "PAUSED": "yellow",
}


class PlainBoard:
    """One line per change of a run and per target that is not accepted, for pipes and scripts."""

    def __init__(self) -> None:
        self._refused: dict[str, str] = {}

    def show(self, feed: Feed, changed: list[Row]) -> None:
        """Print which targets are INVALID and why, each once, and the runs that changed."""
        self._show_refused(feed)
        for run in changed:
            target_id = visible(str(run["target_id"]))
            print(
                f"{clock_time(run.get('finished_at') or run.get('started_at'), with_tenths=True)} {target_id}"
                f" due={clock_time(run.get('due_at'))} started={clock_time(run.get('started_at'), with_tenths=True)}"
                f" late={lateness(run).replace(' ', '')} by={run.get('dispatched_by', '-')}"
                f" attempt={run.get('attempt', '-')} {run.get('status', '-')}",
                flush=True,
            )

    def _show_refused(self, feed: Feed) -> None:
        plans = {str(target["id"]): plan_of(target) for target in feed.targets}
        refused = {name: str(plan.get("reason")) for name, plan in plans.items() if plan.get("status") == "INVALID"}
        for name, reason in refused.items():
            if self._refused.get(name) != reason:
                print(f"{visible(name)} INVALID {visible(reason)}", flush=True)
        self._refused = refused


class LiveBoard:
    """Two tables that are drawn again whenever something has changed."""

    def __init__(self, live: Live) -> None:
        self._live = live
        self._recent: deque[tuple[str, str]] = deque(maxlen=RUNS_SHOWN)

    def show(self, feed: Feed, changed: list[Row]) -> None:
        """Draw the targets and the latest runs."""
        for run in changed:
            key = (str(run["target_id"]), str(run["scheduled_at"]))
            if key in self._recent:
                self._recent.remove(key)
            self._recent.append(key)
        runs = [feed.runs[key] for key in reversed(self._recent) if key in feed.runs]
        self._live.update(Group(_targets_table(feed), _runs_table(runs)))


@contextmanager
def board() -> Iterator[PlainBoard | LiveBoard]:
    """Choose the board that fits where we print to."""
    console = Console()
    if not console.is_terminal:
        yield PlainBoard()
        return
    with Live(console=console, refresh_per_second=4) as live:
        yield LiveBoard(live)


def _targets_table(feed: Feed) -> Table:
    table = Table(title="Targets", title_justify="left", expand=True)
    for heading in ("id", "type", "schedule", "plan", "next run", "held by"):
        table.add_column(heading, overflow="fold")
    for target in feed.targets[:TARGETS_SHOWN]:
        plan = plan_of(target)
        table.add_row(
            _literal(target["id"]),
            _literal(target.get("type", "-")),
            _literal(target.get("schedule", "-")),
            _status(plan.get("status"), plan.get("reason")),
            clock_time(plan.get("next_run_at") and feed.next_due.get(str(target["id"]))),
            _holder(feed, target),
        )
    if len(feed.targets) > TARGETS_SHOWN:
        table.caption = f"and {len(feed.targets) - TARGETS_SHOWN} more"
    return table


def _runs_table(runs: list[Row]) -> Table:
    table = Table(title="Runs, latest first", title_justify="left", expand=True)
    for heading in ("target", "due", "started", "late", "by", "attempt", "outcome"):
        table.add_column(heading, overflow="fold")
    for run in runs:
        table.add_row(
            _literal(run["target_id"]),
            clock_time(run.get("due_at")),
            clock_time(run.get("started_at"), with_tenths=True),
            lateness(run),
            str(run.get("dispatched_by", "-")),
            str(run.get("attempt", "-")),
            _status(run.get("status"), run.get("error")),
        )
    return table


def _holder(feed: Feed, target: Row) -> str:
    """Say whether a timer or the queue holds a target's next run."""
    timer = feed.timers.get(str(target["id"]))
    if timer is not None and not timer.get("near"):
        expires_at = timer.get("expires_at")
        return "timer" if expires_at is None else f"timer, TTL from {_epoch_time(int(expires_at))}"
    return "queue" if plan_of(target).get("next_run_at") else "-"


def _epoch_time(epoch_seconds: int) -> str:
    return clock_time(datetime.fromtimestamp(epoch_seconds, UTC).isoformat())


def _literal(written: object) -> Text:
    """Return what a user wrote as it stands; in a bare text, a table takes `[red]` and `:bell:` for its own.

    Control characters alone are shown as their escapes.
    """
    return Text(visible(str(written)))


def _status(status: object, detail: object) -> Text:
    text = Text(str(status or "-"), style=COLOURS.get(str(status), ""))
    if detail:
        text.append(f" {visible(str(detail))}", style="dim")
    return text

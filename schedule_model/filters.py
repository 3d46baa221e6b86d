"""What a listing keeps."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from schedule_model.errors import SchedulerError
from schedule_model.instants import to_text
from schedule_model.plan import PlanStatus, plan_of
from schedule_model.previews import next_due
from schedule_model.run import Run, RunStatus
from schedule_model.target import Item

_FIRST_ID, _LAST_ID = "0", "~"
_TO_THE_SECOND = len("2026-11-20T12:00:00")


class InvalidFilterError(SchedulerError, ValueError):
    """A listing is asked for what there cannot be; the message is `field: what to write`."""


@dataclass(frozen=True, slots=True)
class Window:
    """From `start` to before `end`, both aware UTC."""

    start: datetime
    end: datetime


def tags_together(tags: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return the tags that are asked for together: a name alone asks for no more than the same one with its value.

    Raises:
        InvalidFilterError: a name has two values, which no target can have.
    """
    together: dict[str, str] = {}
    for name, value in tags:
        if together.get(name) and value and together[name] != value:
            raise InvalidFilterError(f"tag: no target has both {together[name]!r} and {value!r} as {name!r}; name one")
        together[name] = together.get(name) or value
    return together


@dataclass(frozen=True, slots=True)
class TargetFilter:
    """Which targets a listing keeps; what is left out keeps all.

    Attributes:
        types: any of these.
        tags: every one of these; an empty value asks for the tag's name alone.
        statuses: any of these; a target that the planner has not seen yet has none.
        runs_in: its next run is due in this window.
    """

    types: frozenset[str] = frozenset()
    tags: Mapping[str, str] = field(default_factory=dict)
    statuses: frozenset[PlanStatus] = frozenset()
    runs_in: Window | None = None

    def keeps(self, item: Item) -> bool:
        """Return whether a target's item is one of those."""
        plan = plan_of(item)
        if self.types and item.get("type") not in self.types:
            return False
        if self.statuses and (plan is None or plan.status not in self.statuses):
            return False
        if self.runs_in and not self._is_in_window(item, self.runs_in):
            return False
        tags = item.get("tags")
        known = tags if isinstance(tags, dict) else {}
        return all(name in known and wanted in ("", known[name]) for name, wanted in self.tags.items())

    def _is_in_window(self, item: Item, window: Window) -> bool:
        due_at = next_due(item, after=window.start)
        return due_at is not None and due_at < window.end


@dataclass(frozen=True, slots=True)
class RunFilter:
    """Which of a target's runs a listing keeps.

    Attributes:
        statuses: any of these.
        since: occurrences at this instant or later.
        until: occurrences before this instant.

    Raises:
        InvalidFilterError: `until` lies before `since`.
    """

    statuses: frozenset[RunStatus] = frozenset()
    since: datetime | None = None
    until: datetime | None = None

    def __post_init__(self) -> None:
        if self.since and self.until and self.until < self.since:
            raise InvalidFilterError(
                f"until: {to_text(self.until)} lies before since, {to_text(self.since)}; write a later instant"
            )

    @property
    def first_key(self) -> str:
        """Return a text that sorts before every run id that the filter keeps."""
        # To the second, for within one, text order is not time order: `12:00:00.500Z` sorts before `12:00:00Z`.
        return to_text(self.since)[:_TO_THE_SECOND] if self.since else _FIRST_ID

    @property
    def last_key(self) -> str:
        """Return a text that sorts after every run id that the filter keeps."""
        return to_text(self.until)[:_TO_THE_SECOND] + _LAST_ID if self.until else _LAST_ID

    def keeps(self, run: Run) -> bool:
        """Return whether a run is one of those."""
        if self.statuses and run.status not in self.statuses:
            return False
        at = run.scheduled_at
        return (self.since is None or at >= self.since) and (self.until is None or at < self.until)


EVERY_TARGET = TargetFilter()
EVERY_RUN = RunFilter()

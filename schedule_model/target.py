"""A target: what to run and when, as a user writes it."""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, JsonValue, model_validator

from schedule_model.errors import InvalidExpressionError, InvalidTimezoneError
from schedule_model.expressions import Expression, parse_schedule
from schedule_model.instants import Instant, WholeInstant

ID_PATTERN = r"^[0-9A-Za-z][0-9A-Za-z._:@/=+-]{0,255}$"
"""What an id looks like: it stands in paths, logs and the names of runs."""

DEFAULT_TIMEOUT = timedelta(seconds=30)
"""How long an attempt may take if neither the target nor the stack says less."""

NOTE_MAX = 1_024
"""How many characters a note may have."""

TypeName = Annotated[str, Field(min_length=1, max_length=64)]


class Overlap(StrEnum):
    """What a run does that is due while the one before it is still in progress."""

    ALLOW = "allow"
    SKIP = "skip"
    QUEUE = "queue"


class CatchUp(StrEnum):
    """Which of the occurrences run that could not start in time."""

    LATEST = "latest"
    ALL = "all"
    SKIP = "skip"


class OnComplete(StrEnum):
    """What becomes of a target whose schedule has no further occurrence."""

    KEEP = "keep"
    DELETE = "delete"


class Strict(BaseModel):
    """Base of what enters from outside: frozen, exact about types, and unknown fields are refused."""

    model_config = ConfigDict(defer_build=True, frozen=True, extra="forbid", strict=True, populate_by_name=True)


class Retry(Strict):
    """How often and how soon a failed attempt is tried again.

    Attributes:
        max_attempts: tries in all, the first included; 1 to 186 (EventBridge Scheduler's 185 retries and the first).
        backoff_seconds: the longest wait before the second attempt; it doubles with each further one.
        max_backoff_seconds: where the doubling stops.
        max_age_seconds: no further attempt starts later than this after the run was due.
    """

    max_attempts: int = Field(default=3, ge=1, le=186)
    backoff_seconds: int = Field(default=5, ge=0, le=86_400)
    max_backoff_seconds: int = Field(default=300, ge=0, le=86_400)
    max_age_seconds: int = Field(default=3_600, ge=0, le=86_400 * 14)


class Target(Strict):
    """What to run and when, as a user writes it.

    Attributes:
        id: its name; 1 to 256 letters, digits and `._:@/=+-`, the first a letter or digit.
        type: which runner runs it.
        schedule: when; one expression of at most 256 characters, or a list of 1 to 100 of them.
        params: what the runner takes.
        active: false pauses it, true resumes it.
        timezone: the clock that the schedule is read on, an IANA name.
        except: days, ranges of days and expressions to leave out.
        starts_at: the first instant at which it may run, and where the grid of a rate begins; rounded up to a second.
        ends_at: the last instant at which it may run; after `starts_at`.
        flexible_window_seconds: spreads the runs over so many seconds, the same for an occurrence at every asking.
        precise: true starts each first attempt within a few hundredths of a second of its instant: its function is
            there up to 1.3 s before and waits.
        retry: how often and how soon a failed attempt is tried again.
        timeout_seconds: how long an attempt may take; 30 if left out, and never more than the stack allows.
        overlap: what a run does that is due while an earlier one is open; `queue` lets one wait.
        catch_up: which runs take place that could not start in time; left out, `latest` after an outage and `skip`
            after a pause.
        misfire_grace_seconds: how late a run may start before `catch_up` decides about it.
        keep_results_days: how long its rows stay in the Runs table.
        on_complete: what becomes of it when its schedule is over.
        max_runs: how many runs its schedule has in all; manual, skipped and missed ones do not count.
        pause_after_failures: after so many failed runs in a row `active` is set to false.
        dead_letter_queue: URL of a standard queue for runs that fail for good; left out, the stack's. The executor's
            role needs `sqs:SendMessage` on it, which `RunnerPolicyArn` gives; a letter that it may not send goes to the
            stack's.
        note: for people.
        tags: for people, and for `hourglass list --tag`.

    Raises:
        pydantic.ValidationError: a field is missing, unknown or wrong; `parse_target` turns it into one sentence.
    """

    id: str = Field(pattern=ID_PATTERN)
    type: TypeName
    schedule: str | list[str] = Field(min_length=1)
    params: dict[str, JsonValue] = Field(default_factory=dict)
    active: bool = True
    timezone: str = "UTC"
    except_: list[str] = Field(default_factory=list, alias="except", max_length=100)
    starts_at: WholeInstant | None = None
    ends_at: Instant | None = None
    flexible_window_seconds: int = Field(default=0, ge=0, le=86_400)
    precise: bool = False
    retry: Retry = Retry()
    timeout_seconds: int | None = Field(default=None, ge=1, le=840)
    overlap: Annotated[Overlap, Field(strict=False)] = Overlap.ALLOW
    catch_up: Annotated[CatchUp, Field(strict=False)] | None = None
    misfire_grace_seconds: int = Field(default=60, ge=1, le=86_400 * 14)
    keep_results_days: int = Field(default=30, ge=1, le=3_650)
    on_complete: Annotated[OnComplete, Field(strict=False)] = OnComplete.KEEP
    max_runs: int | None = Field(default=None, ge=1, le=1_000_000_000)
    pause_after_failures: int | None = Field(default=None, ge=1, le=100)
    dead_letter_queue: str | None = Field(default=None, pattern=r"^https?://[^\s]{1,500}$")
    note: str | None = Field(default=None, max_length=NOTE_MAX)
    tags: dict[str, str] = Field(default_factory=dict, max_length=50)

    @model_validator(mode="after")
    def _can_be_scheduled(self) -> Self:
        self._refuse_bad_schedule()
        if self.starts_at and self.ends_at and self.ends_at <= self.starts_at:
            raise ValueError("ends_at: must lie after starts_at")
        if self.dead_letter_queue is not None and self.dead_letter_queue.endswith(".fifo"):
            raise ValueError("dead_letter_queue: is a FIFO queue, which takes no letters; name a standard one")
        return self

    def _refuse_bad_schedule(self) -> None:
        try:
            parse_schedule(self._expressions, self.timezone)
        except InvalidTimezoneError as error:
            raise ValueError(f"timezone: {error}") from error
        except InvalidExpressionError as error:
            raise ValueError(f"schedule: {error}") from error
        if not self.except_:
            return
        try:
            self.expression()
        except InvalidExpressionError as error:
            raise ValueError(f"except: {error}") from error

    def expression(self) -> Expression:
        """Return the parsed schedule, its timezone and exclusions applied; parsing is cached."""
        return parse_schedule(self._expressions, self.timezone, exclude=tuple(self.except_))

    @property
    def _expressions(self) -> str | tuple[str, ...]:
        return self.schedule if isinstance(self.schedule, str) else tuple(self.schedule)

    @property
    def catch_up_after_outage(self) -> CatchUp:
        """Return what runs after an outage, which nobody wished for: the latest, if nothing else is said."""
        return self.catch_up or CatchUp.LATEST

    @property
    def catch_up_after_pause(self) -> CatchUp:
        """Return what runs after a pause, which somebody wished for: nothing, if nothing else is said."""
        return self.catch_up or CatchUp.SKIP

    def timeout(self, longest: timedelta) -> timedelta:
        """Return how long one attempt may take: as the target says, else 30 s, and at most `longest`."""
        wanted = DEFAULT_TIMEOUT if self.timeout_seconds is None else timedelta(seconds=self.timeout_seconds)
        return min(wanted, longest)

    @property
    def misfire_grace(self) -> timedelta:
        """Return how late a run may start before it counts as a misfire."""
        return timedelta(seconds=self.misfire_grace_seconds)


Item = Mapping[str, object]
"""A table item in plain Python values, as it was found: nothing about it is known yet."""

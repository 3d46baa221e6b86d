"""Run requests: the messages on the run queue, each asking for one occurrence to be run."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from schedule_model.errors import InvalidRequestError, NewerFormatError
from schedule_model.instants import Instant, to_text
from schedule_model.reading_targets import explain
from schedule_model.target import Item, Target
from schedule_model.timer import FORMAT, Timer

WAIT_MAX = timedelta(seconds=2)
"""The longest that an executor waits for a precise run; its time is paid for. Ours arrive 1.3 s ahead at the most, and
the rest is for clocks that differ."""

REQUEST_SIZE_MAX = 256 * 1024
"""The longest message body that is parsed, in characters; ours have about 300, and with a task as many as it has."""


REDRIVEN = "redrive-"
"""How the suffix of a run begins that stands in place of one that was given up."""


class DispatchedBy(StrEnum):
    """Which path brought a run to the queue.

    Attributes:
        TTL: its timer expired.
        NEAR: it was due within the lead when its timer was written, or went to the queue without one.
        SWEEP: the sweeper took its timer, or found that it was lost.
        MANUAL: a person or a program asked for it.
    """

    TTL = "ttl"
    NEAR = "near"
    SWEEP = "sweep"
    MANUAL = "manual"


class Trigger(StrEnum):
    """Why a run takes place.

    Attributes:
        SCHEDULE: its target's schedule names the instant.
        MANUAL: somebody asked for a run now.
        BACKFILL: somebody asked for a range of the past.
    """

    SCHEDULE = "schedule"
    MANUAL = "manual"
    BACKFILL = "backfill"


_POLICIES = {"retry", "timeout_seconds", "keep_results_days", "overlap", "dead_letter_queue"}


class Task(BaseModel):
    """What to run once, for a request that has no target, or none any more.

    Attributes:
        type: of the runner.
        params: what it needs.
        policies: what its target had written of those that a single run obeys; none if it never had one.
    """

    # A field that a newer version adds is left out: the version before runs what it knows of.
    model_config = ConfigDict(defer_build=True, frozen=True, extra="ignore")

    type: str
    params: dict[str, JsonValue]
    policies: dict[str, JsonValue] = Field(default_factory=dict)

    @classmethod
    def of(cls, target: Target) -> Self:
        """Return what is needed to run a target once more when it is gone; its secrets stay references."""
        policies = target.model_dump(mode="json", include=_POLICIES, exclude_unset=True)
        return cls(type=target.type, params=target.params, policies=policies)

    def item(self, target_id: str) -> Item:
        """Return the target that stands for it; nothing asks for its schedule."""
        own = {"id": target_id, "schedule": "rate(1 day)", "type": self.type, "params": self.params}
        return {name: value for name, value in self.policies.items() if name in _POLICIES} | own


class RunRequest(BaseModel):
    """One occurrence that is to be run.

    Attributes:
        target_id: what to run.
        scheduled_at: the occurrence; with the suffix it names the run.
        due_at: not to be started before; later than the occurrence for a retry or within a flexible window.
        revision: of the schedule that asked for it; empty for a run that no schedule asked for.
        dispatched_by: the path on which it came to the queue.
        trigger: why it runs.
        suffix: sets a manual or backfilled run apart from the scheduled one of the same instant.
        attempt: which attempt it asks for; the Runs row has the last word.
        number: the how-manieth run of its schedule it is.
        precise: it comes before it is due, and its executor waits; never for a retry.
        task: what to run if there is no target to read it from.
    """

    model_config = ConfigDict(defer_build=True, frozen=True, extra="ignore")

    target_id: str = Field(min_length=1, max_length=256)
    scheduled_at: Instant
    due_at: Instant
    revision: str = Field(default="", max_length=64)
    dispatched_by: Annotated[DispatchedBy, Field(strict=False)]
    trigger: Annotated[Trigger, Field(strict=False)] = Trigger.SCHEDULE
    suffix: str = Field(default="", pattern=r"^[0-9A-Za-z._-]{0,64}$")
    attempt: int = Field(default=1, ge=1)
    number: int = Field(default=1, ge=1)
    format: int = Field(default=FORMAT, le=FORMAT)
    precise: bool = False
    task: Task | None = None

    @property
    def run_id(self) -> str:
        """Return the sort key of the run's row: the occurrence, and the suffix where there is one."""
        return to_text(self.scheduled_at) + (f"#{self.suffix}" if self.suffix else "")

    @property
    def waits_its_turn(self) -> bool:
        """Return whether it was asked for together with others, so that none is skipped for one of them."""
        return self.trigger is Trigger.BACKFILL or self.suffix.startswith(REDRIVEN)

    @property
    def idempotency_key(self) -> str:
        """Return what every attempt at this run shares with no other run."""
        return f"{self.target_id}/{self.run_id}"

    @classmethod
    def by_hand(cls, target_id: str, *, now: datetime, drawn: str, asked_at: datetime | None = None) -> Self:
        """Return the request for a run of a target now.

        Args:
            target_id: what to run.
            now: from when on it may start.
            drawn: letters and digits that no other run by hand has; the same ones ask for the same run.
            asked_at: when it was asked for the first time, if not now.
        """
        return cls(
            target_id=target_id,
            scheduled_at=asked_at or now,
            due_at=now,
            dispatched_by=DispatchedBy.MANUAL,
            trigger=Trigger.MANUAL,
            suffix=f"manual-{drawn}",
        )

    @classmethod
    def for_timer(cls, timer: Timer, dispatched_by: DispatchedBy) -> Self:
        """Return the request for the occurrence that a timer stands for."""
        return cls(
            target_id=timer.target_id,
            scheduled_at=timer.scheduled_at,
            due_at=timer.due_at,
            revision=timer.revision,
            dispatched_by=dispatched_by,
            attempt=timer.attempt,
            number=timer.number,
            precise=timer.precise,
        )

    def later(self, due_at: datetime) -> Self:
        """Return the same request for a later instant, at which nobody needs to wait for it."""
        return self.model_copy(update={"due_at": due_at, "precise": False})

    def waits(self, now: datetime) -> bool:
        """Return whether its executor waits for the due instant, which lies at most 2 s ahead."""
        return self.precise and timedelta(0) < self.due_at - now <= WAIT_MAX


def parse_request(body: str) -> RunRequest:
    """Return the request in a message's body.

    Raises:
        NewerFormatError: the version that wrote it can read it, should it come back.
        InvalidRequestError: names the fields at fault; such a message never becomes readable by waiting.
    """
    if len(body) > REQUEST_SIZE_MAX:
        raise InvalidRequestError(f"the message has {len(body):,} characters, at most {REQUEST_SIZE_MAX:,} are read")
    try:
        return RunRequest.model_validate_json(body)
    except ValidationError as error:
        if any(problem["loc"] == ("format",) and problem["type"] == "less_than_equal" for problem in error.errors()):
            reason = f"format: newer than {FORMAT}, which is all that this version reads; deploy the one that wrote it"
            raise NewerFormatError(reason) from error
        raise InvalidRequestError(explain(error)) from error

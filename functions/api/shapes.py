"""What goes over the wire: parameters, bodies and answers, as the OpenAPI document has them."""

from typing import Annotated
from urllib.parse import unquote

from aws_lambda_powertools.event_handler.openapi.params import Body, Header, Path, Query
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, JsonValue

from schedule_model.instants import Instant, WholeInstant
from schedule_model.plan import PlanStatus
from schedule_model.run import RunStatus
from schedule_model.target import Strict
from schedule_model.tasks import Task, TaskStatus

PREVIEWS_MAX = 100
PAGE_MAX = 200
BACKFILL_MAX = 1_000
WITHIN_MINUTES_MAX = 60

_ID = r"^[0-9A-Za-z][0-9A-Za-z._:@/=+-]{0,255}$"


def _run_id(text: object) -> object:
    """Read a run's name, in which `~` may stand for the `#` that would have to be encoded."""
    return unquote(text).replace("~", "#") if isinstance(text, str) else text


def _decoded(text: object) -> object:
    return unquote(text) if isinstance(text, str) else text


TargetId = Annotated[str, BeforeValidator(_decoded), Path(pattern=_ID, description="A target's id.")]
TaskId = Annotated[str, BeforeValidator(_decoded), Path(pattern=_ID, description="A task's id.")]
RunName = Annotated[
    str,
    BeforeValidator(_run_id),
    Path(
        pattern=r"^[0-9TZ:.#~A-Za-z_-]{20,120}$",
        description="The run's occurrence, 2026-11-20T12:00:00Z; with ~ and its suffix for a manual run or a backfill.",
    ),
]
IfMatch = Annotated[
    str | None, Header(alias="If-Match", min_length=1, max_length=500, description="Only if it has this ETag still.")
]
IfNoneMatch = Annotated[
    str | None, Header(alias="If-None-Match", max_length=500, description="`*`: only if there is none yet.")
]
IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=255,
        description="Drawn by the caller. Asking again with the same key within a day makes nothing twice.",
    ),
]
Cursor = Annotated[str | None, Query(min_length=1, max_length=2_000, description="`next_cursor` of the page before.")]
Limit = Annotated[int, Query(ge=1, le=PAGE_MAX, description="The most entries of a page.")]
Count = Annotated[int, Query(ge=1, le=PREVIEWS_MAX, description="How many runs to look ahead.")]


class Paused(Strict):
    """Why a target is paused or resumed."""

    note: str | None = Field(default=None, max_length=1_024, description="Kept on the target; an empty one removes it.")


class BackfillRange(Strict):
    """A range of the past to run a schedule over."""

    start: Instant = Field(alias="from", description="The first instant.")
    end: Instant | None = Field(default=None, alias="to", description="The last instant; now if left out.")
    limit: int = Field(default=BACKFILL_MAX, ge=1, le=BACKFILL_MAX, description="Refused if there are more runs.")
    name: str = Field(default="", pattern=r"^[0-9A-Za-z_-]{0,32}$", description="Another name runs everything anew.")
    dry_run: bool = Field(default=False, description="Only tell which runs it would be.")


class ExpressionCheck(Strict):
    """A schedule that is to become a target's."""

    schedule: str | list[str] = Field(min_length=1)
    timezone: str = "UTC"
    except_: list[str] = Field(default_factory=list, alias="except", max_length=100)
    starts_at: WholeInstant | None = None
    ends_at: Instant | None = None
    after: Instant | None = Field(default=None, description="From when on to look ahead; now if left out.")
    count: int = Field(default=10, ge=1, le=PREVIEWS_MAX)


class TaskBatch(Strict):
    """Tasks that are accepted together, or not at all."""

    tasks: list[Task] = Field(min_length=1, max_length=100)


# Read by the model itself, which names every field at fault; the document has their schemas all the same.
NewTarget = Annotated[dict[str, JsonValue], Body()]
Patch = Annotated[dict[str, JsonValue], Body()]


class _Answer(BaseModel):
    """Base of what is answered; more fields may come with later versions."""

    model_config = ConfigDict(extra="allow")


class TargetAnswer(_Answer):
    """A target: what was written into it, and what became of that."""

    id: str
    plan: dict[str, JsonValue] | None = Field(
        description="The planner's latest; for a second or so after an edit that of the one before; null without any."
    )
    next_run_at: str | None = Field(description="When it runs next; null if it does not, or is not planned yet.")
    etag: str = Field(description="Names this edit of what was written; the plan has no part in it.")


class TargetPage(_Answer):
    """Some targets, in no order."""

    targets: list[TargetAnswer]
    next_cursor: str | None = Field(description="Where to go on; null at the end.")


class RunAnswer(_Answer):
    """A run, as its row has it."""

    run: str
    target_id: str
    scheduled_at: str
    status: RunStatus
    attempt: int
    due_at: str
    output: JsonValue = None
    error: str | None = None


class RunPage(_Answer):
    """Some runs of a target, latest first."""

    runs: list[RunAnswer]
    next_cursor: str | None


class AskedRun(_Answer):
    """A run that was asked for; it has a row once it has begun."""

    run: str
    target_id: str
    scheduled_at: str
    status: str


class BackfillAnswer(_Answer):
    """What a backfill asked for."""

    count: int
    runs: list[AskedRun]


class PreviewAnswer(_Answer):
    """One run to come."""

    scheduled_at: str
    due_at: str
    local: str
    weekday: str
    note: str


class PreviewPage(_Answer):
    """The next runs; fewer than asked for when the schedule ends."""

    next: list[PreviewAnswer]


class UpcomingAnswer(_Answer):
    """One run to come, of some target."""

    due_at: str
    target_id: str
    type: str
    scheduled_at: str
    attempt: int


class UpcomingPage(_Answer):
    """All runs due within a window, by due instant."""

    runs: list[UpcomingAnswer]
    complete: bool = Field(description="Whether runs that are on the queue already are listed too.")
    queued: int = Field(description="About how many runs wait on the queue for their second.")
    next_cursor: str | None


class TimeLeft(BaseModel):
    """A length of time; zero once it is over."""

    hours: int
    minutes: int
    seconds: int


class TaskAnswer(_Answer):
    """A task as it stands."""

    id: str
    type: str | None = Field(description="Null once it has ended.")
    status: TaskStatus
    run_at: str
    time_left: TimeLeft
    attempt: int = Field(description="0 before the first.")
    started_at: str | None
    finished_at: str | None
    output: JsonValue
    error: str | None


class TaskList(_Answer):
    """Tasks, in the order in which they were asked for."""

    tasks: list[TaskAnswer]


PlanStatuses = Annotated[list[PlanStatus] | None, Query(alias="status", description="Any of these.")]
RunStatuses = Annotated[list[RunStatus] | None, Query(alias="status", description="Any of these.")]
Types = Annotated[list[str] | None, Query(alias="type", description="Any of these.")]
Tags = Annotated[
    list[Annotated[str, BeforeValidator(_decoded), Field(min_length=1, max_length=400)]] | None,
    Query(alias="tag", description="Each as name=value, or name for any value; all of them."),
]
Since = Annotated[Instant | None, Query(description="Occurrences at this instant or later.")]
Until = Annotated[Instant | None, Query(description="Occurrences before this instant.")]
Minutes = Annotated[int, Query(ge=1, le=WITHIN_MINUTES_MAX, description="How many minutes to look ahead.")]

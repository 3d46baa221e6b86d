"""What is looked at across targets: one run, all runs to come, and a schedule before it becomes one."""

from datetime import timedelta
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body

from functions.api.answering import answered, answers, ports_of, routes
from functions.api.listing import list_upcoming
from functions.api.problems import not_found
from functions.api.shapes import (
    Cursor,
    ExpressionCheck,
    Limit,
    Minutes,
    PreviewPage,
    RunAnswer,
    RunName,
    TargetId,
    UpcomingPage,
)
from functions.documents import preview_document, run_document, upcoming_document
from schedule_model.previews import next_of_target
from schedule_model.reading_targets import parse_target

router = routes()


@router.get(
    "/runs/<target_id>/<scheduled_at>",
    tags=["runs"],
    summary="Read a run",
    operation_id="readRun",
    responses=answers(RunAnswer, 404),
)
def read_run(target_id: TargetId, scheduled_at: RunName) -> Response[Any]:
    """Read one run, consistently; 1 RRU for each 4 KB of it."""
    run = ports_of(router).runs.find(target_id, scheduled_at)
    if run is None:
        raise not_found(
            f"there is no run {target_id}/{scheduled_at}; it may not have begun yet, or its retention has ended"
        )
    return answered(run_document(run))


@router.get(
    "/upcoming",
    tags=["runs"],
    summary="List the runs to come",
    operation_id="listUpcoming",
    responses=answers(UpcomingPage),
)
def upcoming(within_minutes: Minutes = 10, limit: Limit = 100, cursor: Cursor = None) -> Response[Any]:
    """List the runs due soon, across targets: computed from all targets where there are at most 1,000.

    Where there are more, they come from the timers, at 0.5 RRU for each minute and shard looked at. A run that is on
    the queue already, as all are from up to `LeadSeconds` before they are due, is only counted then.
    """
    ports = ports_of(router)
    found = list_upcoming(timedelta(minutes=within_minutes), cursor, limit, ports)
    facts = {"complete": found.is_complete, "queued": ports.depth.delayed(), "next_cursor": found.cursor}
    return answered({"runs": [upcoming_document(run) for run in found.runs], **facts})


@router.post(
    "/expressions:check",
    tags=["expressions"],
    summary="Check a schedule",
    operation_id="checkExpression",
    responses=answers(PreviewPage, takes_body=True),
)
def check(body: Annotated[ExpressionCheck, Body()]) -> Response[Any]:
    """Say what is wrong with a schedule, or when it runs; a rate counts from `after`. Reads no table."""
    fields = body.model_dump(mode="json", by_alias=True, exclude_none=True, exclude={"after", "count"})
    target = parse_target({"id": "checked", "type": "checked"} | fields)
    after = body.after or ports_of(router).clock.now()
    runs = next_of_target(target, None, after=after, count=body.count)
    return answered({"next": [preview_document(one) for one in runs]})

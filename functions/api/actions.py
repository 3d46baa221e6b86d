"""What is done to a target: pause, resume, run now, run over the past; and what it did and will do."""

from http import HTTPStatus
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body
from pydantic import JsonValue

from functions.api.answering import answered, answers, caller, ports_of, routes
from functions.api.listing import list_runs
from functions.api.preconditions import etag_header, expected
from functions.api.problems import unavailable
from functions.api.repeating import Asking, one_turn
from functions.api.requests import run_path
from functions.api.shapes import (
    AskedRun,
    BackfillAnswer,
    BackfillRange,
    Count,
    Cursor,
    IdempotencyKey,
    IfMatch,
    Limit,
    Paused,
    PreviewPage,
    RunPage,
    RunStatuses,
    Since,
    TargetAnswer,
    TargetId,
    Until,
)
from functions.api.targets import change_existing, existing
from functions.documents import preview_document, run_document, target_document
from functions.user_ports import UserPorts
from schedule_model.backfilling import backfill
from schedule_model.dispatching import queue_run
from schedule_model.filters import RunFilter
from schedule_model.found import Fields, Found
from schedule_model.idempotency import id_of
from schedule_model.previews import next_of_target
from schedule_model.reading_targets import parse_target
from schedule_model.run_request import RunRequest

router = routes()
_TAG = ["targets"]
Note = Annotated[Paused | None, Body()]


@router.post(
    "/targets/<target_id>:pause",
    tags=_TAG,
    summary="Pause a target",
    operation_id="pauseTarget",
    responses=answers(TargetAnswer, 404, 409, 412, takes_body=True),
)
def pause(target_id: TargetId, body: Note = None, if_match: IfMatch = None) -> Response[Any]:
    """Let no further run begin until the target is resumed. 1 RRU, 1 WRU."""
    return _set_active(target_id, body, if_match, is_active=False)


@router.post(
    "/targets/<target_id>:resume",
    tags=_TAG,
    summary="Resume a target",
    operation_id="resumeTarget",
    responses=answers(TargetAnswer, 404, 409, 412, takes_body=True),
)
def resume(target_id: TargetId, body: Note = None, if_match: IfMatch = None) -> Response[Any]:
    """Let a paused target run again; its `catch_up` says what becomes of the runs between. 1 RRU, 1 WRU."""
    return _set_active(target_id, body, if_match, is_active=True)


def _set_active(target_id: str, body: Paused | None, if_match: str | None, *, is_active: bool) -> Response[Any]:
    ports = ports_of(router)

    def change(found: Found) -> Fields:
        # Nothing else is looked at: an invalid target can be paused, too.
        fields = {**found.fields, "active": is_active}
        if body is not None and body.note is not None:
            fields["note"] = body.note
        return {name: value for name, value in fields.items() if (name, value) != ("note", "")}

    found = change_existing(target_id, change, expected(if_match), ports).after
    return answered(target_document(found, ports.clock.now()), headers=etag_header(found))


@router.post(
    "/targets/<target_id>:run",
    tags=_TAG,
    summary="Run a target now",
    operation_id="runTarget",
    responses=answers(AskedRun, 404, status=HTTPStatus.ACCEPTED),
    status_code=202,
)
def run_now(target_id: TargetId, idempotency_key: IdempotencyKey = None) -> Response[Any]:
    """Ask for a run beside the schedule; its row is there once it has begun.

    1 RRU, 1 SQS request, and 2 WRU more with an Idempotency-Key.
    """
    ports = ports_of(router)
    asking = Asking(caller(router), f"POST /targets/{target_id}:run", idempotency_key, None)
    with one_turn(asking, ports) as turn:
        drawn = id_of(turn.seed, 0)[:16]
        request = RunRequest.by_hand(target_id, now=ports.clock.now(), drawn=drawn, asked_at=turn.asked_at)
        if not turn.is_done:
            # What is invalid would only end in the dead-letter queue.
            parse_target(existing(target_id, ports).fields)
            # Sent once more where it is not known to have been: the run has the same name, and takes place once.
            _ask([request], ports)
    headers = {"Location": run_path(target_id, request.run_id)} | turn.headers
    return answered(_asked(request, "QUEUED"), HTTPStatus.ACCEPTED, headers)


@router.post(
    "/targets/<target_id>:backfill",
    tags=_TAG,
    summary="Run a target over the past",
    operation_id="backfillTarget",
    responses=answers(BackfillAnswer, 404, status=HTTPStatus.ACCEPTED, takes_body=True),
    status_code=202,
)
def run_past(target_id: TargetId, body: Annotated[BackfillRange, Body()]) -> Response[Any]:
    """Ask for a run of every occurrence in a range of the past; asking again runs nothing twice.

    1 RRU, and 1 SQS request for each ten runs.
    """
    ports = ports_of(router)
    found, now = existing(target_id, ports), ports.clock.now()
    target = parse_target(found.fields)
    requests = list(
        backfill(target, found.plan, body.start, body.end or now, now=now, limit=body.limit, name=body.name)
    )
    if not body.dry_run:
        _ask(requests, ports)
    status = "WOULD RUN" if body.dry_run else "QUEUED"
    asked = [_asked(request, status) for request in requests]
    return answered({"count": len(asked), "runs": asked}, HTTPStatus.ACCEPTED)


def _ask(requests: list[RunRequest], ports: UserPorts) -> None:
    now = ports.clock.now()
    answers_ = ports.queue.send([queue_run(request, now=now) for request in requests])
    failed = sum(answer is not None for answer in answers_)
    if failed:
        raise unavailable(f"the run queue did not take {failed} of {len(requests)} runs")


def _asked(request: RunRequest, status: str) -> dict[str, JsonValue]:
    return {
        "run": request.idempotency_key,
        "target_id": request.target_id,
        "scheduled_at": request.run_id,
        "status": status,
    }


@router.get(
    "/targets/<target_id>/next",
    tags=_TAG,
    summary="Look ahead at a target's runs",
    operation_id="nextRuns",
    responses=answers(PreviewPage, 404),
)
def look_ahead(target_id: TargetId, count: Count = 10) -> Response[Any]:
    """Tell a target's next runs, whether or not it is active. 1 RRU."""
    ports = ports_of(router)
    found = existing(target_id, ports)
    runs = next_of_target(parse_target(found.fields), found.plan, after=ports.clock.now(), count=count)
    return answered({"next": [preview_document(one) for one in runs]})


@router.get(
    "/targets/<target_id>/runs",
    tags=["runs"],
    summary="List a target's runs",
    operation_id="listRuns",
    responses=answers(RunPage, 404),
)
def history(
    target_id: TargetId,
    *,
    status: RunStatuses = None,
    since: Since = None,
    until: Until = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response[Any]:
    """List a target's runs, latest first, also those of a target that was deleted; 0.5 RRU for each 4 KB looked at.

    With a status a page may have fewer runs than asked for, or none, and still a cursor.
    """
    ports = ports_of(router)
    keep = RunFilter(frozenset(status or ()), since, until)
    runs, next_cursor = list_runs(target_id, keep, cursor, limit, ports=ports)
    if not runs and next_cursor is None and cursor is None:
        existing(target_id, ports)
    return answered({"runs": [run_document(run) for run in runs], "next_cursor": next_cursor})

"""`/targets`: create, read, replace, patch, delete and list."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from aws_lambda_powertools.event_handler import Response
from pydantic import JsonValue

from functions.accepting import accepted
from functions.api.answering import answered, answers, caller, nothing, ports_of, routes
from functions.api.listing import list_targets
from functions.api.preconditions import Expected, etag_header, expected
from functions.api.problems import ProblemError, conflict, gone, invalid, not_found
from functions.api.repeating import Asking, Turn, one_turn
from functions.api.requests import target_path
from functions.api.shapes import (
    Cursor,
    IdempotencyKey,
    IfMatch,
    IfNoneMatch,
    Limit,
    NewTarget,
    Patch,
    PlanStatuses,
    Tags,
    TargetAnswer,
    TargetId,
    TargetPage,
    Types,
)
from functions.documents import target_document
from functions.editing import Edited, edit
from functions.user_ports import UserPorts
from schedule_model.filters import TargetFilter, tags_together
from schedule_model.found import Fields, Found, fields_of
from schedule_model.merge_patch import merged
from schedule_model.tasks import TASK_PREFIX, is_task

router = routes()
_TAG = ["targets"]


@router.post(
    "/targets",
    tags=_TAG,
    summary="Create a target",
    operation_id="createTarget",
    responses=answers(TargetAnswer, 409, 410, status=HTTPStatus.CREATED, takes_body=True),
    status_code=201,
)
def create(body: NewTarget, idempotency_key: IdempotencyKey = None) -> Response[Any]:
    """Create a target unless there is one of its id; 1 WRU, and 2 more with an Idempotency-Key."""
    ports = ports_of(router)
    fields = _read(body, ports)
    asking = Asking(caller(router), "POST /targets", idempotency_key, fields)
    with one_turn(asking, ports) as turn:
        found = _made(fields, turn, ports)
    headers = etag_header(found) | {"Location": target_path(found.target_id)} | turn.headers
    return answered(target_document(found, ports.clock.now()), HTTPStatus.CREATED, headers)


def _made(fields: Fields, turn: Turn, ports: UserPorts) -> Found:
    """Create a target, or return the one that another asking under the same key has made."""
    if not turn.is_done and (created := ports.targets.create(fields)):
        return created
    found = ports.targets.find(str(fields["id"]))
    if turn.is_done and found is None:
        raise gone("the target was created under this key, and has been deleted since")
    # Under a key the same fields are what another asking has made: one without an answer, or one that came in between.
    if found is None or not (turn.is_done or (turn.has_key and found.fields == fields)):
        raise conflict(f"there is a target {fields['id']!r} already; PUT replaces it, PATCH changes it")
    return found


@router.get(
    "/targets",
    tags=_TAG,
    summary="List targets",
    operation_id="listTargets",
    responses=answers(TargetPage),
)
def listing(
    *, type_: Types = None, tag: Tags = None, status: PlanStatuses = None, limit: Limit = 50, cursor: Cursor = None
) -> Response[Any]:
    """List targets, in no order, eventually consistent. Reads the table page by page, and at most 1,000 targets a call.

    With filters a page may have fewer entries than asked for, or none, and still a cursor.
    """
    ports = ports_of(router)
    tags = tags_together((name, value) for name, _, value in (one.partition("=") for one in tag or ()))
    keep = TargetFilter(types=frozenset(type_ or ()), tags=tags, statuses=frozenset(status or ()))
    found, next_cursor = list_targets(keep, cursor, limit, ports)
    now = ports.clock.now()
    return answered({"targets": [target_document(one, now) for one in found], "next_cursor": next_cursor})


@router.get(
    "/targets/<target_id>",
    tags=_TAG,
    summary="Read a target",
    operation_id="readTarget",
    responses=answers(TargetAnswer, 404),
)
def read(target_id: TargetId) -> Response[Any]:
    """Read a target with its plan, consistently; 1 RRU."""
    ports = ports_of(router)
    return _target(existing(target_id, ports), ports)


@router.put(
    "/targets/<target_id>",
    tags=_TAG,
    summary="Create or replace a target",
    operation_id="putTarget",
    responses=answers(TargetAnswer, 409, 412, takes_body=True)
    | {201: answers(TargetAnswer, status=HTTPStatus.CREATED)[201]},
)
def put(
    target_id: TargetId, body: NewTarget, if_match: IfMatch = None, if_none_match: IfNoneMatch = None
) -> Response[Any]:
    """Make a target what the body says, whatever it was; fields that are left out are gone. 1 RRU, 1 WRU."""
    ports, wanted = ports_of(router), expected(if_match, if_none_match)
    fields = _read(body, ports)
    if fields["id"] != target_id:
        raise invalid(f"id: must be {target_id!r}, as the path says")

    def change(found: Found | None) -> Fields:
        wanted.refuse_other(found)
        return fields

    done = edit(ports.targets, target_id, change)
    status = HTTPStatus.OK if done.before else HTTPStatus.CREATED
    return _target(done.after, ports, status)


@router.patch(
    "/targets/<target_id>",
    tags=_TAG,
    summary="Change some fields of a target",
    operation_id="patchTarget",
    responses=answers(TargetAnswer, 404, 409, 412, takes_body=True),
)
def patch(target_id: TargetId, body: Patch, if_match: IfMatch = None) -> Response[Any]:
    """Lay a JSON merge patch over a target: null removes a field, maps are merged. 1 RRU, 1 WRU."""
    ports = ports_of(router)
    _refuse_plan(body)

    def change(found: Found) -> Fields:
        fields = merged(found.fields, body)
        if fields.get("id") != target_id:
            raise invalid("id: names the target and cannot be changed; create another one instead")
        return _checked(fields, ports)

    return _target(change_existing(target_id, change, expected(if_match), ports).after, ports)


@router.delete(
    "/targets/<target_id>",
    tags=_TAG,
    summary="Delete a target",
    operation_id="deleteTarget",
    responses=answers(None, 404, 409, 412, status=HTTPStatus.NO_CONTENT),
    status_code=204,
)
def delete(target_id: TargetId, if_match: IfMatch = None) -> Response[Any]:
    """Delete a target; its runs stay until their retention ends. 1 WRU, and 1 RRU with If-Match."""
    ports, wanted = ports_of(router), expected(if_match)
    found = None
    if wanted != Expected():
        found = ports.targets.find(target_id)
        wanted.refuse_other(found)
    if not ports.targets.remove(target_id, found=found):
        raise conflict("the target was changed at this very moment; read it again") if found else _absent(target_id)
    return nothing()


def existing(target_id: str, ports: UserPorts) -> Found:
    """Return a target, read consistently.

    Raises:
        ProblemError: there is none.
    """
    found = ports.targets.find(target_id)
    if found is None:
        raise _absent(target_id)
    return found


def change_existing(target_id: str, change: Any, wanted: Expected, ports: UserPorts) -> Edited:
    """Change a target that is there and as expected.

    Raises:
        ProblemError: there is none, or it is another than expected.
    """

    def of_existing(found: Found | None) -> Fields:
        wanted.refuse_other(found)
        if found is None:
            raise _absent(target_id)
        fields: Fields = change(found)
        return fields

    return edit(ports.targets, target_id, of_existing)


def _absent(target_id: str) -> ProblemError:
    return not_found(f"there is no target {target_id!r}; GET /targets lists those that are there")


def _read(body: Mapping[str, JsonValue], ports: UserPorts) -> Fields:
    """Return a target as the caller has written it, without the defaults, if the planner will accept it."""
    _refuse_plan(body)
    target = accepted(body, ports.runners, longest=ports.settings.run_timeout)
    _refuse_id(target.id)
    return fields_of(target.model_dump(mode="json", by_alias=True, exclude_unset=True))


def _checked(fields: dict[str, JsonValue], ports: UserPorts) -> Fields:
    """Return the fields as they are stored, if the planner will accept them."""
    wanted = fields_of(fields)
    accepted(wanted, ports.runners, longest=ports.settings.run_timeout)
    return wanted


def _refuse_plan(body: Mapping[str, JsonValue]) -> None:
    # Elsewhere it is left alone, for what was read from the table has one.
    if "plan" in body:
        raise invalid("plan: is the system's; leave it out")


def _refuse_id(target_id: str) -> None:
    """Refuse what would be made and not be found again under its id."""
    if is_task(target_id):
        raise invalid(f"id: begins with {TASK_PREFIX}, as those of tasks do; choose another, or POST /tasks")
    if target_id.endswith(("/next", "/runs")):
        raise invalid("id: one that ends in /next or /runs has no address here; choose another")


def _target(found: Found, ports: UserPorts, status: HTTPStatus = HTTPStatus.OK) -> Response[Any]:
    headers = etag_header(found)
    if status is HTTPStatus.CREATED:
        headers["Location"] = f"../{target_path(found.target_id)}"
    return answered(target_document(found, ports.clock.now()), status, headers)

"""`/tasks`: one-off work, now or later, that can be watched and cancelled."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from http import HTTPStatus
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body
from pydantic import JsonValue

from functions.accepting import accepted
from functions.api.answering import answered, answers, caller, nothing, ports_of, routes
from functions.api.problems import ProblemError, conflict, gone, invalid, not_found, unavailable
from functions.api.repeating import Asking, Turn, one_turn
from functions.api.shapes import IdempotencyKey, TaskAnswer, TaskBatch, TaskId, TaskList
from functions.documents import task_document
from functions.ports import UnavailableError
from functions.user_ports import UserPorts
from schedule_model.errors import InvalidTargetError
from schedule_model.found import Fields, Found
from schedule_model.idempotency import id_of
from schedule_model.tasks import TASK_PREFIX, InvalidTaskError, Task, TaskState, instant_of, state_of_task

router = routes()
_TAG = ["tasks"]


@router.post(
    "/tasks",
    tags=_TAG,
    summary="Have something done once",
    operation_id="createTask",
    responses=answers(TaskAnswer, 410, status=HTTPStatus.CREATED, takes_body=True),
    status_code=201,
)
def create(body: Annotated[Task, Body()], idempotency_key: IdempotencyKey = None) -> Response[Any]:
    """Accept a task: it runs at `run_at`, after `delay`, or at once. 1 WRU, and 2 more with an Idempotency-Key."""
    states, turn = _accept("POST /tasks", [body], idempotency_key)
    headers = {"Location": f"tasks/{states[0].task_id}"} | turn.headers
    return answered(task_document(states[0]), HTTPStatus.CREATED, headers)


@router.post(
    "/tasks:batch",
    tags=_TAG,
    summary="Have up to 100 things done once",
    operation_id="createTasks",
    responses=answers(TaskList, 410, status=HTTPStatus.CREATED, takes_body=True),
    status_code=201,
)
def create_batch(body: Annotated[TaskBatch, Body()], idempotency_key: IdempotencyKey = None) -> Response[Any]:
    """Accept tasks together, or none of them. 1 WRU each, and 2 more with an Idempotency-Key."""
    states, turn = _accept("POST /tasks:batch", body.tasks, idempotency_key)
    return answered({"tasks": [task_document(state) for state in states]}, HTTPStatus.CREATED, turn.headers)


@router.get(
    "/tasks/<task_id>",
    tags=_TAG,
    summary="Watch a task",
    operation_id="readTask",
    responses=answers(TaskAnswer, 404),
)
def read(task_id: TaskId) -> Response[Any]:
    """Tell where a task stands, consistently; 2 RRU. It is remembered for `keep_results_days` after it has ended."""
    return answered(task_document(_existing(task_id, ports_of(router))))


@router.delete(
    "/tasks/<task_id>",
    tags=_TAG,
    summary="Cancel a task",
    operation_id="cancelTask",
    responses=answers(None, 404, 409, status=HTTPStatus.NO_CONTENT),
    status_code=204,
)
def cancel(task_id: TaskId) -> Response[Any]:
    """Cancel a task that has not begun; 3 RRU, 1 WRU."""
    ports = ports_of(router)
    state = _existing(task_id, ports)
    if state.run is not None:
        raise conflict(f"the task is {state.status} and cannot be cancelled any more")
    if not ports.targets.remove(task_id):
        raise _absent(task_id)
    # It may have begun between the reading and the deletion; then it is carried out, without another attempt.
    if ports.runs.latest(task_id) is not None:
        raise conflict("the task began at this very moment; it is carried out once, and not tried again")
    return nothing()


def _accept(operation: str, tasks: Sequence[Task], key: str | None) -> tuple[list[TaskState], Turn]:
    """Create the targets of tasks, all or none, once for each idempotency key.

    Raises:
        ProblemError: one of them is invalid, or some could not be written.
    """
    ports = ports_of(router)
    under = "tasks.{}." if operation.endswith(":batch") else ""
    content: JsonValue = [task.model_dump(mode="json", exclude_unset=True) for task in tasks]
    with one_turn(Asking(caller(router), operation, key, content), ports) as turn:
        ids = [TASK_PREFIX + id_of(turn.seed, place) for place in range(len(tasks))]
        made: Mapping[str, Found] = {}
        if not turn.is_done:
            read = [_fields(task, task_id, turn) for task, task_id in zip(tasks, ids, strict=True)]
            made = _write(_valid(read, under), turn, ports)
    return [_state(task_id, made.get(task_id), ports) for task_id in ids], turn


def _valid(read: Sequence[Fields | InvalidTargetError], under: str) -> list[Fields]:
    """Return the targets of tasks, if the planner will accept all of them."""
    wrong = [
        under.format(place) + problem
        for place, one in enumerate(read)
        if isinstance(one, InvalidTargetError)
        for problem in one.problems
    ]
    if wrong:
        raise invalid(*wrong)
    return [one for one in read if not isinstance(one, InvalidTargetError)]


def _fields(task: Task, task_id: str, turn: Turn) -> Fields | InvalidTargetError:
    """Return the target of a task, or why the planner would not accept it."""
    ports = ports_of(router)
    # What could be asked for can be asked for again, though its instant has passed since.
    asked_at = turn.asked_at if turn.is_repeated else None
    try:
        fields = task.fields(task_id, now=ports.clock.now(), asked_at=asked_at)
        accepted(fields, ports.runners, longest=ports.settings.run_timeout)
    except InvalidTaskError as error:
        return InvalidTargetError(str(error))
    except InvalidTargetError as error:
        return error
    return fields


def _write(wanted: Sequence[Fields], turn: Turn, ports: UserPorts) -> Mapping[str, Found]:
    """Write the targets of tasks and return those that are new; an earlier asking may have written some.

    Raises:
        ProblemError: some could not be written in time, so all that are new were taken back.
    """
    if turn.is_repeated:
        # What has run by now has no target any more, and must not run again.
        wanted = [fields for fields in wanted if ports.runs.latest(str(fields["id"])) is None]
    answers_ = dict(zip((str(fields["id"]) for fields in wanted), ports.targets.create_all(wanted), strict=True))
    new = {task_id: answer for task_id, answer in answers_.items() if isinstance(answer, Found)}
    failed = [task_id for task_id, answer in answers_.items() if isinstance(answer, UnavailableError)]
    now = ports.clock.now()
    # A target that was written after its instant names no instant any more, and would go without a run.
    late = [task_id for task_id, found in new.items() if (instant_of(found) or now) <= now]
    if failed or late:
        _take_back([*new, *failed], ports)
        raise unavailable(
            f"{len(failed) + len(late)} of {len(wanted)} tasks could not be written in time; none was accepted"
        )
    return new


def _take_back(task_ids: Sequence[str], ports: UserPorts) -> None:
    for task_id in task_ids:
        # Best effort: the caller is told that nothing is known, and repeats it under the same key.
        with suppress(UnavailableError):
            ports.targets.remove(task_id)


def _state(task_id: str, found: Found | None, ports: UserPorts) -> TaskState:
    """Return the state of a task that was accepted now, or earlier under the same key."""
    now = ports.clock.now()
    known = (found, None) if found else (ports.targets.find(task_id), ports.runs.latest(task_id))
    state = state_of_task(task_id, *known, now=now)
    if state is None:
        raise gone(f"task {task_id} was accepted under this key, and cancelled since")
    return state


def _existing(task_id: str, ports: UserPorts) -> TaskState:
    is_task = task_id.startswith(TASK_PREFIX)
    known = (ports.targets.find(task_id), ports.runs.latest(task_id)) if is_task else (None, None)
    state = state_of_task(task_id, *known, now=ports.clock.now())
    if state is None:
        raise _absent(task_id)
    return state


def _absent(task_id: str) -> ProblemError:
    return not_found(f"there is no task {task_id!r}; it was never accepted, was cancelled, or is forgotten by now")

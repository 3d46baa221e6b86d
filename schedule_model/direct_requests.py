"""Messages that people write to the run queue themselves, as they did with simpler task queues."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated

from pydantic import Field, JsonValue, ValidationError

from schedule_model.errors import InvalidRequestError
from schedule_model.reading_targets import explain
from schedule_model.run_request import REQUEST_SIZE_MAX, DispatchedBy, RunRequest, Task, Trigger, parse_request
from schedule_model.target import Strict


class _TargetNow(Strict):
    """`{"target_id": "homepage"}`: run this target now."""

    target_id: Annotated[str, Field(min_length=1, max_length=256)]


class _TaskNow(Strict):
    """`{"task": "http", "params": {…}}`: run this once, without a target."""

    task: Annotated[str, Field(min_length=1, max_length=64)]
    params: dict[str, JsonValue] = Field(default_factory=dict)


def direct_request(
    body: str, attributes: Mapping[str, str], *, message_id: str, sent_at: datetime
) -> RunRequest | None:
    """Return the request that somebody wrote by hand, None if the message is not of that kind.

    The message's id and the instant at which it was sent name the run, so that a second delivery is a duplicate.

    Args:
        body: `{"target_id": …}`, `{"task": …, "params": {…}}`, or anything beside a `TargetId` attribute.
        attributes: the message's text attributes by name.
        message_id: as SQS gave it.
        sent_at: aware UTC; from the queue, never from the reader's clock.

    Raises:
        InvalidRequestError: it is of that kind and wrong; names the field.
    """
    if target_id := attributes.get("TargetId"):
        return _now(target_id, None, message_id, sent_at)
    if len(body) > REQUEST_SIZE_MAX:
        raise InvalidRequestError(f"the message has {len(body):,} characters, at most {REQUEST_SIZE_MAX:,} are read")
    fields = _fields(body)
    try:
        if set(fields) == {"target_id"}:
            return _now(_TargetNow.model_validate(fields).target_id, None, message_id, sent_at)
        if "task" in fields and "target_id" not in fields:
            asked = _TaskNow.model_validate(fields)
            return _now(f"task.{message_id}", Task(type=asked.task, params=asked.params), message_id, sent_at)
    except ValidationError as error:
        raise InvalidRequestError(explain(error)) from error
    return None


def _fields(body: str) -> dict[str, object]:
    """Return what is written; half of a surrogate pair, which UTF-8 cannot hold, becomes a question mark."""
    try:
        written = json.dumps(json.loads(body), ensure_ascii=False)
        fields = json.loads(written.encode(errors="replace"))
    except (ValueError, RecursionError):
        return {}
    return fields if isinstance(fields, dict) else {}


def _now(target_id: str, task: Task | None, message_id: str, sent_at: datetime) -> RunRequest:
    """Return the request as it will be read again: a retry, a hop and a letter are messages of our own form."""
    try:
        asked = RunRequest(
            target_id=target_id,
            scheduled_at=sent_at,
            due_at=sent_at,
            dispatched_by=DispatchedBy.MANUAL,
            trigger=Trigger.MANUAL,
            suffix=message_id,
            task=task,
        )
    except ValidationError as error:
        raise InvalidRequestError(explain(error)) from error
    if task is None:
        return asked
    try:
        written = asked.model_dump_json()
    except ValueError as error:
        raise InvalidRequestError(f"params: are nested too deep to be sent on ({error})") from error
    return parse_request(written)

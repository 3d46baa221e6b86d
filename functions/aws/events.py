"""What AWS hands to the handlers, read into the model's words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from functions.aws.items import decode_item
from functions.aws.rows import SWEEPER_SLOT
from functions.aws.typed_rows import timer_of_typed
from schedule_model.dispatching import TimerChange
from schedule_model.errors import SchedulerError
from schedule_model.target_change import TargetChange
from schedule_model.timer import Timer


class BadRecordError(SchedulerError):
    """A record is not one that this function was made for; the message says what it lacks."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message of the run queue.

    Attributes:
        receipt: its receipt handle, empty when it was not received from a queue.
        deliveries: how often the queue has handed it out, this time included.
        sent_at: when it was put on the queue, aware UTC; the same at every delivery.
        attributes: the texts that its sender gave it beside the body.
    """

    message_id: str
    receipt: str
    body: str
    deliveries: int
    sent_at: datetime
    attributes: Mapping[str, str]


def records_of(event: object) -> Sequence[object]:
    """Return the event's records as they came; none when it is not an event with records."""
    records = event.get("Records") if isinstance(event, Mapping) else None
    return records if isinstance(records, list) else []


def record_id_of(record: object) -> str:
    """Return what a partial batch response calls the record by; empty when it has no name to report it by."""
    if not isinstance(record, Mapping):
        return ""
    content = record.get("dynamodb")
    number = content.get("SequenceNumber") if isinstance(content, Mapping) else None
    if isinstance(number, str) and number.isdigit() and len(number) <= 40:
        return number
    message_id = record.get("messageId")
    return message_id if isinstance(message_id, str) else ""


def target_change(record: object, *, now: datetime) -> TargetChange:
    """Return what a record of the Targets stream says.

    Raises:
        BadRecordError: it is no such record.
    """
    content = _stream_content(record)
    keys = _image(content, "Keys")
    if keys is None or not isinstance(target_id := keys.get("id"), str):
        raise BadRecordError("the record's Keys have no id; is this the Targets stream?")
    return TargetChange(
        target_id=target_id,
        old=_image(content, "OldImage"),
        new=_image(content, "NewImage"),
        sequence_number=_sequence_number(record),
        edited_at=_edited_at(content, now),
    )


def timer_change(record: object) -> tuple[Timer, TimerChange] | None:
    """Return the timer that a record of the Timers stream is about, None for the sweeper's own rows.

    A removal counts as an expiry only when it carries TTL's own identity.

    Raises:
        BadRecordError: it is no such record.

    Source: DynamoDB developer guide, "Working with expired items and TTL": `userIdentity.type` is Service and
    `principalId` is dynamodb.amazonaws.com.
    """
    content = _stream_content(record)
    image = content.get("NewImage")
    change = TimerChange.WRITTEN
    if not image:
        image = content.get("OldImage")
        change = TimerChange.EXPIRED if _is_by_ttl(record) else TimerChange.REMOVED
    if not image:
        raise BadRecordError("the record has no image; does the Timers stream carry NEW_AND_OLD_IMAGES?")
    try:
        if image.get("slot") == {"S": SWEEPER_SLOT}:
            return None
        return timer_of_typed(image), change
    except (AttributeError, ValueError) as error:
        raise BadRecordError(f"the record's image is not a timer: {error}") from error


def message(record: object) -> Message:
    """Return a message of the run queue.

    Raises:
        BadRecordError: it is no such record.
    """
    if not isinstance(record, Mapping):
        raise BadRecordError(_NO_MESSAGE)
    message_id, body, attributes = record.get("messageId"), record.get("body"), record.get("attributes")
    if not isinstance(message_id, str) or not isinstance(body, str):
        raise BadRecordError(_NO_MESSAGE)
    told = attributes if isinstance(attributes, Mapping) else {}
    return Message(
        message_id=message_id,
        receipt=str(record.get("receiptHandle", "")),
        body=body,
        deliveries=_number(told.get("ApproximateReceiveCount"), 1),
        sent_at=datetime.fromtimestamp(_number(told.get("SentTimestamp"), 0) / 1000, UTC),
        attributes=_sender_texts(record.get("messageAttributes")),
    )


_NO_MESSAGE = "the record has no messageId and body; is this the run queue?"


def _number(said: object, default: int) -> int:
    text = str(said)
    return int(text) if text.isdecimal() and len(text) <= 13 else default


def _sender_texts(attributes: object) -> Mapping[str, str]:
    if not isinstance(attributes, Mapping) or not attributes:
        return {}
    return {
        str(name): attribute["stringValue"]
        for name, attribute in attributes.items()
        if isinstance(attribute, Mapping) and isinstance(attribute.get("stringValue"), str)
    }


def _stream_content(record: object) -> Mapping[object, Any]:
    match record:
        case {"dynamodb": {**content}}:
            return content
    raise BadRecordError("the record has no dynamodb part; is this a DynamoDB stream?")


def _sequence_number(record: object) -> str:
    if number := record_id_of(record):
        return number
    raise BadRecordError("the record has no SequenceNumber of at most 40 digits")


def _image(content: Mapping[object, Any], name: str) -> Mapping[str, object] | None:
    typed = content.get(name)
    if not typed:
        return None
    try:
        return decode_item(typed)
    except (AttributeError, ValueError) as error:
        raise BadRecordError(f"the record's {name} cannot be read: {error}") from error


def _edited_at(content: Mapping[object, Any], now: datetime) -> datetime:
    seconds = content.get("ApproximateCreationDateTime")
    if not isinstance(seconds, int | float):
        return now.replace(microsecond=0)
    try:
        return datetime.fromtimestamp(int(seconds), UTC)
    except (OverflowError, OSError, ValueError) as error:
        raise BadRecordError(f"ApproximateCreationDateTime {seconds} is no instant") from error


def _is_by_ttl(record: object) -> bool:
    match record:
        case {"userIdentity": {"type": "Service", "principalId": "dynamodb.amazonaws.com"}}:
            return True
    return False

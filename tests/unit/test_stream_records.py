"""What AWS hands to the handlers, read into the model's words."""

from typing import Any

import pytest

from functions.aws.events import BadRecordError, message, record_id_of, records_of, target_change, timer_change
from functions.aws.items import encode_item
from functions.aws.rows import timer_row
from schedule_model.dispatching import TimerChange
from tests.unit.examples import NOON, item, timer

SEQUENCE = "400000000000000000001"
TTL = {"type": "Service", "principalId": "dynamodb.amazonaws.com"}


def record(old: dict[str, Any] | None = None, new: dict[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
    content: dict[str, Any] = {
        "ApproximateCreationDateTime": NOON.timestamp(),
        "Keys": {"id": {"S": "homepage"}},
        "SequenceNumber": SEQUENCE,
    }
    if old is not None:
        content["OldImage"] = encode_item(old)
    if new is not None:
        content["NewImage"] = encode_item(new)
    return {"eventName": "MODIFY", "dynamodb": content} | fields


@pytest.mark.parametrize("event", [None, 5, "text", [], {}, {"Records": None}, {"Records": {}}, {"Records": "text"}])
def test_an_event_without_records_has_none(event: object) -> None:
    assert list(records_of(event)) == []


def test_a_record_is_reported_by_its_sequence_number_or_message_id() -> None:
    assert record_id_of(record()) == SEQUENCE
    assert record_id_of({"messageId": "m-1"}) == "m-1"


@pytest.mark.parametrize(
    "nameless", [None, 5, {}, {"dynamodb": {}}, {"dynamodb": {"SequenceNumber": "x"}}, {"messageId": 5}]
)
def test_a_record_without_a_name_has_an_empty_one(nameless: object) -> None:
    assert record_id_of(nameless) == ""


def test_a_target_change_has_both_images_and_the_edits_instant() -> None:
    change = target_change(record(item(), item(note="n")), now=NOON)

    assert (change.target_id, change.sequence_number, change.edited_at) == ("homepage", SEQUENCE, NOON)
    assert change.old == item()
    assert change.new == item(note="n")


def test_an_image_that_is_not_there_is_none() -> None:
    assert target_change(record(new=item()), now=NOON).old is None
    assert target_change(record(old=item()), now=NOON).new is None


def test_an_edit_without_an_instant_counts_as_made_now() -> None:
    undated = record(new=item())
    del undated["dynamodb"]["ApproximateCreationDateTime"]

    assert target_change(undated, now=NOON).edited_at == NOON


def test_an_edit_is_dated_to_the_second() -> None:
    dated = record(new=item())
    dated["dynamodb"]["ApproximateCreationDateTime"] = NOON.timestamp() + 0.7

    assert target_change(dated, now=NOON).edited_at == NOON


@pytest.mark.parametrize(
    "broken",
    [
        None,
        {},
        {"dynamodb": None},
        {"dynamodb": {}},
        {"dynamodb": {"Keys": {"id": {"S": "a"}}}},
        {"dynamodb": {"Keys": {"id": {"N": "5"}}, "SequenceNumber": SEQUENCE}},
        {"dynamodb": {"Keys": {"slot": {"S": "a"}}, "SequenceNumber": SEQUENCE}},
        {"dynamodb": {"Keys": {"id": {"S": "a"}}, "SequenceNumber": "9" * 41}},
        {"dynamodb": {"Keys": {"id": {"S": "a"}}, "SequenceNumber": SEQUENCE, "NewImage": {"id": "bare"}}},
        {"dynamodb": {"Keys": {"id": {"S": "a"}}, "SequenceNumber": SEQUENCE, "NewImage": 5}},
        {"dynamodb": {"Keys": {"id": {"S": "a"}}, "SequenceNumber": SEQUENCE, "ApproximateCreationDateTime": 1e300}},
    ],
)
def test_what_is_no_targets_record_is_refused(broken: object) -> None:
    with pytest.raises(BadRecordError):
        target_change(broken, now=NOON)


def test_a_timer_written_is_read_from_its_new_image() -> None:
    assert timer_change(record(new=timer_row(timer()))) == (timer(), TimerChange.WRITTEN)
    assert timer_change(record(timer_row(timer()), timer_row(timer(attempt=2)))) == (
        timer(attempt=2),
        TimerChange.WRITTEN,
    )


def test_a_removal_by_ttl_is_an_expiry() -> None:
    assert timer_change(record(timer_row(timer()), userIdentity=TTL)) == (timer(), TimerChange.EXPIRED)


@pytest.mark.parametrize(
    "identity",
    [None, {}, TTL | {"type": "User"}, TTL | {"principalId": "AIDA"}, {"principalId": "dynamodb.amazonaws.com"}],
)
def test_a_removal_by_anyone_else_is_none(identity: object) -> None:
    assert timer_change(record(timer_row(timer()), userIdentity=identity)) == (timer(), TimerChange.REMOVED)


def test_the_watermark_is_no_timer() -> None:
    assert timer_change(record(new={"slot": "sweeper", "swept_until": "2026-11-20T12:00:00Z"})) is None


@pytest.mark.parametrize("image", [{"slot": "x"}, {"target_id": 5}, timer_row(timer()) | {"due_at": "noon"}])
def test_what_is_no_timers_record_is_refused(image: dict[str, Any]) -> None:
    with pytest.raises(BadRecordError, match="not a timer"):
        timer_change(record(new=image))


def test_a_timers_record_without_images_is_refused() -> None:
    with pytest.raises(BadRecordError, match="NEW_AND_OLD_IMAGES"):
        timer_change(record())


def test_a_message_has_what_its_handling_needs() -> None:
    found = message(
        {
            "messageId": "m-1",
            "receiptHandle": "r-1",
            "body": "{}",
            "attributes": {"ApproximateReceiveCount": "3", "SentTimestamp": str(int(NOON.timestamp() * 1000))},
            "messageAttributes": {
                "TargetId": {"stringValue": "homepage", "dataType": "String"},
                "n": {"binaryValue": ""},
            },
        }
    )

    assert (found.message_id, found.receipt, found.body, found.deliveries) == ("m-1", "r-1", "{}", 3)
    assert found.sent_at == NOON
    assert found.attributes == {"TargetId": "homepage"}


def test_a_message_without_particulars_counts_as_delivered_once() -> None:
    found = message({"messageId": "m-1", "body": ""})

    assert (found.receipt, found.deliveries, found.attributes) == ("", 1, {})


@pytest.mark.parametrize("broken", [None, 5, {}, {"messageId": "m"}, {"body": "b"}, {"messageId": 1, "body": "b"}])
def test_what_is_no_message_is_refused(broken: object) -> None:
    with pytest.raises(BadRecordError):
        message(broken)


def test_a_timer_of_an_older_version_is_read_with_its_defaults() -> None:
    image = encode_item(timer_row(timer()))
    for name in ("attempt", "number", "format"):
        del image[name]

    found = timer_change({"dynamodb": {"SequenceNumber": "1", "NewImage": image}})

    assert found is not None
    assert found[0] == timer()


@pytest.mark.parametrize("image", [{"slot": {"S": "x"}}, {"slot": "x"}, ["slot"], {"near": {"BOOL": "yes"}}, "slot"])
def test_an_image_that_is_no_timer_is_a_bad_record(image: object) -> None:
    with pytest.raises(BadRecordError):
        timer_change({"dynamodb": {"SequenceNumber": "1", "NewImage": image}})

"""From a raw item to a Target, or to one sentence that names the field."""

from datetime import datetime
from typing import Any

import pytest

from schedule_model.errors import InvalidTargetError
from schedule_model.reading_targets import REASON_LENGTH_MAX, TARGET_SIZE_MAX, parse_target, shorten
from schedule_model.target import CatchUp, OnComplete, Overlap
from tests.unit.examples import NOON, item, planned, seconds


def refusal(**changes: object) -> str:
    with pytest.raises(InvalidTargetError) as caught:
        parse_target(item(**changes))
    return str(caught.value)


def test_a_target_needs_no_more_than_id_type_and_schedule() -> None:
    target = parse_target({"id": "homepage", "type": "echo", "schedule": "rate(5 minutes)"})

    assert target.active
    assert target.params == {}
    assert target.timezone == "UTC"
    assert (target.overlap, target.on_complete) == (Overlap.ALLOW, OnComplete.KEEP)
    assert (target.catch_up_after_outage, target.catch_up_after_pause) == (CatchUp.LATEST, CatchUp.SKIP)
    assert target.retry.max_attempts == 3
    assert target.misfire_grace == seconds(60)


def test_choices_are_read_from_their_texts() -> None:
    target = parse_target(item(overlap="queue", catch_up="all", on_complete="delete"))

    assert (target.overlap, target.catch_up, target.on_complete) == (Overlap.QUEUE, CatchUp.ALL, OnComplete.DELETE)


def test_a_plan_on_the_item_is_not_looked_at() -> None:
    assert parse_target(item(plan="nonsense")) == parse_target(item())
    assert parse_target(planned(item())) == parse_target(item())


def test_instants_are_read_from_text() -> None:
    assert parse_target(item(starts_at="2026-11-20T13:00:00+01:00")).starts_at == NOON


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2026-11-20T12:00:00Z", NOON),
        ("2026-11-20T11:59:59.000001Z", NOON),
        ("2026-11-20T12:59:59.999999+01:00", NOON),
        (1795175999.25, NOON),
    ],
)
def test_a_start_is_read_as_the_first_whole_second_from_it_on(written: object, read: datetime) -> None:
    assert parse_target(item(starts_at=written)).starts_at == read


def test_a_start_within_the_last_second_of_the_calendar_is_refused() -> None:
    told = refusal(starts_at="9999-12-31T23:59:59.5Z")

    assert told == "starts_at: lies within the last second of the year 9999; write an earlier instant"
    assert parse_target(item(starts_at="9999-12-31T23:59:59Z")).starts_at is not None


@pytest.mark.parametrize(
    "schedule",
    ["rate(5 minutes)", "at(2026-11-20T13:00:00)", "cron(0 9 ? * MON-FRI *)", ["rate(1 day)", "rate(2 days)"]],
)
def test_every_form_of_schedule_is_accepted(schedule: object) -> None:
    assert parse_target(item(schedule=schedule)).schedule == schedule


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("schedule", "rate(5 minute"),
        ("schedule", ""),
        ("schedule", []),
        ("schedule", 5),
        ("schedule", ["rate(1 day)", 5]),
        ("schedule", ["rate(1 day)", "nonsense"]),
        ("timezone", "Europe/Berln"),
        ("timezone", ""),
        ("timezone", 1),
        ("except", ["nonsense"]),
        ("except", "2026-12-25"),
        ("id", "a space"),
        ("id", 5),
        ("id", "x" * 257),
        ("type", ""),
        ("type", 5),
        ("params", "a text"),
        ("params", [1]),
        ("active", "true"),
        ("active", 1),
        ("starts_at", "2026-11-20T12:00:00"),
        ("starts_at", "tomorrow"),
        ("starts_at", "0001-01-01T00:00:00+23:00"),
        ("ends_at", "9999-12-31T23:59:59-23:00"),
        ("flexible_window_seconds", "60"),
        ("flexible_window_seconds", -1),
        ("timeout_seconds", "30"),
        ("timeout_seconds", 0),
        ("overlap", "sometimes"),
        ("catch_up", "none"),
        ("on_complete", "explode"),
        ("misfire_grace_seconds", 0),
        ("keep_results_days", 0),
        ("pause_after_failures", 0),
        ("dead_letter_queue", "my-queue"),
        ("note", 5),
        ("tags", {"a": 1}),
        ("retry", 3),
        ("shedule", "rate(5 minutes)"),
    ],
)
def test_a_wrong_field_is_refused_by_its_name(field: str, value: object) -> None:
    assert refusal(**{field: value}).startswith(field)


@pytest.mark.parametrize(
    ("changes", "advice"),
    [
        ({"schedule": ""}, "schedule: is empty; write for instance rate(5 minutes)"),
        ({"schedule": []}, "schedule: is empty; write for instance rate(5 minutes)"),
        ({"type": ""}, "type: is empty; write for instance echo"),
        ({"overlap": "sometimes"}, "overlap: must be 'allow', 'skip' or 'queue'"),
        ({"max_runs": 0}, "max_runs: must be at least 1"),
        ({"retry": {"max_attempts": 187}}, "retry.max_attempts: must be at most 186"),
        ({"note": "x" * 1_025}, "note: must have at most 1024 characters"),
        ({"id": "a b"}, "id: must have 1 to 256 letters, digits and . _ : @ / = + - and begin with a letter or digit"),
        (
            {"dead_letter_queue": "https://sqs.eu-central-1.amazonaws.com/123456789012/letters.fifo"},
            "dead_letter_queue: is a FIFO queue, which takes no letters; name a standard one",
        ),
        (
            {"dead_letter_queue": "arn:aws:sqs:us-east-1:000000000000:x"},
            (
                "dead_letter_queue: must be the URL of a queue, such as "
                "https://sqs.eu-central-1.amazonaws.com/123456789012/name"
            ),
        ),
    ],
)
def test_a_refusal_says_what_to_write_instead(changes: dict[str, object], advice: str) -> None:
    assert refusal(**changes) == advice


def test_a_number_written_as_a_text_is_refused_with_the_type_to_write() -> None:
    message = refusal(retry={"max_attempts": "3"})

    assert message == "retry.max_attempts: must be a whole number (DynamoDB type N, not a text)"


def test_every_wrong_field_is_named_at_once() -> None:
    message = refusal(active="yes", timeout_seconds="30", colour="red")

    assert [part.split(":")[0] for part in message.split("; ")][:3] == ["active", "timeout_seconds", "colour"]


@pytest.mark.parametrize("missing", ["id", "type", "schedule"])
def test_a_missing_field_is_named(missing: str) -> None:
    written = item()
    del written[missing]

    with pytest.raises(InvalidTargetError, match=f"^{missing}: is missing; add it$"):
        parse_target(written)


def test_a_timezone_typo_is_answered_with_the_near_name() -> None:
    assert "Did you mean 'Europe/Berlin'?" in refusal(timezone="Europe/Berln")


def test_an_end_before_the_start_is_refused() -> None:
    assert (
        refusal(starts_at="2026-11-21T00:00:00Z", ends_at="2026-11-20T00:00:00Z") == "ends_at: must lie after starts_at"
    )


def test_an_oversize_target_is_refused_by_its_largest_field() -> None:
    message = refusal(params={"body": "x" * 400_000}, note="short")

    assert message.startswith("params: the target is 400,")
    assert "shorten params" in message


def test_the_size_of_the_plan_does_not_count() -> None:
    assert parse_target(item(plan={"reason": "x" * TARGET_SIZE_MAX}))


def test_a_reason_is_never_longer_than_a_thousand_characters() -> None:
    unknown: dict[str, Any] = {f"field_{number}": 1 for number in range(200)}

    message = refusal(**unknown)

    assert len(message) == REASON_LENGTH_MAX
    assert message.endswith("…")


def test_a_short_text_is_not_shortened() -> None:
    assert shorten("x" * 10, 10) == "x" * 10
    assert shorten("x" * 11, 10) == "x" * 9 + "…"

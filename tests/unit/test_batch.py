"""The batch boundary."""

import pytest

from functions.batch import Batch
from functions.telemetry import Count
from tests.unit.recording import KeptTelemetry


def test_a_record_that_fails_is_reported_and_the_others_go_on() -> None:
    batch, done = Batch(KeptTelemetry()), []

    for name in ("a", "b", "c"):
        with batch.guard(name):
            if name == "b":
                raise RuntimeError
            done.append(name)

    assert done == ["a", "c"]
    assert batch.response() == {"batchItemFailures": [{"itemIdentifier": "b"}]}


def test_a_record_is_reported_once_however_often_it_fails() -> None:
    batch = Batch(KeptTelemetry())

    for name in ("b", "a", "b"):
        batch.fail(name)

    assert batch.failed == ("b", "a")


def test_without_failures_the_response_is_empty() -> None:
    assert Batch(KeptTelemetry()).response() == {"batchItemFailures": []}


def test_a_failed_record_is_logged_and_counted() -> None:
    telemetry = KeptTelemetry()

    with Batch(telemetry).guard("a"):
        raise RuntimeError

    assert telemetry.messages == ["a record failed"]
    assert telemetry.counts == {Count.BAD_RECORDS: 1}


def test_what_stops_the_process_is_not_held_up() -> None:
    batch = Batch(KeptTelemetry())

    with pytest.raises(KeyboardInterrupt), batch.guard("a"):
        raise KeyboardInterrupt

    assert batch.failed == ()

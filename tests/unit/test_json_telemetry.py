"""Logs and metrics as CloudWatch reads them."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from functions.aws.telemetry import JsonTelemetry
from functions.telemetry import Count, Measure
from tests.simulation.memory import VirtualClock

NOW = datetime(2026, 11, 20, 12, 0, 0, 250_000, tzinfo=UTC)
OWN = ["level", "message", "timestamp", "exception", "exception_name"]


@pytest.fixture
def telemetry() -> JsonTelemetry:
    return JsonTelemetry(VirtualClock(NOW))


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_step_is_one_line_of_json(telemetry: JsonTelemetry, capsys: pytest.CaptureFixture[str]) -> None:
    telemetry.info("claimed a run", target_id="homepage", attempt=1, reason=None)

    assert lines(capsys) == [
        {
            "level": "INFO",
            "message": "claimed a run",
            "timestamp": "2026-11-20T12:00:00.250Z",
            "target_id": "homepage",
            "attempt": 1,
        }
    ]


@pytest.mark.parametrize("name", OWN)
def test_a_fact_may_have_any_name_and_never_takes_the_place_of_the_logs_own(
    telemetry: JsonTelemetry, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    facts: dict[str, object] = {name: "value", "target_id": "homepage"}

    telemetry.info("asked", **facts)

    (line,) = lines(capsys)
    assert line["message"] == "asked"
    assert (line[f"fact_{name}"], line["target_id"]) == ("value", "homepage")


@pytest.mark.parametrize("fact", ["\ud800", "two\nlines", datetime(2026, 1, 1, tzinfo=UTC), {"deep": [object]}, b"x"])
def test_any_fact_is_one_line(telemetry: JsonTelemetry, capsys: pytest.CaptureFixture[str], fact: object) -> None:
    telemetry.warning("asked", fact=fact)

    (line,) = lines(capsys)
    assert line["level"] == "WARNING"


def test_a_failure_has_its_stack(telemetry: JsonTelemetry, capsys: pytest.CaptureFixture[str]) -> None:
    try:
        int("why")
    except ValueError:
        telemetry.failure("a record failed", message_id="m1")

    (line,) = lines(capsys)
    assert (line["level"], line["exception_name"], line["message_id"]) == ("ERROR", "ValueError", "m1")
    assert "int(" in line["exception"]


@pytest.mark.parametrize(("level", "count"), [("DEBUG", 3), ("INFO", 2), ("WARNING", 1), ("ERROR", 0), ("nonsense", 2)])
def test_what_is_below_the_level_is_not_logged(capsys: pytest.CaptureFixture[str], level: str, count: int) -> None:
    telemetry = JsonTelemetry(VirtualClock(NOW), level)

    telemetry.debug("none")
    telemetry.info("one")
    telemetry.warning("two")

    assert len(lines(capsys)) == count


def test_counts_and_measures_have_their_units(telemetry: JsonTelemetry, capsys: pytest.CaptureFixture[str]) -> None:
    telemetry.count(Count.HOPS, 2)
    telemetry.count(Count.HOPS)
    telemetry.measure(Measure.RUN_LATENESS, 250)
    telemetry.measure(Measure.TIMER_LATENESS, 30)

    telemetry.flush()

    (line,) = lines(capsys)
    (found,) = line["_aws"]["CloudWatchMetrics"]
    units = {metric["Name"]: metric["Unit"] for metric in found["Metrics"]}
    assert units == {"Hops": "Count", "RunLateness": "Milliseconds", "TimerLateness": "Seconds"}
    assert (found["Namespace"], found["Dimensions"], line["service"]) == ("Hourglass", [["service"]], "hourglass")
    assert line["_aws"]["Timestamp"] == int(NOW.timestamp() * 1000)
    assert (line["Hops"], line["RunLateness"], line["TimerLateness"]) == (3, [250], [30])


def test_a_metric_of_many_values_takes_several_lines(
    telemetry: JsonTelemetry, capsys: pytest.CaptureFixture[str]
) -> None:
    for value in range(250):
        telemetry.measure(Measure.RUN_LATENESS, value)
    telemetry.count(Count.HOPS)

    telemetry.flush()

    found = lines(capsys)
    assert [value for line in found for value in line["RunLateness"]] == list(range(250))
    assert [len(line["RunLateness"]) for line in found] == [100, 100, 50]
    assert [line.get("Hops") for line in found] == [1, None, None]


def test_metrics_are_written_once(telemetry: JsonTelemetry, capsys: pytest.CaptureFixture[str]) -> None:
    telemetry.flush()
    telemetry.count(Count.HOPS)
    telemetry.flush()
    telemetry.flush()

    assert len(lines(capsys)) == 1

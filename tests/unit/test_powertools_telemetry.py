"""Logs and metrics as CloudWatch reads them."""

import json

import pytest

from functions.aws.telemetry import PowertoolsTelemetry
from functions.telemetry import Count, Measure

TAKEN = ["name", "args", "msg", "module", "exc_info", "asctime", "service", "level", "location"]


@pytest.fixture
def telemetry(monkeypatch: pytest.MonkeyPatch) -> PowertoolsTelemetry:
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "Hourglass")
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "telemetry-test")
    monkeypatch.setenv("POWERTOOLS_LOG_LEVEL", "INFO")
    return PowertoolsTelemetry()


@pytest.mark.parametrize("name", TAKEN)
def test_a_fact_may_have_any_name_and_never_takes_the_place_of_the_logs_own(
    telemetry: PowertoolsTelemetry, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    facts: dict[str, object] = {name: "value", "target_id": "homepage"}

    telemetry.info("asked", **facts)

    (line,) = caplog.records
    assert line.getMessage() == "asked"
    assert (vars(line)[f"fact_{name}"], vars(line)["target_id"]) == ("value", "homepage")


def test_counts_and_measures_have_their_units(
    telemetry: PowertoolsTelemetry, capsys: pytest.CaptureFixture[str]
) -> None:
    telemetry.count(Count.HOPS, 2)
    telemetry.measure(Measure.RUN_LATENESS, 250)
    telemetry.measure(Measure.TIMER_LATENESS, 30)

    telemetry.flush()

    line = json.loads(capsys.readouterr().out)
    (found,) = line["_aws"]["CloudWatchMetrics"]
    units = {metric["Name"]: metric["Unit"] for metric in found["Metrics"]}
    assert units == {"Hops": "Count", "RunLateness": "Milliseconds", "TimerLateness": "Seconds"}
    assert found["Namespace"] == "Hourglass"
    assert line["Hops"] == [2.0]


def test_an_invocation_without_metrics_writes_none(
    telemetry: PowertoolsTelemetry, capsys: pytest.CaptureFixture[str]
) -> None:
    telemetry.flush()

    assert capsys.readouterr().out == ""

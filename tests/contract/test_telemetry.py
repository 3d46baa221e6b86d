"""The contract of the Telemetry port: nothing that a handler tells can stop it."""

import pytest

from functions.aws.telemetry import JsonTelemetry
from functions.telemetry import Count, Measure, Telemetry
from tests.simulation.memory import Recorder, VirtualClock


@pytest.fixture(params=["memory", "aws"])
def telemetry(request: pytest.FixtureRequest) -> Telemetry:
    return Recorder() if request.param == "memory" else JsonTelemetry(VirtualClock())


def test_every_fact_is_taken(telemetry: Telemetry) -> None:
    telemetry.debug("claimed a run", target_id="a", attempt=1, reason=None)
    telemetry.info("queued a run", target_id="a", attempt=1, lateness_ms=None)
    telemetry.warning("could not queue a run", error="why", reason={"a": 1})


def test_an_exception_is_taken_with_its_facts(telemetry: Telemetry) -> None:
    try:
        int("why")
    except ValueError:
        telemetry.failure("a record failed", message_id="m1")


@pytest.mark.parametrize("metric", list(Count))
def test_every_count_is_taken(telemetry: Telemetry, metric: Count) -> None:
    telemetry.count(metric)
    telemetry.count(metric, 0)
    telemetry.count(metric, 3)
    telemetry.flush()


@pytest.mark.parametrize("metric", list(Measure))
def test_every_measure_is_taken(telemetry: Telemetry, metric: Measure) -> None:
    telemetry.measure(metric, 0.25)
    telemetry.flush()


def test_more_values_than_one_line_holds_are_taken(telemetry: Telemetry) -> None:
    for value in range(250):
        telemetry.measure(Measure.RUN_LATENESS, value)
        telemetry.count(Count.HOPS)
    telemetry.flush()
    telemetry.flush()

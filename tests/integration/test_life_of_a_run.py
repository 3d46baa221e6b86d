"""The query of docs/operations.md selects the life of a run from the log lines that the functions write."""

import json
import re
from datetime import timedelta
from typing import Any

import pytest

from functions.telemetry import Count, Measure
from local.paths import ROOT
from tests.integration.moto_stack import NOON, Stack

FILTER = re.compile(r'(\w+) = "([^"]+)"')
NAMES = {str(name) for name in (*Count, *Measure)}


def asked_for() -> dict[str, str]:
    """Return the fields that the query filters by, with the values that it has there."""
    (line,) = [line for line in (ROOT / "docs/operations.md").read_text().splitlines() if line.startswith("| filter ")]
    return dict(FILTER.findall(line))


@pytest.mark.parametrize("ttl_works", [True, False])
def test_the_query_selects_every_line_of_the_loop_about_a_run(
    stack: Stack, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *, ttl_works: bool
) -> None:
    monkeypatch.setenv("LOG_LEVEL", "DEBUG")
    wanted = asked_for()
    assert set(wanted) == {"target_id", "scheduled_at"}
    due = NOON + timedelta(minutes=25)
    stack.ttl_works = ttl_works
    at = f"at({due:%Y-%m-%dT%H:%M:%S})"
    stack.write({"id": wanted["target_id"], "type": "echo", "schedule": at, "params": {"message": 1}})
    stack.turn()
    capsys.readouterr()

    if not ttl_works:
        stack.clock.at = due - timedelta(minutes=2)
        stack.sweep()
    stack.go_on_until(due + timedelta(minutes=1))
    lines: list[dict[str, Any]] = [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    about = [line for line in lines if line.get("target_id") == wanted["target_id"] and "dispatched_by" in line]
    about += [line for line in lines if "lateness_ms" in line or line.get("outcome") == "COMPLETED"]
    assert len(about) >= 2
    assert {line.get("scheduled_at") for line in about} == {f"{due:%Y-%m-%dT%H:%M:%SZ}"}
    assert {line.get("target_id") for line in about} == {wanted["target_id"]}
    metrics = [line for line in lines if "_aws" in line]
    assert metrics
    for line in metrics:
        assert set(line) <= {"_aws", "service"} | NAMES
        assert [one["Dimensions"] for one in line["_aws"]["CloudWatchMetrics"]] == [[["service"]]]
        assert line["service"] == "hourglass"

"""docs/performance.md says what bench/results.json says."""

import json

import pytest

from bench import page
from bench.__main__ import RESULTS
from bench.goals import FUNCTIONS, GOALS

KEYS = {
    "cost": ("dense_usd_per_million", "sparse_usd_per_million", "eventbridge_scheduler_usd_per_million"),
    "requests": ("wru_per_run", "rru_per_run", "sqs_per_run"),
    "cpu": ("boto3_puts_per_run",),
    "scale": ("idle_requests_per_minute",),
}
MACHINE = {"python": "3.11", "cores": 2, "system": "Linux"}


def recorded():
    return json.loads(RESULTS.read_text()) if RESULTS.exists() else None


def test_the_page_says_what_the_results_say():
    assert page.section_on_page() == page.section(recorded()).strip()


def test_the_plots_are_those_of_the_results():
    for name, drawing in page.plots(recorded() or {}).items():
        assert (page.PLOTS / name).read_text() == drawing


@pytest.mark.parametrize("bench_name", ["cost", "cpu", "scale", "startup"])
def test_the_results_have_the_keys_that_tools_read(bench, bench_name):
    for figures in filter(None, (bench(bench_name), recorded())):
        for name in {"cost": ("cost", "requests")}.get(bench_name, (bench_name,)):
            assert set(KEYS.get(name, ())) <= set(figures[name])
        if bench_name == "startup":
            assert all(figures["startup"][function]["ratio_to_boto3"] > 0 for function in FUNCTIONS)


def test_every_goal_of_a_quick_bench_finds_its_figure(bench):
    figures = {"machine": MACHINE}
    for name in ("cost", "cpu", "scale", "startup"):
        figures |= bench(name)

    text = page.section(figures)

    assert text.count("not measured") <= 8
    assert all(goal.of in text for goal in GOALS)
    assert set(page.plots(figures)) == {"cost.svg", "startup.svg"}


def test_results_are_said_to_be_missing_where_there_are_none():
    assert page.section(None) == page.NONE_YET

"""The calculator on the cost page and the model in Python give the same figures."""

import json
import re
import shutil
import subprocess
from dataclasses import asdict, fields, replace

import pytest

from bench import prices
from bench.__main__ import RESULTS
from local.costs import PRICES, Load, costs
from local.paths import ROOT

SCRIPT = ROOT / "docs" / "javascripts" / "costs.js"
PAGE = (ROOT / "docs" / "costs.md").read_text()
LOADS = [
    Load(),
    Load(architecture="x86_64", batch=1, run_ms=5_000),
    Load(targets=5_000_000, runs=3e9, swept=1, attempts=1.25),
    Load(near=1, attempts=3.5),
    Load(near=0, swept=0),
    Load(targets=0, runs=0),
    Load(runs=14_000_001, log_bytes=0, run_ms=0),
]


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
def test_both_compute_the_same():
    program = (
        f"const {{costs}} = require({json.dumps(str(SCRIPT))}); const loads = {json.dumps([*map(asdict, LOADS)])};"
    )
    told = subprocess.run(
        ["node", "-e", program + "console.log(JSON.stringify(loads.map(costs)))"],
        capture_output=True,
        text=True,
        check=True,
    )

    assert json.loads(told.stdout) == [pytest.approx(costs(load), rel=1e-12) for load in LOADS]


@pytest.mark.parametrize("targets", [1_000, 100_000])
def test_an_idle_stack_costs_what_its_requests_were_counted_to_cost(targets):
    counted = json.loads(RESULTS.read_text())["scale"]["idle"][str(targets)]["usd_per_month"]

    assert costs(Load(targets=targets, runs=0))["idle"] == pytest.approx(counted, rel=0.03)


def test_the_form_asks_for_every_field_and_shows_every_figure():
    asked = re.findall(r'<(?:input|select) name="(\w+)"', PAGE)
    shown = re.findall(r'<output name="(\w+)">', PAGE)

    assert asked == [field.name for field in fields(Load)]
    assert shown == list(costs(Load()))


def test_the_form_starts_with_the_defaults():
    values = {name: float(value) for name, value in re.findall(r'<input name="(\w+)"[^>]* value="([\d.]+)"', PAGE)}

    assert values == {
        name: value * (100 if name in {"near", "swept"} else 1)
        for name, value in asdict(Load()).items()
        if name in values
    }
    assert len(values) == len(fields(Load)) - 1


def test_the_page_names_the_prices_of_the_model():
    for name in ("write", "read", "sqs", "invocation"):
        assert f"${PRICES[name] * 1e6:.3f}".removesuffix("0") in PAGE, name


def test_the_bench_counts_with_the_same_prices():
    here = [PRICES[name] for name in ("write", "read", "sqs", "invocation", "gb_second_arm64", "log_gb", "scheduler")]

    assert here == [
        prices.WRU_USD,
        prices.RRU_USD,
        prices.SQS_REQUEST_USD,
        prices.LAMBDA_REQUEST_USD,
        prices.LAMBDA_GB_SECOND_USD,
        prices.LOG_GB_USD,
        prices.SCHEDULER_INVOCATION_USD,
    ]


def test_more_work_costs_more():
    base = Load()
    more = {"runs": 2e6, "targets": 2_000, "run_ms": 200, "attempts": 2, "swept": 0.5, "log_bytes": 2_000}

    for name, value in more.items():
        assert costs(replace(base, **{name: value}))["total"] > costs(base)["total"], name
    assert costs(replace(base, near=1))["total"] < costs(base)["total"] < costs(replace(base, near=0))["total"]
    assert costs(replace(base, batch=1))["total"] > costs(base)["total"]
    assert costs(replace(base, architecture="x86_64"))["total"] > costs(base)["total"]

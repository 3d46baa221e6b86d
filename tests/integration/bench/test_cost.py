"""What bench.cost counts."""

import json

import pytest

from bench.cost import shown

KEYS = ("dense", "sparse", "eventbridge_scheduler", "sqs_delay_chain_sparse", "step_functions_wait")


def test_a_dense_run_takes_exactly_so_many_units(bench):
    requests = bench("cost")["requests"]

    assert requests["wru_per_run"] == 2.0
    assert requests["rru_per_run"] == 0.5
    assert requests["sqs_per_run"] == pytest.approx(0.3)


@pytest.mark.parametrize(
    ("path", "wru", "sqs"),
    [
        ("near, dense", 2, 0.3),
        ("near, sparse", 2, 3),
        ("ttl, dense", 3, 0.3),
        ("ttl, sparse", 3, 3),
        ("ttl with a hop, sparse", 3, 6),
        ("sweep, dense", 4, 0.3),
        ("sweep, sparse", 4, 3),
    ],
)
def test_a_run_takes_as_many_units_as_its_path_has_steps(bench, path, wru, sqs):
    counted = bench("cost")["cost"]["paths"][path]

    assert counted["wru"] == wru
    assert counted["sqs"] == pytest.approx(sqs)


def test_each_unit_stands_under_its_heading_also_when_the_results_were_written_and_read_again(bench):
    read_again = json.loads(json.dumps(bench("cost"), sort_keys=True))

    lines = [[cell.strip() for cell in line.split("|")] for line in shown(read_again).splitlines()]
    head = next(line for line in lines if "WRU" in line)
    row = dict(zip(head, next(line for line in lines if "ttl with a hop, sparse" in line), strict=True))

    assert [float(row[unit]) for unit in ("WRU", "SQS", "Lambda")] == [3, 6, 3]


def test_every_sum_is_that_of_its_parts(bench):
    cost = bench("cost")["cost"]

    for name in KEYS:
        assert cost[f"{name}_usd_per_million"] == pytest.approx(sum(cost["parts"][name].values()), rel=1e-4)


def test_a_duplicate_costs_one_refused_write_or_one_read_and_no_run(bench):
    cost = bench("cost")["cost"]
    near = bench("cost")["requests"]

    writes = cost["parts"]["dense"]["writes"] - near["wru_per_run"] * 0.625
    assert writes <= 0.01 * 0.625 + 1e-6
    assert cost["duplicate_usd_per_million"] < cost["paths"]["near, dense"]["usd_per_million"]


def test_the_shares_of_the_paths_make_a_whole(bench):
    for leads in bench("cost")["cost"]["by_profile"].values():
        for found in leads.values():
            assert sum(found["shares"].values()) == pytest.approx(1)


def test_a_daily_delay_chain_pays_for_96_hops(bench):
    sqs = bench("cost")["cost"]["parts"]["sqs_delay_chain_sparse"]["sqs"]

    assert 95 * 3 * 0.4 <= sqs <= 97 * 3 * 0.4

"""What bench.scale counts."""

import pytest


def test_an_idle_minute_asks_for_the_same_whatever_is_pending(bench):
    idle = bench("scale")["scale"]["idle_requests_per_minute"]

    assert len(idle) > 1
    assert len(set(idle.values())) == 1


def test_an_idle_minute_reads_every_shard_of_the_minutes_ahead_and_no_timer(bench):
    for found in bench("scale")["scale"]["idle"].values():
        assert found["by_operation"]["Query timers"] == 5 * 16
        assert found["sweep_alone"] <= 5 * 16 + 6


def test_a_sweep_that_runs_out_of_time_loses_nothing_and_the_next_goes_on(bench):
    late = bench("scale")["scale"]["late_sweep"]

    assert 0 < late["first"] < late["timers"]
    assert late["second"] > 0
    assert late["never_queued_but_gone"] == 0


def test_more_pollers_start_a_herd_sooner_and_a_larger_herd_later(bench):
    ramp = bench("scale")["scale"]["ramp"]

    for count in ramp["default"]:
        assert ramp["provisioned"][count] <= ramp["default"][count] <= ramp["template"][count]
    assert list(ramp["default"].values()) == sorted(ramp["default"].values())


def test_an_item_of_the_hot_path_fits_into_one_write_unit(bench):
    assert all(size <= 1024 for size in bench("scale")["scale"]["bytes"].values())


def test_no_partition_takes_much_more_than_its_share(bench):
    hottest = bench("scale")["scale"]["hottest_partition"]

    assert hottest["share"] == pytest.approx(1 / hottest["shards"], rel=0.5)

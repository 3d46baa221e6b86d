"""What bench.precise models."""

import pytest

from schedule_model.target import Target

pytestmark = pytest.mark.skipif("precise" not in Target.model_fields, reason="targets cannot ask for precise runs")


def test_a_precise_run_is_never_early_and_waits_for_what_is_left(bench):
    found = bench("precise")["precise"]["by_batch"]

    assert all(one["earliest_ms"] >= 0 for one in found.values())
    assert found["precise, 1 at a time"]["added_gb_seconds_per_run"] > 0
    assert found["ordinary, 1 at a time"]["added_gb_seconds_per_run"] == 0


def test_a_batch_shares_one_wait(bench):
    found = bench("precise")["precise"]["by_batch"]

    alone = found["precise, 1 at a time"]["added_gb_seconds_per_run"]
    assert found["precise, 10 at a time"]["added_gb_seconds_per_run"] < alone / 2


def test_a_precise_run_is_closer_to_its_instant_than_an_ordinary_one(bench):
    found = bench("precise")["precise"]["by_batch"]

    assert found["precise, 1 at a time"]["p50_ms"] < found["ordinary, 1 at a time"]["p50_ms"]

"""Lateness is what SQS's whole seconds make it, whatever TTL's lag; modelled, as bench/lateness.py tells."""

from bench.lateness import measure, missed


def test_how_late_runs_start_does_not_depend_on_the_lag_of_ttl() -> None:
    figures = measure(1, jobs=1)

    assert missed(figures) == []
    assert set(figures["paths"]["backlog"]) == {"near", "sweep"}
    assert set(figures["paths"]["typical"]) == {"near", "sweep", "ttl"}


def test_a_profile_whose_runs_come_late_misses_the_goals() -> None:
    on_time = {"p50_s": 0.5, "p99_s": 1.0, "p999_s": 1.1}
    late = on_time | {"p999_s": 2.5}

    assert missed({"lateness": {"typical": on_time, "backlog": on_time}, "spread": 0.0}) == []
    assert missed({"lateness": {"typical": on_time, "backlog": late}, "spread": 1.27}) == [
        "backlog: p999_s is 2.500, the goal 2.0",
        "p99.9 differs by 127% between profiles, the goal 10%",
    ]

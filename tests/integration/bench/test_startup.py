"""What bench.startup tells; how fast anything is, no test says."""

from bench.goals import FUNCTIONS


def test_every_function_is_started_beside_boto3_pydantic_and_nothing(bench):
    startup = bench("startup")["startup"]

    assert set(startup) == {"nothing", "boto3", "pydantic", *FUNCTIONS}
    assert startup["boto3"]["imports_boto3"]
    assert not startup["nothing"]["imports_boto3"]


def test_a_ratio_is_that_of_its_figures(bench):
    startup = bench("startup")["startup"]

    for function in FUNCTIONS:
        ratio = startup[function]["cpu_ms"] / startup["boto3"]["cpu_ms"]
        assert abs(startup[function]["ratio_to_boto3"] / ratio - 1) < 1e-3

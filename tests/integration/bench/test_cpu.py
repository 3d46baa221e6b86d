"""What bench.cpu tells; how fast anything is, no test says."""


def test_every_handler_is_measured_with_and_without_boto3(bench):
    cpu = bench("cpu")["cpu"]

    assert set(cpu["by_function"]) == {"planner", "dispatcher", "executor", "sweep"}
    for found in cpu["by_function"].values():
        assert all(value > 0 for value in found.values())


def test_a_dense_recurring_run_passes_the_executor_alone(bench):
    cpu = bench("cpu")["cpu"]

    assert cpu["boto3_puts_per_run"] == cpu["by_function"]["executor"]["boto3_puts"]

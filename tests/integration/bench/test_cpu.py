"""What bench.cpu tells; how fast anything is, no test says."""


def test_every_handler_is_measured_with_and_without_boto3(bench):
    cpu = bench("cpu")["cpu"]

    assert set(cpu["by_function"]) == {"planner", "dispatcher", "executor", "sweep"}
    for found in cpu["by_function"].values():
        assert all(value > 0 for value in found.values())


def test_a_recurring_run_passes_the_dispatcher_and_the_executor(bench):
    cpu = bench("cpu")["cpu"]

    both = sum(cpu["by_function"][name]["boto3_puts"] for name in ("dispatcher", "executor"))
    assert abs(cpu["boto3_puts_per_run"] - both) < 1e-4

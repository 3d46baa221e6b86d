"""What one fresh process takes to be ready, in CPU and memory; prints JSON. See bench/startup.py."""

import sys
import time
from importlib import import_module

CLIENTS = {
    "planner": ("dynamodb",),
    "dispatcher": ("sqs",),
    "sweeper": ("dynamodb", "sqs"),
    "executor": ("dynamodb", "sqs"),
}
"""What each function asks, and so makes at its first invocation."""


def main(what: str) -> None:
    """Make ready: nothing, boto3 with two clients, the same and one pydantic model, or a function with its ports."""
    if what in ("boto3", "pydantic"):
        boto3 = import_module("boto3")
        boto3.client("dynamodb")
        boto3.client("sqs")
        if what == "pydantic":
            import_module("pydantic").create_model("Anything", name=str)
    elif what != "nothing":
        import_module(f"functions.{what}.app")
        wiring = import_module("functions.aws.wiring")
        wiring.ports()
        for service in CLIENTS[what]:
            wiring.client(service)
    cpu_ms = time.process_time() * 1000
    peak = open("/proc/self/status").read().partition("VmHWM:")[2].split()[0]  # noqa: PTH123, SIM115
    print(f'{{"cpu_ms": {cpu_ms}, "peak_mb": {int(peak) / 1024}, "boto3": {str("boto3" in sys.modules).lower()}}}')


if __name__ == "__main__":
    main(sys.argv[1])

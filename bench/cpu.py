"""How much CPU a run takes in each handler: `python -m bench.cpu`.

Measured in a process of Lambda's Python with the built artefact, against a TLS endpoint on loopback in another
process, and told in boto3 puts: the time of `put_item` with a condition, measured in the same process in turns with
the handlers. Medians; batches of ten. Own code: the same with each boto3 call answered at once, without boto3.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.lambda_python import answer_of, artefact, environment
from bench.report import Figures, main, rounded, table, tell, telling
from bench.template_resources import makings
from local.paths import ROOT
from tests.integration.runners.certificates import make_authority, make_certificate

HANDLERS = ("planner", "dispatcher", "executor", "sweep")
PER_RUN = ("executor",)
"""The handlers through which a dense recurring run passes each time: its executor queues the next one itself."""


def measure(quick: bool) -> Figures:  # noqa: FBT001  the one switch of every bench
    """Return CPU per run, in boto3 puts and in microseconds."""
    code = artefact()
    with tempfile.TemporaryDirectory() as folder, _endpoint(Path(folder)) as (url, authority):
        variables = environment(code, AWS_ENDPOINT_URL=url, AWS_CA_BUNDLE=str(authority))
        with telling("cpu: timing the handlers"):
            worker = str(ROOT / "bench" / "cpu_worker.py")
            found = answer_of([worker, "4" if quick else "60"], variables)
    put = found["put"]
    by_function = {
        name: {
            "boto3_puts": found[name] / put,
            "cpu_us": found[name] * 1e6,
            "own_us": found[f"{name} own"] * 1e6,
        }
        for name in HANDLERS
    }
    return rounded(
        {
            "cpu": {
                "boto3_puts_per_run": sum(by_function[name]["boto3_puts"] for name in PER_RUN),
                "own_us_per_run": sum(by_function[name]["own_us"] for name in PER_RUN),
                "boto3_put_us": put * 1e6,
                "by_function": by_function,
                "python": found["python"],
            }
        }
    )


@contextmanager
def _endpoint(folder: Path) -> Iterator[tuple[str, Path]]:
    """Serve the stack's tables over TLS in a process of its own; give the URL and the authority to trust."""
    authority = make_authority(folder)
    certificate = make_certificate(folder, authority, days=30)
    command = [sys.executable, "-m", "bench.endpoint", str(certificate)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(makings()) + "\n")
        process.stdin.flush()
        try:
            yield process.stdout.readline().strip(), authority.path
        finally:
            process.stdin.close()
    tell("")


def shown(figures: Figures) -> str:
    """Return the figures as a table."""
    cpu = figures["cpu"]
    rows = [
        [f"{name}, each" if name == "sweep" else f"{name}, a run", *found.values()]
        for name, found in cpu["by_function"].items()
    ]
    sum_of_both = (
        f"A dense recurring run, executed in batches of ten: {cpu['boto3_puts_per_run']:.2f} boto3 puts, "
        f"of which our own code takes {cpu['own_us_per_run']:.0f} us."
    )
    return "\n\n".join(
        [
            f"CPU (measured, Python {cpu['python']}; one boto3 put took {cpu['boto3_put_us']:.0f} us):",
            table(["handler", "boto3 puts", "us", "of it own code, us"], rows),
            sum_of_both,
        ]
    )


if __name__ == "__main__":
    main("cpu", __doc__, measure, shown)

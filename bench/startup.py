"""How heavy each function is to start: `python -m bench.startup`.

Measured in fresh processes of Lambda's Python with the built artefact, in turns: CPU and peak memory of importing a
function and making its ports, beside `import boto3` with clients of DynamoDB and SQS, and beside that with one pydantic
model, which is the least that a function of ours can come to. Cold starts: the first invocation
of what `sam build` made, under the runtime interface emulator, beside a plain `sam build` of the same code.
"""

from bench.cold import cold_starts
from bench.lambda_python import answer_of, artefact, environment
from bench.report import Figures, main, median, rounded, table, tell
from local.paths import ROOT

FUNCTIONS = ("planner", "dispatcher", "sweeper", "executor")
SUBJECTS = ("nothing", "boto3", "pydantic", *FUNCTIONS)


def measure(quick: bool) -> Figures:  # noqa: FBT001  the one switch of every bench
    """Return CPU and memory of each start, and cold starts unless in a hurry."""
    variables = environment(artefact())
    found: dict[str, list[Figures]] = {subject: [] for subject in SUBJECTS}
    rounds = 2 if quick else 11
    for number in range(rounds):
        tell(f"startup: round {number + 1} of {rounds}")
        for subject in SUBJECTS:
            found[subject].append(answer_of([str(ROOT / "bench" / "startup_probe.py"), subject], variables))
    tell("")
    base = _medians(found["boto3"])
    starts: Figures = {"nothing": _medians(found["nothing"]), "boto3": base}
    for function in ("pydantic", *FUNCTIONS):
        own = _medians(found[function])
        own |= {"ratio_to_boto3": own["cpu_ms"] / base["cpu_ms"], "added_mb": own["peak_mb"] - base["peak_mb"]}
        starts[function] = own
    return rounded({"startup": starts | ({} if quick else cold_starts())})


def _medians(probes: list[Figures]) -> Figures:
    names = ("cpu_ms", "peak_mb")
    figures: Figures = {name: median([probe[name] for probe in probes]) for name in names}
    return figures | {"imports_boto3": probes[0]["boto3"]}


def shown(figures: Figures) -> str:
    """Return the figures as tables."""
    startup = figures["startup"]
    rows = [
        [subject, found["cpu_ms"], found.get("ratio_to_boto3"), found["peak_mb"], found.get("added_mb")]
        for subject, found in startup.items()
        if subject in SUBJECTS
    ]
    parts = [
        "CPU and peak memory of a start (measured):",
        table(["process that imports", "CPU ms", "x boto3", "MB", "MB over boto3"], rows),
    ]
    if cold := startup.get("cold"):
        rows = [[name, one["ours_ms"], one["plain_ms"], one["ours_ms"] / one["plain_ms"]] for name, one in cold.items()]
        size = startup["artefact"]
        parts += [
            "Cold first invocation under the runtime interface emulator, milliseconds (measured, medians):",
            table(["function", "sam build", "plain sam build", "ratio"], rows),
            f"Zipped: {size['ours_mb']:.1f} MB, plain {size['plain_mb']:.1f} MB.",
        ]
    return "\n\n".join(parts)


if __name__ == "__main__":
    main("startup", __doc__, measure, shown)

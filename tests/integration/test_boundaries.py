"""Who may import whom, and who may ask for the time or for chance: read from the source, not from running it."""

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
STEPS = ("planner", "dispatcher", "executor", "sweeper", "api")
AWS_LIBRARIES = {"boto3", "botocore"}
CLOCK = "schedule_model/clock.py"


@dataclass(frozen=True)
class Source:
    """One file of the product."""

    path: str
    tree: ast.Module

    def imported(self) -> Iterator[str]:
        """Yield every module that the file imports, at its top or anywhere else, relative ones spelled out."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                module = self._absolute(node)
                yield module
                yield from (f"{module}.{alias.name}" for alias in node.names)

    def _absolute(self, node: ast.ImportFrom) -> str:
        if not node.level:
            return node.module or ""
        folders = self.path.split("/")[: -node.level]
        return ".".join([*folders, *([node.module] if node.module else [])])

    def called(self) -> Iterator[str]:
        """Yield the dotted name of everything that the file calls or mentions, such as `datetime.now`."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Attribute):
                yield ast.unparse(node)
            elif isinstance(node, ast.Name):
                yield node.id


def sources(folder: str) -> list[Source]:
    paths = sorted((ROOT / folder).rglob("*.py"))
    assert paths, f"there is nothing in {folder}"
    return [Source(str(path.relative_to(ROOT)), ast.parse(path.read_text())) for path in paths]


def breaches(found: list[Source], is_breach: Callable[[Source, str], bool]) -> list[str]:
    """Return `file imports module` for each import that breaks a rule."""
    return sorted(
        {f"{source.path} imports {name}" for source in found for name in source.imported() if is_breach(source, name)}
    )


def top(name: str) -> str:
    return name.partition(".")[0]


def test_the_model_imports_the_standard_library_pydantic_and_itself() -> None:
    allowed = {"pydantic", "pydantic_core", "schedule_model", "dateutil", "zoneinfo", *_standard_library()}

    assert breaches(sources("schedule_model"), lambda _, name: top(name) not in allowed) == []


def test_the_model_reaches_for_no_network_process_file_or_environment() -> None:
    outside = {
        "os",
        "sys",
        "socket",
        "subprocess",
        "pathlib",
        "urllib",
        "http",
        "asyncio",
        "threading",
        "logging",
    }

    assert breaches(sources("schedule_model"), lambda _, name: top(name) in outside) == []


def test_imports_run_from_functions_to_the_model_and_never_back() -> None:
    assert breaches(sources("schedule_model"), lambda _, name: top(name) in {"functions", "local", "tests"}) == []
    assert breaches(sources("functions"), lambda _, name: top(name) in {"local", "tests", "bench"}) == []


def test_only_functions_aws_imports_an_aws_library() -> None:
    product = sources("schedule_model") + sources("functions")
    elsewhere = [source for source in product if not source.path.startswith("functions/aws/")]

    assert breaches(elsewhere, lambda _, name: top(name) in AWS_LIBRARIES) == []


def test_powertools_is_known_to_the_api_alone() -> None:
    product = sources("schedule_model") + sources("functions")
    elsewhere = [source for source in product if not source.path.startswith("functions/api/")]

    assert breaches(elsewhere, lambda _, name: top(name) == "aws_lambda_powertools") == []


@pytest.mark.parametrize("step", STEPS)
def test_a_step_imports_no_other_step(step: str) -> None:
    others = tuple(f"functions.{other}" for other in STEPS if other != step)

    assert breaches(sources(f"functions/{step}"), lambda _, name: name.startswith(others)) == []


def test_what_steps_share_imports_no_step() -> None:
    shared = [source for source in sources("functions") if source.path.split("/")[1] not in STEPS]
    steps = tuple(f"functions.{step}" for step in STEPS)

    assert breaches(shared, lambda _, name: name.startswith(steps)) == []


def test_runners_know_the_contract_and_not_the_loop() -> None:
    loop = ("functions.ports", "functions.batch", "functions.crew", "functions.aws.wiring", "functions.aws.targets")

    assert breaches(sources("functions/runners"), lambda _, name: name.startswith(loop)) == []


READS_THE_CLOCK = (
    "datetime.now",
    "datetime.utcnow",
    "datetime.today",
    "date.today",
    "time.time",
    "time.time_ns",
    "time.sleep",
    "time.monotonic",
    "time.perf_counter",
    "asyncio.sleep",
)


def test_only_the_clock_reads_the_time_or_waits() -> None:
    product = [source for source in sources("schedule_model") + sources("functions") if source.path != CLOCK]
    readers = {
        f"{source.path} uses {name}" for source in product for name in source.called() if name.endswith(READS_THE_CLOCK)
    }

    assert readers == set()


def test_nobody_imports_the_time_module_but_the_clock_and_those_who_only_measure() -> None:
    product = [source for source in sources("schedule_model") + sources("functions") if source.path != CLOCK]

    assert breaches(product, lambda source, name: name in {"time.sleep", "time.time", "asyncio.sleep"}) == []


def test_the_clock_does_read_the_time() -> None:
    (clock,) = [source for source in sources("schedule_model") if source.path == CLOCK]

    assert {"datetime.now", "time.sleep"} <= set(clock.called())


def test_the_model_takes_chance_as_a_parameter() -> None:
    drawing = ("random.random", "random.uniform", "random.randint", "random.choice", "random.seed")
    model = sources("schedule_model")

    assert breaches(model, lambda _, name: top(name) in {"secrets", "uuid"} or name in drawing) == []
    assert breaches(model, lambda _, name: top(name) == "random" and name not in {"random", "random.Random"}) == []
    made = {
        source.path for source in model for name in source.called() if name in {"SystemRandom", "random.SystemRandom"}
    }
    assert made == set()


def test_chance_comes_into_the_product_in_one_place() -> None:
    product = [source for source in sources("functions") if not source.path.startswith("functions/runners/")]
    makers = {source.path for source in product for name in source.imported() if name == "random.SystemRandom"}

    assert makers == {"functions/aws/wiring.py"}


def test_nothing_connects_when_it_is_imported() -> None:
    connected = []
    for source in sources("functions"):
        for node in source.tree.body:
            calls = [one for one in ast.walk(node) if isinstance(one, ast.Call)] if isinstance(node, ast.Assign) else []
            connected += [
                source.path for call in calls if ast.unparse(call.func) in {"boto3.client", "client", "ports"}
            ]

    assert connected == []


def _standard_library() -> set[str]:
    return {
        *("abc", "bisect", "calendar", "collections", "contextlib", "dataclasses", "datetime", "difflib", "enum"),
        *("functools", "hashlib", "heapq", "itertools", "json", "math", "operator", "random", "re", "string", "time"),
        *("types", "typing", "warnings", "__future__"),
        *("decimal", "io", "pkgutil"),  # timezones come from the tzdata package
        "marshal",  # keys of `remembered`, which nobody else reads
    }

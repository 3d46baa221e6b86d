"""A runner is found by the name of its file."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from functions import runners
from functions.runners import registry
from functions.runners.contract import UnknownTypeError

FOLDER = Path(runners.__file__).parent
WORKING = """
from functions.runners.contract import RunnerParams
class Params(RunnerParams):
    name: str
def run(params, context):
    return None
"""


@pytest.fixture
def drop_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder whose files are runners too."""
    monkeypatch.setattr(runners, "__path__", [*runners.__path__, str(tmp_path)])
    registry.forget()
    yield tmp_path
    registry.forget()
    for path in tmp_path.glob("*.py"):
        sys.modules.pop(f"{runners.__name__}.{path.stem}", None)


def reason(type_name: object) -> str:
    with pytest.raises(UnknownTypeError) as caught:
        registry.load(type_name)  # type: ignore[arg-type]
    return str(caught.value)


def test_every_file_in_the_folder_is_a_runner_or_known_as_support() -> None:
    files = {path.stem for path in FOLDER.glob("*.py")} - {"__init__"}

    assert files >= registry.SUPPORT
    assert {registry.load(name).name for name in registry.types()} == set(registry.types())


def test_a_file_dropped_in_is_a_type(drop_in: Path) -> None:
    (drop_in / "dropped_in.py").write_text(WORKING)

    assert "dropped_in" in registry.types()
    assert registry.load("dropped_in").name == "dropped_in"


def test_a_type_that_is_a_keyword_has_an_underscore_in_its_file_name(drop_in: Path) -> None:
    (drop_in / "async_.py").write_text(WORKING)

    assert registry.load("async").name == "async"
    assert "async_" not in registry.types()


@pytest.mark.parametrize(
    "name",
    [
        "contract",
        "registry",
        "execute",
        "secrets",
        "templating",
        "validation",
        "network",
        "__init__",
        "http.client",
        "",
        "Http",
        " http",
        "../http",
        "http\n",
        "functions.runners.http",
        "os",
        "a" * 5000,
    ],
)
def test_only_the_names_of_runners_are_types(name: str) -> None:
    assert "is not a known type" in reason(name)


@pytest.mark.parametrize("name", [None, 5, ["http"], {"S": "http"}])
def test_a_type_that_is_not_a_text_is_refused(name: object) -> None:
    assert "is not a known type" in reason(name)


def test_a_typing_error_is_answered_with_the_near_name_and_the_list() -> None:
    text = reason("HTPP")

    assert "did you mean 'http'" in text
    assert "write one of" in text
    assert "certificate" in text


def test_an_unknown_type_is_told_with_the_folder_that_was_looked_into() -> None:
    assert "is not a known type of functions/runners; write one of" in reason("nothing_like_it")


def test_a_long_name_does_not_make_a_long_message() -> None:
    assert len(reason("x" * 400_000)) < 500


@pytest.mark.parametrize(
    "content",
    [
        "",
        "Params = dict\ndef run(params, context): ...",
        "from functions.runners.contract import RunnerParams as Params\nrun = 1",
    ],
)
def test_a_file_without_params_or_run_is_refused_with_what_it_must_define(drop_in: Path, content: str) -> None:
    (drop_in / "half.py").write_text(content)

    assert "half.py must define `class Params(RunnerParams)`" in reason("half")


@pytest.mark.parametrize(
    "content",
    [
        "import a_package_nobody_has",
        "def run(:",
        "import os\nTOKEN = os.environ['NOBODY_SET_THIS']",
        "raise SystemExit(2)",
    ],
)
def test_a_file_that_cannot_be_imported_is_refused_with_the_cause(drop_in: Path, content: str) -> None:
    (drop_in / "broken.py").write_text(content)

    assert "broken.py cannot be imported" in reason("broken")


def test_listing_and_loading_types_imports_no_aws_library() -> None:
    code = (
        "import sys; from functions.runners import registry; "
        "[registry.load(name) for name in registry.types()]; "
        "print(sorted({'boto3', 'botocore', 'urllib3', 'cryptography'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=FOLDER.parent.parent, capture_output=True, text=True, check=True
    )

    assert done.stdout.strip() == "[]"

"""The `python` runner."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from functions.runners import python, python_functions
from functions.runners.contract import InvalidParamsError
from functions.runners.registry import validate_params
from schedule_model.errors import RunnerError
from schedule_model.run_result import RunResult
from tests.unit.runners.circumstances import context


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder whose files are functions too."""
    monkeypatch.setattr(python_functions, "__path__", [*python_functions.__path__, str(tmp_path)])
    yield tmp_path
    for path in tmp_path.glob("*.py"):
        sys.modules.pop(f"{python_functions.__name__}.{path.stem}", None)


def call(function: str, /, **args: object) -> RunResult | None:
    params = validate_params("python", {"function": function, "args": args})
    assert isinstance(params, python.Params)
    return python.run(params, context())


def failure(function: str, /, **args: object) -> str:
    with pytest.raises(RunnerError) as caught:
        call(function, **args)
    assert not caught.value.is_retryable
    return str(caught.value)


def test_the_function_of_a_file_is_called_with_its_arguments() -> None:
    assert call("greet", name="you") == RunResult(output="Hello you, it is 12:00.")
    assert call("greet") == RunResult(output="Hello world, it is 12:00.")


def test_a_file_dropped_in_is_a_function(folder: Path) -> None:
    (folder / "add.py").write_text("def add(context, a, b):\n    return {'sum': a + b}\n")

    assert call("add", a=1, b=2) == RunResult(output={"sum": 3})


def test_a_run_result_or_none_is_passed_on(folder: Path) -> None:
    source = "from schedule_model.run_result import RunResult\n"
    (folder / "ends.py").write_text(f"{source}def ends(context):\n    return RunResult(completed=True)\n")
    (folder / "quiet.py").write_text("def quiet(context): ...\n")

    assert call("ends") == RunResult(completed=True)
    assert call("quiet") is None


def test_arguments_that_do_not_fit_are_refused_before_the_call() -> None:
    assert "greet does not take them" in failure("greet", nmae="you")


def test_an_error_of_the_function_rises(folder: Path) -> None:
    (folder / "breaks.py").write_text("def breaks(context):\n    raise TypeError('mine')\n")

    with pytest.raises(TypeError, match="mine"):
        call("breaks")


def test_an_answer_that_is_no_json_is_refused(folder: Path) -> None:
    (folder / "odd.py").write_text("def odd(context):\n    return {1, 2}\n")

    assert "odd answered a set" in failure("odd")


def test_a_file_without_its_function_is_refused(folder: Path) -> None:
    (folder / "empty.py").write_text("")

    assert "must define `def empty(context)`" in failure("empty")


@pytest.mark.parametrize("content", ["import a_package_nobody_has", "def broken(:"])
def test_a_file_that_cannot_be_imported_is_refused(folder: Path, content: str) -> None:
    (folder / "broken.py").write_text(content)

    assert "broken.py cannot be imported" in failure("broken")


@pytest.mark.parametrize("name", ["great", "os", "../greet", "", "greet.greet", "__init__"])
def test_a_function_that_is_no_file_is_refused_when_the_target_is_written(name: str) -> None:
    with pytest.raises(InvalidParamsError, match=r"params\.function: is no file in"):
        call(name)


def test_a_typing_error_is_answered_with_the_near_name() -> None:
    with pytest.raises(InvalidParamsError, match="write greet"):
        call("gret")

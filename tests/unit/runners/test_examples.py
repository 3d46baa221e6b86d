"""Every runner has an example target and a place in the docs, and both are right."""

import json
import re
import sys
from pathlib import Path

import pytest

from functions import runners
from functions.runners import python_functions, registry
from functions.runners.execute import execute
from functions.runners.secrets import Secrets
from schedule_model.reading_targets import parse_target
from schedule_model.run_result import RunResult
from tests.unit.runners.circumstances import context

ROOT = Path(__file__).parents[3]
EXAMPLES = ROOT / "examples"
DOCS = (ROOT / "docs" / "runners.md").read_text()
SOURCES = dict(re.findall(r"```python\n# (\S+)\n(.*?)```", DOCS, re.DOTALL))


@pytest.mark.parametrize("type_name", registry.types())
def test_every_type_has_an_example_that_is_accepted(type_name: str) -> None:
    target = parse_target(json.loads((EXAMPLES / f"{type_name}.json").read_text()))

    assert target.type == type_name
    registry.check_params(target.type, target.params)


@pytest.mark.parametrize("type_name", registry.types())
def test_every_type_is_documented(type_name: str) -> None:
    assert f"| `{type_name}` |" in DOCS


def test_the_function_in_the_docs_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "discount.py").write_text(SOURCES["functions/runners/python_functions/discount.py"])
    monkeypatch.setattr(python_functions, "__path__", [*python_functions.__path__, str(tmp_path)])

    result = execute("python", {"function": "discount", "args": {"price": 50}}, context(), secrets=Secrets())

    sys.modules.pop(f"{python_functions.__name__}.discount")
    assert result == RunResult(output={"price": 45.0})


def test_the_type_in_the_docs_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "countdown.py").write_text(SOURCES["functions/runners/countdown.py"])
    monkeypatch.setattr(runners, "__path__", [*runners.__path__, str(tmp_path)])
    registry.forget()

    result = execute("countdown", {"left": 1}, context(), secrets=Secrets())

    registry.forget()
    sys.modules.pop(f"{runners.__name__}.countdown")
    assert result == RunResult(output={"left": 0}, new_params={"left": 0}, completed=True)

"""docs/api.md names every kind of problem with its statuses, and so does the OpenAPI document."""

import re
from http import HTTPStatus

from functions.api.app import app
from functions.api.opening import document
from functions.api.problems import Kind
from local.paths import ROOT

ROW = re.compile(r"^\| `([a-z-]+)` \| ([\d, ]+) \| .+ \|$", re.MULTILINE)
RAISED = re.compile(r"ProblemError\(\s*HTTPStatus\.(\w+),\s*Kind\.(\w+)")


def told():
    """Return each kind with its statuses, as the page tells them."""
    page = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    return {name: set(map(int, statuses.split(", "))) for name, statuses in ROW.findall(page)}


def raised():
    """Return each kind with the statuses that the code answers it with."""
    found: dict[str, set[int]] = {}
    for path in (ROOT / "functions" / "api").glob("*.py"):
        for status, kind in RAISED.findall(path.read_text(encoding="utf-8")):
            found.setdefault(Kind[kind].value, set()).add(HTTPStatus[status].value)
    return found


def test_the_docs_name_each_kind_of_problem_with_its_statuses():
    assert told() == raised()
    assert set(told()) == set(Kind)


def test_the_document_names_the_types_of_problems():
    problem = document(app)["components"]["schemas"]["Problem"]

    assert problem["properties"]["type"]["enum"] == [kind.type for kind in Kind]

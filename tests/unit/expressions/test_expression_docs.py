import re
from collections.abc import Callable
from pathlib import Path

import pytest

Runs = Callable[..., list[str]]
PAGE = Path(__file__).parents[3] / "docs" / "expressions.md"
ROWS = re.findall(r"^\| `([^`]+)` \| (\S+) \| ([^|]+Z) \|", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)


@pytest.mark.parametrize(("text", "timezone", "expected"), ROWS)
def test_an_example_in_the_documentation_runs_as_it_says(runs: Runs, text: str, timezone: str, expected: str) -> None:
    assert ", ".join(runs(text, timezone, after="2026-03-01T00:00:00Z", count=2)) == expected


def test_the_documentation_has_an_example_of_every_form() -> None:
    forms = {text.partition("(")[0] for text, _, _ in ROWS}

    assert forms >= {"rate", "at", "cron", "rrule", "@daily", "0 0 13 * 5"}

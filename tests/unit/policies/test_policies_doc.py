"""Every row of docs/policies.md is lived by the real handlers in virtual time, and ends as the row says."""

import re
from pathlib import Path

import pytest

from tests.unit.policies import running_cases, timing_cases
from tests.unit.policies.lives import told

DOC = Path(__file__).parents[3] / "docs" / "policies.md"
CASES = timing_cases.CASES | running_cases.CASES


def _rows() -> list[tuple[str, str, str]]:
    found, policy = [], ""
    for line in DOC.read_text().splitlines():
        if line.startswith("## "):
            policy = line.removeprefix("## ")
        elif (row := re.fullmatch(r"\| (.+?) \| (.+) \| (.+?) \|", line)) and row[1] != "situation":
            found.append((policy, row[1], row[3]))
    return found


ROWS = _rows()


@pytest.mark.parametrize(("policy", "situation", "runs"), ROWS, ids=[f"{row[0]}: {row[1]}" for row in ROWS])
def test_a_situation_ends_as_the_docs_say(policy: str, situation: str, runs: str) -> None:
    life = CASES[policy, situation]

    loop = life.live()

    assert told(loop) == runs
    assert life.also(loop)


def test_every_row_has_a_life_of_its_own_and_every_life_a_row() -> None:
    rows = [(policy, situation) for policy, situation, _ in ROWS]

    assert sorted(rows) == sorted(CASES)
    assert len(timing_cases.CASES) + len(running_cases.CASES) == len(CASES)


def test_every_table_of_the_docs_is_read() -> None:
    lines = [line for line in DOC.read_text().splitlines() if line.startswith("| ") and "situation" not in line]

    assert len(lines) == len(ROWS)

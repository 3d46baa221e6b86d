"""The catalogue of mutants keeps up with the code that it breaks."""

import ast
from pathlib import Path

import pytest

from tests.mutants.catalogue import MUTANTS, Mutant

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_mutant_changes_just_one_place_and_leaves_code_that_can_be_read(mutant: Mutant) -> None:
    text = (ROOT / mutant.path).read_text()

    assert text.count(mutant.old) == 1
    ast.parse(text.replace(mutant.old, mutant.new))

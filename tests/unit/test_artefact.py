import sys
from pathlib import Path

import pytest

from local.artefact import Destination, _compile
from local.failure import LocalError
from local.sam_cli import _reason

HERE = Destination("here", (), Path(sys.executable))

FAILED_BUILD = """
Build Failed
Error: CustomMakeBuilder:MakeBuild - Make Failed: local.artefact: could not compile mine.py, line 1: SyntaxError
make: *** [functions/Makefile:5: build-PlannerFunction] Error 1
"""


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("x = 1\ndef run(:\n", "functions/mine.py, line 2: SyntaxError: invalid syntax"),
        ("def run():\nreturn 1\n", "functions/mine.py, line 2: IndentationError: expected an indented block"),
        ("x = 1\n\0\n", "functions/mine.py: SyntaxError: source code string cannot contain null bytes"),
    ],
)
def test_code_that_cannot_be_compiled_is_told_with_its_file_and_line(tmp_path: Path, code: str, told: str) -> None:
    (tmp_path / "functions").mkdir()
    (tmp_path / "functions" / "mine.py").write_text(code)

    with pytest.raises(LocalError) as raised:
        _compile(tmp_path, HERE)

    assert str(raised.value).startswith(f"could not compile {told}")


def test_of_two_files_that_cannot_be_compiled_the_first_is_told(tmp_path: Path) -> None:
    for name in ("first.py", "second.py"):
        (tmp_path / name).write_text("x =\n")

    with pytest.raises(LocalError, match=r"^could not compile first\.py, line 1: SyntaxError: invalid syntax$"):
        _compile(tmp_path, HERE)


def test_a_compiler_that_cannot_start_speaks_for_itself(tmp_path: Path) -> None:
    compiler = tmp_path / "python"
    compiler.write_text("#!/bin/sh\necho out of memory >&2\nexit 1\n")
    compiler.chmod(0o755)

    with pytest.raises(LocalError, match=r"^could not compile: out of memory$"):
        _compile(tmp_path, Destination("here", (), compiler))


def test_a_failed_build_is_told_in_the_words_of_what_failed_and_not_in_makes() -> None:
    assert _reason(FAILED_BUILD).endswith("could not compile mine.py, line 1: SyntaxError")

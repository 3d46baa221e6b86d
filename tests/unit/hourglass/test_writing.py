"""What becomes of output that nobody reads, that cannot be written, or that would command a terminal."""

import subprocess
import sys
from pathlib import Path

import pytest

from hourglass.cli.exits import Failure
from hourglass.cli.output import Format, Output, field

COMMANDING, SHOWN = "\x1b[31mred\x9b1m", "\\x1b[31mred\\x9b1m"
MANY = (sys.executable, "-m", "hourglass", "next", "rate(1 second)", "-n", "10000")


def test_output_that_is_closed_early_ends_quietly_as_by_a_signal():
    with subprocess.Popen(MANY, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr is not None
        told = process.stderr.read()

    assert (process.returncode, told) == (141, "")


def test_output_that_cannot_be_written_is_told_in_a_line():
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(MANY, stdout=full, stderr=subprocess.PIPE, text=True, check=False)

    assert done.returncode == 1
    assert done.stderr == "hourglass: [Errno 28] No space left on device\n"


@pytest.mark.parametrize("form", [Format.TABLE, Format.PLAIN])
def test_a_note_cannot_command_the_terminal(capsys, form):
    Output(form, quiet=True).line({"note": COMMANDING}, [field("note")])

    assert capsys.readouterr().out == f"{SHOWN}\n"


def test_a_warning_or_an_error_cannot_command_the_terminal(capsys):
    Output(Format.TABLE, quiet=True).warn(COMMANDING)
    Failure(COMMANDING).show()

    assert capsys.readouterr().err == f"hourglass: {SHOWN}\n" * 2


def test_news_cannot_command_the_terminal(capsys, monkeypatch):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)

    Output(Format.TABLE, quiet=False).tell(COMMANDING)

    assert capsys.readouterr().err == f"{SHOWN}\n"

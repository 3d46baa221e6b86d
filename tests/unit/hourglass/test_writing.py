"""What becomes of output that nobody reads, that cannot be written, or that would command a terminal."""

import subprocess
import sys
from pathlib import Path

from hourglass.cli.output import Format, Output, field

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


def test_a_note_cannot_command_the_terminal(capsys):
    Output(Format.TABLE, quiet=True).line({"note": "\x1b[31mred\x9b1m"}, [field("note")])

    assert capsys.readouterr().out == "\\x1b[31mred\\x9b1m\n"

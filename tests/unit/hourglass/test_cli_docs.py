"""docs/cli.md shows every command, and every command that it shows is one."""

import re
import shlex

import click
import pytest

from hourglass.cli.app import hourglass
from hourglass.cli.exits import Exit
from local.paths import ROOT

TEXT = (ROOT / "docs" / "cli.md").read_text()
SHELL = "\n".join(re.findall(r"```sh\n(.*?)```", TEXT, re.DOTALL))
SHOWN = [line.partition("hourglass ")[2] for line in SHELL.splitlines() if "hourglass " in line]


def test_every_command_is_shown():
    named = {line.split()[0] for line in SHOWN} | {"completion"}

    assert set(hourglass.commands) == named


@pytest.mark.parametrize("line", SHOWN)
def test_every_command_that_is_shown_can_be_read(line, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "targets").mkdir()
    for name in ("targets.yaml", "more.json", "homepage.json", "targets/a.yaml"):
        (tmp_path / name).write_text("[]")
    words = [word.replace("*.yaml", "a.yaml") for word in shlex.split(line, comments=True)]
    command = hourglass.commands[words[0]]

    command.make_context(words[0], words[1:], parent=click.Context(hourglass))


def test_every_command_that_answers_is_in_the_table_of_forms():
    table = TEXT[TEXT.index("| commands | in a pipe |") : TEXT.index("| exit code |")]
    listed = set(re.findall(r"`([a-z-]+)", table)) - {"json", "csv", "-o"}

    assert listed == set(hourglass.commands) - {"export", "schema", "completion"}


def test_every_exit_code_is_listed():
    listed = {int(code) for code in re.findall(r"^\| (\d+) \|", TEXT, re.MULTILINE)}

    assert listed == {int(code) for code in Exit}

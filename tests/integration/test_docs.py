"""What the docs show is so: commands can be read, code runs, targets are valid, links lead somewhere."""

import importlib.util
import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest
import yaml

from hourglass.cli.app import hourglass
from hourglass.cli.files import read_targets
from hourglass.items import check_target
from local import environments, options, reference
from local.paths import ROOT
from tests.integration.documents import PAGES, anchors, blocks, commands, links, mentioned

LANGUAGES = {"sh", "python", "json", "yaml", "mermaid", "text"}
# Commands that are other people's; whether they take what we write is not ours to test.
FOREIGN = {"aws", "sam", "pip", "jq", "git", "cd", "curl"}
FILES = ("targets.yaml", "more.json", "homepage.json", "targets/a.yaml", "a.yaml")
MAKEFILE = (ROOT / "Makefile").read_text()
# Blocks that need a stack are tried with one: by tests/e2e, and by mypy here.
NEEDS_A_STACK = ("hourglass = Hourglass()", "boto3.resource(")


def named(found):
    return [" ".join(words)[:90] for words in found]


@pytest.mark.parametrize(("path", "text"), reference.pages().items(), ids=[p.name for p in reference.pages()])
def test_what_is_made_from_the_models_is_current(path, text):
    assert path.read_text(encoding="utf-8") == text, "the models have changed: run `make reference`"


def test_every_table_that_is_made_has_a_place_in_the_docs():
    pages = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "docs").glob("*.md"))

    assert set(re.findall(r"<!-- fields of (\w+) -->", pages)) == set(reference.TABLES)


@pytest.mark.parametrize("block", blocks(), ids=lambda block: block.name)
def test_every_block_says_its_language(block):
    assert block.language in LANGUAGES


@pytest.mark.parametrize("words", commands(), ids=named(commands()))
def test_a_command_can_be_read(words, monkeypatch, tmp_path):
    (tmp_path / "targets").mkdir()
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    for name in FILES:
        (tmp_path / name).write_text("[]")
    monkeypatch.chdir(tmp_path)
    if words[0] == "hourglass":
        read_by_click([word.replace("*.yaml", "a.yaml") for word in words[1:]])
    else:
        check_foreign_or_ours(words)


@pytest.mark.parametrize("words", mentioned(), ids=named(mentioned()))
def test_a_command_in_a_sentence_is_one(words):
    if words[0] != "hourglass":
        check_foreign_or_ours(words)
        return
    context = click.Context(hourglass)
    while words[1:2] and words[1] == "--stack":
        del words[1:3]
    if not words[1:]:
        return
    command = hourglass.commands[words[1]]
    known = {option for parameter in command.get_params(context) for option in parameter.opts}
    assert {word for word in words if word.startswith("-")} <= known


def read_by_click(words):
    """Parse as the command line does, without carrying anything out."""
    with hourglass.make_context("hourglass", words) as context:
        name, command, rest = hourglass.resolve_command(context, [*context._protected_args, *context.args])
        command.make_context(name, rest, parent=context)


def check_foreign_or_ours(words):
    match words:
        case [assignment, *_] if re.match(r"[A-Z]+=", assignment):
            return
        case ["make", *rest]:
            check_make(rest)
        case ["python" | "python3", "-m", module, *rest]:
            check_module(module, rest)
        case [".ci/run"] | ["pytest", *_]:
            assert all((ROOT / word).exists() for word in words if "/" in word)
        case _:
            assert words[0] in FOREIGN, f"{words[0]} is not known to this test"


def check_make(words):
    variables = dict(word.split("=", 1) for word in words if "=" in word)
    for target in [word for word in words if "=" not in word]:
        assert re.search(rf"^{target}:", MAKEFILE, re.MULTILINE), f"there is no make {target}"
        if target == "run":
            options.parse(expanded(variables.get("ARGS", "")))
        if target == "sim":
            check_module("tests.simulation", variables.get("ARGS", "").split())
    assert all(name in MAKEFILE for name in variables)


def expanded(text):
    """Return the words that a shell makes of a text, substitutions included."""
    script = f"""for word in {text}; do printf '%s\\n' "$word"; done"""
    said = subprocess.run(["bash", "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    return said.stdout.splitlines()


def check_module(module, words):
    found = importlib.util.find_spec(module)
    assert found is not None, f"there is no module {module}"
    origin = Path(found.origin)
    source = (origin.with_name("__main__.py") if origin.name == "__init__.py" else origin).read_text()
    if "from bench.report import" in source and "main(" in source:
        source += (ROOT / "bench" / "report.py").read_text()
    if module == "local.run":
        options.parse(words)
        return
    for option in [word for word in words if word.startswith("--")]:
        assert f'"{option}"' in source, f"{module} has no {option}"


@pytest.mark.parametrize("block", blocks("json"), ids=lambda block: block.name)
def test_a_block_of_json_is_what_it_seems(block):
    shown = json.loads(block.text)

    if "json.schemas" in shown:
        assert all(set(one) == {"fileMatch", "url"} for one in shown["json.schemas"])
    else:
        assert check_target({"id": "shown", "type": "echo", **shown})


@pytest.mark.parametrize("block", blocks("yaml"), ids=lambda block: block.name)
def test_a_block_of_yaml_holds_targets_or_a_part_of_a_template(block):
    if "Resources:" in block.text or "Type: AWS::" in block.text:
        assert yaml.safe_load(block.text)
        return
    assert [check_target(entry.item) for entry in read_targets([io.StringIO(block.text)])]


@pytest.mark.parametrize("block", blocks("python"), ids=lambda block: block.name)
def test_a_block_of_python_runs(block):
    code = compile(block.text, block.page, "exec")

    if not any(part in block.text for part in NEEDS_A_STACK):
        exec(code, {"__name__": "shown"})


def test_python_that_needs_a_stack_has_the_right_types(tmp_path):
    shown = [block for block in blocks("python") if "hourglass = Hourglass()" in block.text]
    for number, block in enumerate(shown):
        (tmp_path / f"shown_{number}.py").write_text(block.text)

    found = subprocess.run(
        [sys.executable, "-m", "mypy", "--no-error-summary", "--follow-imports=silent", *sorted(tmp_path.glob("*.py"))],
        cwd=tmp_path,
        env=os.environ | {"MYPYPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert shown
    assert found.returncode == 0, found.stdout


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_leads_somewhere(page):
    here = str(page.relative_to(ROOT))

    for place, linked, anchor in links():
        if place == here:
            assert linked.exists(), f"{here} links to {linked}, which is not there"
            if anchor and linked.suffix == ".md":
                assert anchor in anchors(linked), f"{here}: {linked.name} has no heading #{anchor}"


def test_every_page_has_one_place_in_the_site():
    places = yaml.safe_load((ROOT / "mkdocs.yml").read_text())["nav"]

    assert sorted(re.findall(r"[\w-]+\.md", str(places))) == sorted(p.name for p in (ROOT / "docs").glob("*.md"))


def test_the_site_is_built_without_a_warning_and_loads_nothing_from_elsewhere(tmp_path):
    environments.make([environments.PUBLISHING], print)
    python = environments.python_of(environments.PUBLISHING)

    built = subprocess.run(
        [python, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", tmp_path / "site"],
        cwd=ROOT,
        env=os.environ | {"NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (built.returncode, built.stderr) == (0, ""), built.stderr
    pages = list((tmp_path / "site").rglob("*.html"))
    assert len(pages) > len(PAGES)
    loading = re.compile(r"""<(?:script|img|iframe)\b[^>]*\bsrc=["']?https?:|<link\b[^>]*\bhref=["']?https?:""")
    assert [str(page) for page in pages if loading.search(page.read_text())] == []

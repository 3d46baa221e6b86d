"""What is deployed: our code and its pinned dependencies of known licences, nothing else; the same bytes each time."""

import hashlib
import json
import platform
import re
import subprocess
from email.parser import Parser
from pathlib import Path

import pytest

from local import artefact
from local.audit import Audit, read
from local.interpreters import find_lambda_python
from local.paths import REQUIREMENTS, ROOT, TEMPLATE

MACHINES = {"x86_64": "x86_64", "aarch64": "arm64", "arm64": "arm64"}
OURS = {"functions", "schedule_model"}
LICENCES = (ROOT / "docs/dependencies.md").read_text().partition("| package | licence |\n|---|---|\n")[2]
TABLE = dict(re.findall(r"^\| ([\w-]+) \| (.+) \|$", LICENCES, re.MULTILINE))


def build(folder, patch):
    """Build into a folder, from scratch."""
    patch.setenv("HOURGLASS_ARCHITECTURE", MACHINES[platform.machine()])
    patch.delenv("HOURGLASS_BUILD_PYTHON", raising=False)
    patch.setattr(artefact, "LOCAL", folder / "local")
    artefact.build(folder / "built")
    return folder / "built"


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        yield build(tmp_path_factory.mktemp("artefact"), patch)


def pinned():
    names = re.findall(r"^([\w.-]+)==([\w.]+)", (REQUIREMENTS / "functions.txt").read_text(), re.MULTILINE)
    return {(name.lower().replace("_", "-"), version) for name, version in names}


def distributions(built):
    for folder in built.glob("*.dist-info"):
        metadata = Parser().parsestr((folder / "METADATA").read_text())
        yield folder, metadata["Name"].lower().replace("_", "-"), metadata


def test_it_holds_the_pinned_dependencies_and_no_other(built):
    held = {(name, metadata["Version"]) for _, name, metadata in distributions(built)}

    assert held == pinned()


def test_every_top_level_name_belongs_to_us_or_to_a_dependency(built):
    recorded = {
        line.split(",")[0].split("/")[0]
        for folder in built.glob("*.dist-info")
        for line in (folder / "RECORD").read_text().splitlines()
    }

    assert {path.name for path in built.iterdir()} - {"__pycache__"} <= OURS | recorded


def test_what_is_listed_is_there(built):
    lines = (line for folder in built.glob("*.dist-info") for line in (folder / "RECORD").read_text().splitlines())
    missing = [name for line in lines if not (built / (name := line.split(",")[0].strip('"'))).exists()]

    assert missing == []


def test_our_part_is_our_code_alone(built):
    shipped = {path.relative_to(built) for name in OURS for path in (built / name).rglob("*") if path.is_file()}
    sources = {path for path in shipped if path.suffix != ".pyc"}

    assert {path.name for path in sources if path.suffix != ".py"} == {"py.typed"}
    assert not {part for path in sources for part in path.parts} & {"tests", "docs", "events", "local", "hourglass"}


def test_only_the_services_in_use_are_described(built):
    described = {path.name for path in (built / "botocore/data").iterdir() if path.is_dir()}

    assert described == set(artefact.KEPT_SERVICES)


def licence(metadata):
    said = metadata["License-Expression"] or metadata["License"]
    return said.strip()


def test_every_licence_is_known(built):
    said = {name: licence(metadata) for _, name, metadata in distributions(built)}

    assert said.keys() == TABLE.keys()
    for name, text in said.items():
        assert TABLE[name] == text or f'("{text}")' in TABLE[name], f"{name} says {text!r}"


def test_every_dependency_is_pinned_by_its_hashes():
    text = (REQUIREMENTS / "functions.txt").read_text()

    for entry in re.split(r"^(?=[\w-])", text, flags=re.MULTILINE)[1:]:
        assert "--hash=sha256:" in entry, entry.splitlines()[0]


def digest(folder):
    """Return a digest of every name, mode, time and byte, which are what a zip of the folder is made of."""
    found = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        status = path.stat()
        content = path.read_bytes() if path.is_file() else b""
        found.update(f"{path.relative_to(folder)} {status.st_mode} {int(status.st_mtime)}".encode() + content)
    return found.hexdigest()


def test_two_builds_have_the_same_bytes(built, tmp_path, monkeypatch):
    assert digest(build(tmp_path, monkeypatch)) == digest(built)


@pytest.mark.parametrize("step", ["planner", "dispatcher", "sweeper", "executor", "api"])
def test_a_function_is_imported_with_nothing_but_its_artefact(built, step):
    python = find_lambda_python()
    if python is None:
        pytest.skip("this machine has no Python of the functions' version; name one in HOURGLASS_PYTHON")
    code = f"""
import sys; sys.path.insert(0, {str(built)!r})
import functions.{step}.app as app
outside = [name for name, module in sys.modules.items()
           if (path := getattr(module, '__file__', None)) and 'site-packages' in path]
assert callable(app.lambda_handler) and not outside, outside
"""
    done = subprocess.run([python, "-I", "-S", "-B", "-c", code], cwd="/", capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr


def test_the_handlers_are_those_of_the_template(built):
    for handler in re.findall(r"Handler: (\S+)", TEMPLATE.read_text()):
        assert (built / Path(*handler.split(".")[:-1])).with_suffix(".py").exists()


def test_a_dependency_that_was_not_asked_about_is_not_taken_for_clean():
    bad = {"id": "CVE-1", "fix_versions": ["2.0"], "aliases": [], "description": ""}
    report = [
        {"name": "a", "version": "1.0", "vulns": []},
        {"name": "b", "version": "1.0", "vulns": [bad]},
        {"name": "c", "skip_reason": "not found"},
    ]

    audit = read(json.dumps({"dependencies": report, "fixes": []}))

    assert audit == Audit(("a 1.0",), ("b 1.0: CVE-1, mended in 2.0",), ("c: not found",))

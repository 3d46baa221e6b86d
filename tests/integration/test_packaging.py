"""What a user gets from the wheel: the command, the types, nothing beside them; and one version everywhere."""

import json
import os
import re
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest

from functions.api.opening import INFO
from hourglass.cli.app import hourglass
from local import environments
from local.paths import ROOT
from local.template_check import transformed
from schedule_model.version import USER_AGENT, VERSION

SITE_PACKAGES = next(path for path in map(Path, sys.path) if path.name == "site-packages")
CONSUMER = """
from datetime import UTC, datetime
from hourglass import Hourglass, TargetFilter
from schedule_model import next_runs

reveal_type(next_runs("rate(5 minutes)", after=datetime(2026, 1, 1, tzinfo=UTC)))
reveal_type(Hourglass)
next_runs(5)
"""


def run(*command, **options):
    return subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False, **options)


def build(source, folder):
    environments.make([environments.PUBLISHING], print)
    hatchling = environments.python_of(environments.PUBLISHING).with_name("hatchling")
    built = run(hatchling, "build", "-d", folder, cwd=source)
    assert built.returncode == 0, built.stderr
    (wheel,), (sdist,) = folder.glob("*.whl"), folder.glob("*.tar.gz")
    return wheel, sdist


@pytest.fixture(scope="module")
def packages(tmp_path_factory):
    """The wheel and the source distribution of this checkout."""
    return build(ROOT, tmp_path_factory.mktemp("dist"))


@pytest.fixture(scope="module")
def installed(packages, tmp_path_factory):
    """A new environment with the wheel in it, its dependencies lent by ours."""
    venv = tmp_path_factory.mktemp("venv")
    assert run(sys.executable, "-m", "venv", "--without-pip", venv).returncode == 0
    python = venv / "bin" / "python"
    options = ("--no-deps", "--no-index", "--quiet", "--disable-pip-version-check")
    done = run(sys.executable, "-m", "pip", "--python", python, "install", *options, packages[0])
    assert done.returncode == 0, done.stderr
    (own,) = venv.glob("lib/python*/site-packages")
    (own / "lent.pth").write_text(f"{SITE_PACKAGES}\n")
    return venv


def test_the_command_works_away_from_the_checkout(installed, tmp_path):
    command, clean = installed / "bin" / "hourglass", {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}

    version = run(command, "--version", cwd=tmp_path, env=clean)
    following = run(command, "next", "rate(5 minutes)", "-n", "2", cwd=tmp_path, env=clean)
    schema = run(command, "schema", cwd=tmp_path, env=clean)

    assert version.stdout == f"{VERSION}\n"
    assert len(following.stdout.splitlines()) == 2, following.stderr
    assert '"github_users"' in schema.stdout


def test_a_target_of_each_type_is_checked_away_from_the_checkout(installed, tmp_path):
    examples = sorted((ROOT / "examples").glob("*.json"))

    checked = run(installed / "bin" / "hourglass", "check", *examples, cwd=tmp_path)

    assert checked.returncode == 0, checked.stdout
    assert checked.stdout.count("\tok\t") == len(examples)


@pytest.mark.parametrize(
    ("target", "folder"),
    [
        ({"type": "countdown"}, "hourglass/_functions/runners;"),
        ({"type": "python", "params": {"function": "discount"}}, "hourglass/_functions/runners/python_functions/;"),
    ],
)
def test_a_runner_that_only_the_checkout_has_is_refused_with_the_folder_of_the_installed_ones(
    installed, tmp_path, target, folder
):
    (tmp_path / "mine.json").write_text(json.dumps({"id": "mine", "schedule": "@daily", **target}))

    checked = run(installed / "bin" / "hourglass", "check", "mine.json", cwd=tmp_path)

    assert folder in checked.stdout + checked.stderr


def test_a_folder_of_the_users_that_is_called_functions_does_no_harm(installed, tmp_path):
    (tmp_path / "functions").mkdir()
    (tmp_path / "functions" / "__init__.py").write_text("raise RuntimeError('not yours')\n")

    done = run(installed / "bin" / "python", "-m", "hourglass", "next", "@daily", "-n", "1", cwd=tmp_path)

    assert done.returncode == 0, done.stderr


def test_the_wheel_holds_two_packages_and_nothing_beside_them(packages):
    names = zipfile.ZipFile(packages[0]).namelist()

    assert {name.split("/")[0] for name in names if ".dist-info" not in name} == {"hourglass", "schedule_model"}
    assert {"hourglass/py.typed", "schedule_model/py.typed"} <= set(names)
    assert [name for name in names if not name.endswith((".py", "py.typed")) and ".dist-info/" not in name] == []
    assert [name for name in names if name.endswith("/app.py")] == ["hourglass/cli/app.py"]


def test_no_import_in_the_wheel_reaches_for_a_package_called_functions(packages):
    with zipfile.ZipFile(packages[0]) as wheel:
        sources = {name: wheel.read(name).decode() for name in wheel.namelist() if name.endswith(".py")}

    assert [
        name for name, text in sources.items() if re.search(r"^\s*(from|import) functions\b", text, re.MULTILINE)
    ] == []


def test_the_source_distribution_holds_what_a_wheel_is_built_from_and_no_more(packages, tmp_path):
    with tarfile.open(packages[1]) as sdist:
        names = [name.split("/", 1)[1] for name in sdist.getnames()]
        # Of our own making; `filter` came with Python 3.11.4, and Debian's is older.
        sdist.extractall(tmp_path)
    (unpacked,) = tmp_path.iterdir()

    known = {"schedule_model", "functions", "hourglass", "hatch_build.py", "README.md", "CHANGELOG.md", "LICENSE"}
    assert {name.split("/")[0] for name in names} == known | {".gitignore", "pyproject.toml", "PKG-INFO"}
    assert [name for name in names if "__pycache__" in name or name.endswith((".pyc", "Makefile"))] == []
    (tmp_path / "again").mkdir()
    again, _ = build(unpacked, tmp_path / "again")
    assert zipfile.ZipFile(again).namelist() == zipfile.ZipFile(packages[0]).namelist()


def test_a_consumer_sees_the_types(installed, tmp_path):
    (tmp_path / "consumer.py").write_text(CONSUMER)
    python = installed / "bin" / "python"

    told = run(
        *(SITE_PACKAGES.parents[2] / "bin" / "mypy", "--strict", "--python-executable", python, "consumer.py"),
        cwd=tmp_path,
    ).stdout

    assert 'Revealed type is "list[datetime.datetime]"' in told
    assert "hourglass.client.Hourglass" in told
    assert 'Argument 1 to "next_runs" has incompatible type "int"' in told
    assert "import-untyped" not in told
    assert "import-not-found" not in told


def test_there_is_one_version(packages):
    metadata = [name for name in zipfile.ZipFile(packages[0]).namelist() if name.endswith("/METADATA")]
    text = zipfile.ZipFile(packages[0]).read(metadata[0]).decode()

    assert re.fullmatch(r"\d+\.\d+\.\d+", VERSION)
    assert f"\nVersion: {VERSION}\n" in text
    assert transformed()["Metadata"]["Hourglass"] == {"Version": VERSION}
    assert f"hourglass/{VERSION}" == USER_AGENT
    assert INFO["version"] == VERSION
    assert "version" in {parameter.name for parameter in hourglass.params}


def test_what_the_wheel_needs_starts_at_what_is_tested():
    pinned = dict(re.findall(r"^(\S+)==(\S+) ", (ROOT / "requirements" / "dev.txt").read_text(), re.MULTILINE))
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    needs = re.findall(r"([\w-]+)>=([^, ]+)", " ".join(declared))

    assert len(needs) == 7
    assert {name.lower(): least for name, least in needs} == {name.lower(): pinned[name.lower()] for name, _ in needs}


@pytest.mark.e2e
def test_pip_finds_all_that_the_wheel_needs(packages, tmp_path):
    assert run(sys.executable, "-m", "venv", tmp_path / "venv").returncode == 0

    install = run(tmp_path / "venv" / "bin" / "pip", "install", "--quiet", packages[0])

    assert install.returncode == 0, install.stderr
    done = run(tmp_path / "venv" / "bin" / "hourglass", "next", "cron(0 9 ? * MON-FRI *)", cwd=tmp_path)
    assert len(done.stdout.splitlines()) == 10, done.stderr

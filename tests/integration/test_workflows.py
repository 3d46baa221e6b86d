"""The files in .github: valid, pinned, and running the commands that anybody runs."""

import re
import shlex
import subprocess

import pytest
import yaml

from local import environments
from local.failure import LocalError
from local.paths import ROOT
from local.release_notes import notes, version_of
from schedule_model.version import VERSION
from tests.replay.base_image import image_name

GITHUB = ROOT / ".github"
WORKFLOWS = sorted((GITHUB / "workflows").glob("*.yml"))
SCHEMAS = {
    "vendor.github-workflows": WORKFLOWS,
    "vendor.dependabot": [GITHUB / "dependabot.yml"],
    "vendor.github-issue-forms": [GITHUB / "ISSUE_TEMPLATE" / name for name in ("bug.yml", "idea.yml")],
    "vendor.github-issue-config": [GITHUB / "ISSUE_TEMPLATE" / "config.yml"],
}
CHANGELOG = """# Changelog

## Unreleased

### Added
- Not yet.

## 1.2.3 - 2026-11-20

### Added
- Something [new](docs/new.md).

### Fixed
- Something old.

## 1.2.2 - 2026-11-01

- Older.

## 1.2.1 - 2026-10-01
"""


def steps(path):
    jobs = yaml.safe_load(path.read_text())["jobs"].values()
    return [step for job in jobs for step in job["steps"]]


def commands(path):
    return [line for step in steps(path) for line in step.get("run", "").splitlines() if line.strip()]


@pytest.mark.parametrize("schema", SCHEMAS)
def test_a_file_is_valid_by_githubs_schema(schema):
    environments.make([environments.PUBLISHING], print)
    checker = environments.python_of(environments.PUBLISHING).with_name("check-jsonschema")

    checked = subprocess.run(
        [checker, "--builtin-schema", schema, *SCHEMAS[schema]], capture_output=True, text=True, check=False
    )

    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_every_action_is_pinned_to_one_release(path):
    used = [step["uses"] for step in steps(path) if "uses" in step]

    assert [action for action in used if not re.fullmatch(r"[\w.-]+/[\w./-]+@v\d+\.\d+\.\d+", action)] == []


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_may_read_and_no_more_unless_a_job_says_so(path):
    workflow = yaml.safe_load(path.read_text())

    assert workflow["permissions"] == {"contents": "read"}
    assert all("timeout-minutes" in job for job in workflow["jobs"].values())


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_no_expression_of_githubs_is_put_into_a_script(path):
    assert [line for line in commands(path) if "${{" in line] == []


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_every_command_is_one_that_is_there(path):
    makefile = (ROOT / "Makefile").read_text()

    for line in commands(path):
        match shlex.split(line):
            case ["make", target, *variables]:
                assert re.search(rf"^{target}:", makefile, re.MULTILINE), line
                assert all(variable.partition("=")[0] in makefile for variable in variables), line
            case ["python", "-m", module, *_]:
                assert (ROOT / f"{module.replace('.', '/')}.py").exists(), line
            case [".ci/run" as script] | ["sudo", ".ci/clean-machine" as script]:
                assert (ROOT / script).stat().st_mode & 0o111
            case ["sudo", "apt-get", *_]:
                pass
            case [name, *_]:
                assert name in {"mv", "rm", "gh", "docker", "npm", "echo"}, line


def test_a_merge_and_a_release_need_what_everybody_runs():
    for name in ("ci.yml", "release.yml"):
        assert ".ci/run" in commands(GITHUB / "workflows" / name), name


def test_a_merge_needs_the_replay_in_containers_and_a_clean_machine_as_well():
    needed = commands(GITHUB / "workflows" / "ci.yml")

    assert 'make replay ARGS="--on containers"' in needed
    assert "sudo .ci/clean-machine" in needed


def test_the_image_that_the_replay_is_given_is_the_one_that_it_looks_for():
    (pulled,) = [line for line in commands(GITHUB / "workflows" / "ci.yml") if line.startswith("docker pull")]

    assert pulled.split()[-1] == image_name("x86_64")


def test_the_oldest_python_that_we_take_is_tried():
    ci = yaml.safe_load((GITHUB / "workflows" / "ci.yml").read_text())
    oldest = re.search(r'^requires-python = ">=(.+)"', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)[1]

    assert oldest in ci["jobs"]["test"]["strategy"]["matrix"]["python"]


def test_the_notes_of_a_release_are_its_section_of_the_changelog():
    assert notes(CHANGELOG, "1.2.3") == ("### Added\n- Something [new](docs/new.md).\n\n### Fixed\n- Something old.\n")
    assert notes(CHANGELOG, "1.2.2") == "- Older.\n"


@pytest.mark.parametrize(("version", "problem"), [("1.2.4", "has no section"), ("1.2.1", "says nothing about 1.2.1")])
def test_a_release_that_the_changelog_does_not_tell_of_is_refused(version, problem):
    with pytest.raises(LocalError, match=problem):
        notes(CHANGELOG, version)


def test_a_tag_is_taken_only_if_the_code_is_of_that_version():
    assert version_of(f"v{VERSION}") == VERSION
    for tag in ("v99.0.0", VERSION, f"v{VERSION}-rc1", "v1"):
        with pytest.raises(LocalError, match="tag"):
            version_of(tag)


def test_the_changelog_keeps_the_form_that_releases_are_made_from():
    headings = re.findall(r"^## (.+)$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)

    assert headings[0] == "Unreleased"
    assert all(re.fullmatch(r"\d+\.\d+\.\d+ - \d{4}-\d{2}-\d{2}", heading) for heading in headings[1:])

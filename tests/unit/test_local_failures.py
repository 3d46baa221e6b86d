"""What `make run` and every other command say where `.local` cannot be used."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from local.failure import line_of
from local.paths import LOCAL, ROOT


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout in which nothing was made yet."""
    for name in ("local", "requirements"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def told_by(checkout: Path, *command: str) -> str:
    done = subprocess.run([sys.executable, "-m", *command], cwd=checkout, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    return done.stderr


@pytest.mark.parametrize("command", [("local.run",), ("local.environments", "project")])
def test_a_file_called_dot_local_is_told_with_what_to_do(checkout: Path, command: tuple[str, ...]) -> None:
    (checkout / ".local").touch()

    told = told_by(checkout, *command)

    assert told == f"hourglass: {checkout / '.local'} is no folder; remove it or move it away\n"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
@pytest.mark.parametrize("command", [("local.run",), ("local.environments", "project")])
def test_a_folder_that_is_not_ours_is_told_with_what_to_do(checkout: Path, command: tuple[str, ...]) -> None:
    (checkout / ".local").mkdir(mode=0o500)

    assert "is closed to you; make" in told_by(checkout, *command)


@pytest.mark.parametrize("path", [LOCAL, LOCAL / "run.lock"])
def test_what_another_user_made_is_told_with_what_to_do(path: Path) -> None:
    assert line_of(PermissionError(13, "Permission denied", str(path))).startswith(f"{path} is closed to you; make")


def test_any_other_error_speaks_for_itself() -> None:
    error = PermissionError(13, "Permission denied", "/elsewhere")

    assert line_of(error) == str(error)

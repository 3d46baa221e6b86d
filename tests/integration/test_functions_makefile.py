"""The makefile with which SAM builds each function."""

import shutil
import subprocess
from pathlib import Path

from local.paths import ROOT


def test_a_python_in_a_folder_with_a_space_builds_a_function(tmp_path: Path) -> None:
    python, artifacts = tmp_path / "my projects" / "python", tmp_path / "a b"
    python.parent.mkdir()
    python.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
    python.chmod(0o755)
    make = shutil.which("make")
    assert make is not None

    told = subprocess.run(
        [
            make,
            "-C",
            str(ROOT / "functions"),
            "build-PlannerFunction",
            f"PYTHON={python}",
            f"ARTIFACTS_DIR={artifacts}",
        ],
        capture_output=True,
        text=True,
        check=True,
    )

    assert [line for line in told.stdout.splitlines() if not line.startswith("make")] == [
        "-m",
        "local.artefact",
        str(artifacts),
    ]

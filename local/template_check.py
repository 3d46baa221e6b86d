"""Checks template.yaml as deployed: transformed by SAM's translator, then linted; each finds what the other misses."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from cfnlint.decode.cfn_yaml import loads  # type: ignore[import-untyped]
from samtranslator.translator.transform import transform  # type: ignore[import-untyped]

from local.paths import TEMPLATE

REGION = "us-east-1"


class _NoManagedPolicies:
    """Stands in for the lookup of AWS's managed policies, for the template names none."""

    def load(self) -> dict[str, str]:
        return {}


def transformed() -> dict[str, Any]:
    """Return the template as CloudFormation sees it: without any SAM resource."""
    os.environ.setdefault("AWS_DEFAULT_REGION", REGION)
    source = json.loads(json.dumps(loads(TEMPLATE.read_text())))
    # What `sam package` puts there; the translator wants to know where the code is.
    source["Globals"]["Function"]["CodeUri"] = "s3://bucket/key"
    result: dict[str, Any] = transform(source, {}, _NoManagedPolicies())
    return result


def findings() -> str:
    """Return what cfn-lint finds in the template, before and after the transform; empty if nothing."""
    with tempfile.TemporaryDirectory() as folder:
        expanded = Path(folder) / "transformed.json"
        expanded.write_text(json.dumps(transformed(), indent=2))
        return "".join(_lint(path) for path in (TEMPLATE, expanded))


def _lint(path: Path) -> str:
    command = [str(Path(sys.executable).with_name("cfn-lint")), "--regions", REGION, "--", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else done.stdout + done.stderr


if __name__ == "__main__":
    found = findings()
    print(found or "template.yaml: nothing found, before and after SAM's transform")
    sys.exit(bool(found))

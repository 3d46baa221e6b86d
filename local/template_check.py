"""Checks template.yaml as written and as deployed: each check finds what the others miss.

`sam validate`, with and without its linter, reads it as `sam deploy` does; cfn-lint reads it before and after SAM's
translator has turned it into plain CloudFormation.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from cfnlint.decode.cfn_yaml import loads  # type: ignore[import-untyped]
from samtranslator.translator.transform import transform  # type: ignore[import-untyped]

from local import environments
from local.failure import LocalError
from local.paths import TEMPLATE
from local.sam_cli import run_sam

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


def sam_findings(options: Sequence[str] = ()) -> str:
    """Return what `sam validate` has against the template; empty if nothing."""
    profile = ["--config-env", "local", "--region", REGION]
    try:
        run_sam(["validate", "--template-file", str(TEMPLATE), *profile, *options], {})
    except LocalError as error:
        return f"{error}\n"
    return ""


def main() -> int:
    """Tell what is found; return the exit code."""
    environments.make([environments.SAM], lambda line: print(line, file=sys.stderr))
    with ThreadPoolExecutor(2) as threads:
        checks = [threads.submit(findings), threads.submit(sam_findings), threads.submit(sam_findings, ["--lint"])]
        found = "".join(check.result() for check in checks)
    print(found or "template.yaml: nothing found by SAM, nor by cfn-lint before and after SAM's transform")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())

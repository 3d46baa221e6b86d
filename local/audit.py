"""Asks the advisory database about everything that runs on Lambda; says so where it cannot be reached.

python -m local.audit    exit code 0: nothing is known; 1: something is; 3: not asked, or not about all of it
"""

import json
import subprocess
import sys
from dataclasses import dataclass

from local import environments
from local.failure import LocalError
from local.paths import REQUIREMENTS

NOT_ASKED = 3
PINS = REQUIREMENTS / "functions.txt"


@dataclass(frozen=True, slots=True)
class Audit:
    """What the database says.

    Attributes:
        clean: dependencies of which it knows nothing bad.
        known: advisories, each with its dependency and the versions that mend it.
        unknown: dependencies that it was not asked about, each with the reason.
    """

    clean: tuple[str, ...] = ()
    known: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


def read(report: str) -> Audit:
    """Return what pip-audit's JSON report says; a dependency that it skipped counts as not asked about."""
    clean: list[str] = []
    known: list[str] = []
    unknown: list[str] = []
    for one in json.loads(report)["dependencies"]:
        name = f"{one['name']} {one.get('version', '')}".strip()
        if "skip_reason" in one:
            unknown.append(f"{name}: {one['skip_reason']}")
            continue
        advisories = [f"{name}: {bad['id']}, mended in {', '.join(bad['fix_versions'])}" for bad in one["vulns"]]
        known.extend(advisories)
        if not advisories:
            clean.append(name)
    return Audit(tuple(clean), tuple(known), tuple(unknown))


def main() -> int:
    """Tell what is known of each pinned dependency; return the exit code."""
    try:
        environments.make([environments.AUDIT], lambda line: print(line, file=sys.stderr))
    except LocalError as error:
        return _not_asked(str(error))
    program = str(environments.python_of(environments.AUDIT).with_name("pip-audit"))
    options = ["--require-hashes", "--disable-pip", "--progress-spinner", "off", "--timeout", "20", "--format", "json"]
    done = subprocess.run([program, "-r", str(PINS), *options], capture_output=True, text=True, check=False)
    try:
        audit = read(done.stdout)
    except (ValueError, KeyError):
        return _not_asked(done.stderr.strip().rpartition("\n")[2] or "pip-audit said nothing")
    for advisory in audit.known:
        print(f"ADVISORY  {advisory}", file=sys.stderr)
    if audit.known:
        return 1
    if audit.unknown:
        return _not_asked(f"{len(audit.unknown)} dependencies, the first is {audit.unknown[0]}")
    print(f"nothing is known against {len(audit.clean)} dependencies: {', '.join(audit.clean)}")
    return 0


def _not_asked(reason: str) -> int:
    print(f"NOT AUDITED: the advisory database could not be asked about {reason[:300]}", file=sys.stderr)
    return NOT_ASKED


if __name__ == "__main__":
    sys.exit(main())

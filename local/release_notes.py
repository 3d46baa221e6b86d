"""Prints the notes of a release: `python -m local.release_notes v1.2.3`; refuses a tag that is not the code's version.

Needs nothing but Python: it runs before anything is installed.
"""

import re
import sys
from collections.abc import Sequence

from local.failure import LocalError
from local.paths import ROOT

VERSION = re.findall(r'^VERSION = "(.+)"', (ROOT / "schedule_model" / "version.py").read_text(), re.MULTILINE)[0]
_TAG = re.compile(r"v(\d+\.\d+\.\d+)")


def notes(changelog: str, version: str) -> str:
    """Return what a changelog says about a version, without its heading.

    Raises:
        LocalError: it has no section `## VERSION - YYYY-MM-DD`, or nothing in it.
    """
    heading = re.compile(rf"^## \[?{re.escape(version)}\]? - \d{{4}}-\d{{2}}-\d{{2}}\s*$", re.MULTILINE)
    found = heading.search(changelog)
    if found is None:
        raise LocalError(f"CHANGELOG.md has no section `## {version} - YYYY-MM-DD`; rename Unreleased to it")
    section = re.split(r"^## ", changelog[found.end() :], maxsplit=1, flags=re.MULTILINE)[0].strip()
    if not section:
        raise LocalError(f"CHANGELOG.md says nothing about {version}; write what users see")
    return f"{section}\n"


def version_of(tag: str) -> str:
    """Return the version that a tag names.

    Raises:
        LocalError: it is not of the form v1.2.3, or not the version of this code.
    """
    found = _TAG.fullmatch(tag)
    if found is None:
        raise LocalError(f"{tag} is no tag of a release; write one such as v{VERSION}")
    if found[1] != VERSION:
        raise LocalError(
            f"{tag} is not the version of this code, {VERSION}; change schedule_model/version.py or the tag"
        )
    return found[1]


def main(arguments: Sequence[str]) -> int:
    """Print the notes of the tag that is given, and return the exit code."""
    try:
        print(notes((ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), version_of(arguments[0])), end="")
    except LocalError as error:
        print(f"hourglass: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

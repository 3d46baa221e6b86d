"""What the docs hold that can be tried: code blocks, commands, links and headings."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from local.paths import ROOT

PAGES = [
    *sorted((ROOT / "docs").rglob("*.md")),
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md", "events/README.md")),
]
# tests/e2e/test_api.py hands this page's blocks to a shell.
RUN_AS_A_WHOLE = {"docs/api.md"}
_FENCE = re.compile(r"^ *```(\S*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"!?\]\((?!https?:|mailto:)([^)#\s]*)(?:#([^)\s]*))?\)")


@dataclass(frozen=True)
class Block:
    """A fenced block: its page, what it calls itself, and its text."""

    page: str
    language: str
    text: str

    @property
    def name(self) -> str:
        """Return what tells it in a test's name."""
        return f"{self.page}: {self.text.partition(chr(10))[0][:60]}"


def blocks(*languages: str) -> list[Block]:
    """Return the blocks in these languages, of all pages; all blocks if none is named."""
    found = [
        Block(str(path.relative_to(ROOT)), language, text)
        for path in PAGES
        for language, text in _FENCE.findall(path.read_text(encoding="utf-8"))
    ]
    return [block for block in found if not languages or block.language in languages]


def commands() -> list[list[str]]:
    """Return every command of the shell blocks, as words; one of several in a line for itself.

    Those of `RUN_AS_A_WHOLE` are left out: a test runs them as they stand.
    """
    found: list[list[str]] = []
    for block in [one for one in blocks("sh") if one.page not in RUN_AS_A_WHOLE]:
        for words in _logical_lines(block.text):
            found.append([])
            for word in words:
                if word in ("&&", "|"):
                    found.append([])
                else:
                    found[-1].append(word)
    return [words for words in found if words]


def mentioned() -> list[list[str]]:
    """Return every command within a sentence, such as `make run`, as words."""
    found = []
    for path in PAGES:
        prose = _FENCE.sub("", path.read_text(encoding="utf-8"))
        found += re.findall(r"`((?:hourglass|make|python3? -m) [^`]+)`", prose)
    return [shlex.split(text) for text in dict.fromkeys(found) if "|" not in text]


def links() -> list[tuple[str, Path, str]]:
    """Return each link within the repository: its page, the file it leads to, and the heading, if any."""
    found = []
    for path in PAGES:
        for target, anchor in _LINK.findall(_FENCE.sub("", path.read_text(encoding="utf-8"))):
            linked = (path.parent / target).resolve() if target else path
            found.append((str(path.relative_to(ROOT)), linked, anchor))
    return found


@cache
def anchors(path: Path) -> frozenset[str]:
    """Return the names under which the headings of a page can be linked to."""
    headings = re.findall(r"^#+ (.*)$", _FENCE.sub("", path.read_text(encoding="utf-8")), re.MULTILINE)
    plain = [re.sub(r"[^\w\s-]", "", heading).strip().lower() for heading in headings]
    return frozenset(re.sub(r"\s", "-", heading) for heading in plain)


def _logical_lines(text: str) -> Iterator[list[str]]:
    """Yield the words of each line, with those that follow where it ends within a quoted text."""
    waiting = ""
    for line in text.replace("\\\n", " ").splitlines():
        waiting += f"{line}\n"
        try:
            words = shlex.split(waiting, comments=True)
        except ValueError:
            continue
        waiting = ""
        yield words
    assert not waiting, f"a quote is never closed: {waiting}"

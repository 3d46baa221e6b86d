"""Hooks of mkdocs (mkdocs.yml): links out of docs/ lead to pages made of those files, and ADRs find their place.

The pages in docs/ link to code, tests and examples as they lie in the repository, so that the links work where the
repository is read. In the site each such file becomes a page under source/, so that they work there too, offline.
"""

import posixpath
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

# mkdocs lives in an environment of its own (requirements/publishing.txt).
from mkdocs.structure.files import File, Files

SOURCE = "source/"
LANGUAGES = {".py": "python", ".yaml": "yaml", ".toml": "toml", ".json": "json", ".sh": "sh", ".js": "javascript"}
WRITTEN_ELSEWHERE = ("api.md", "operations.md", "performance.md")
"""Pages that the navigation has room for and that need not be there."""

_LINK = re.compile(r"(?<!!)\]\((?!https?:|#|mailto:)([^)#\s]+)(#[^)\s]*)?\)")
_FENCE = re.compile(r"^(```+|~~~+).*?^\1$", re.MULTILINE | re.DOTALL)


def on_config(config: Any) -> Any:
    """Put the ADRs into the navigation, and leave out pages that are not written."""
    docs = Path(config["docs_dir"])
    config["nav"] = [_entry(entry, docs) for entry in config["nav"]]
    return config


def on_files(files: Files, config: Any) -> Files:
    """Add a page for every file that a page links to outside of docs/, and for those that they link to in turn."""
    root = _root(config)
    waiting = [(f"docs/{file.src_uri}", root / "docs" / file.src_uri) for file in files.documentation_pages()]
    seen: set[str] = set()
    while waiting:
        place, path = waiting.pop()
        for linked in _links(path.read_text(encoding="utf-8"), place):
            if linked.startswith("docs/") or linked in seen or not (root / linked).exists():
                continue
            seen.add(linked)
            files.append(File.generated(config, page_of(linked, root), content=_content(root / linked, linked)))
            if linked.endswith(".md"):
                waiting.append((linked, root / linked))
    return files


def on_page_markdown(markdown: str, page: Any, config: Any, files: Files) -> str:
    """Turn links into the repository into links within the site."""
    uri = page.file.src_uri
    place = uri.removeprefix(SOURCE) if uri.startswith(SOURCE) else f"docs/{uri}"
    root = _root(config)

    def within(match: re.Match[str]) -> str:
        linked = _resolved(match[1], place)
        if not (root / linked).exists():
            return match[0]
        target = linked.removeprefix("docs/") if linked.startswith("docs/") else page_of(linked, root)
        if (root / linked).is_dir() and linked.startswith("docs"):
            target = next(file.src_uri for file in files.documentation_pages() if file.src_uri.startswith(target))
        return f"]({posixpath.relpath(target, posixpath.dirname(uri) or '.')}{match[2] or ''})"

    return _outside_fences(markdown, within)


def page_of(path: str, root: Path) -> str:
    """Return where in the site the page of a file or folder of the repository is."""
    if path.endswith(".md"):
        return f"{SOURCE}{path}"
    return f"{SOURCE}{path}/files.md" if (root / path).is_dir() else f"{SOURCE}{path}.md"


def _entry(entry: Any, docs: Path) -> Any:
    match entry:
        case {"Decisions": str(folder)}:
            return {
                "Decisions": [{_title(path): f"{folder}/{path.name}"} for path in sorted((docs / folder).iterdir())]
            }
        case dict():
            return {title: _section(pages, docs) for title, pages in entry.items()}
        case _:
            return entry


def _section(pages: Any, docs: Path) -> Any:
    if not isinstance(pages, list):
        return pages
    absent = {name for name in WRITTEN_ELSEWHERE if not (docs / name).exists()}
    return [page for page in pages if not absent.intersection(page.values())]


@cache
def _title(path: Path) -> str:
    return path.read_text(encoding="utf-8").partition("\n")[0].removeprefix("# ").replace("`", "")


def _links(markdown: str, place: str) -> Iterator[str]:
    for match in _LINK.finditer(_FENCE.sub("", markdown)):
        yield _resolved(match[1], place)


def _resolved(link: str, place: str) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(place), link))


def _outside_fences(markdown: str, replace: Any) -> str:
    """Return markdown with its links replaced, but for those that are shown as code."""
    parts, end = [], 0
    for fence in _FENCE.finditer(markdown):
        parts += [_LINK.sub(replace, markdown[end : fence.start()]), fence[0]]
        end = fence.end()
    return "".join([*parts, _LINK.sub(replace, markdown[end:])])


def _content(path: Path, name: str) -> str:
    hidden = "---\nsearch: {exclude: true}\n---\n"
    if name.endswith(".md"):
        return hidden + path.read_text(encoding="utf-8")
    if path.is_dir():
        found = [one for one in sorted(path.rglob("*")) if one.is_file() and "__pycache__" not in one.parts]
        blocks = [f"## {one.relative_to(path)}\n\n{_code(one)}" for one in found]
        return f"{hidden}# {name}\n\n" + "\n".join(blocks)
    return f"{hidden}# {name}\n\n{_code(path)}"


def _code(path: Path) -> str:
    return f"````{LANGUAGES.get(path.suffix, 'text')}\n{path.read_text(encoding='utf-8').rstrip()}\n````\n"


def _root(config: Any) -> Path:
    return Path(config["docs_dir"]).parent

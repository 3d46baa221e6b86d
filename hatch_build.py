"""Makes the wheel's files: site-packages gets `hourglass` and `schedule_model`, and no `functions` (ADR 0007).

The client shares the adapters and the runners' params with the Lambda functions. In a wheel they are
`hourglass._functions`, and every import of them says so; what only Lambda runs, folders with an app.py, stays out.
"""

import re
import shutil
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

SHARED = "functions"
INSIDE = "hourglass._functions"
_IMPORT = re.compile(rf"^(\s*)(from|import) {SHARED}\b", re.MULTILINE)
_PLAIN_IMPORT = re.compile(rf"^\s*import {SHARED}\b", re.MULTILINE)


class WheelHook(BuildHookInterface[Any]):
    """Adds `hourglass` with `functions` inside it to a wheel; an editable one is the checkout as it is."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Name the files of a standard wheel."""
        if version == "editable":
            return
        self._folder = tempfile.TemporaryDirectory()
        made, root = Path(self._folder.name), Path(self.root)
        for name, into in (("hourglass", "hourglass"), (SHARED, INSIDE.replace(".", "/"))):
            for source in sorted((root / name).rglob("*")):
                if _is_shipped(source, root / name):
                    _write(source, made / into / source.relative_to(root / name))
        build_data["force_include"][str(made / "hourglass")] = "hourglass"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Remove the folder in which the files were made."""
        if version != "editable":
            self._folder.cleanup()


def _is_shipped(source: Path, top: Path) -> bool:
    folders = [folder for folder in source.parents if folder.is_relative_to(top)]
    is_step = any((folder / "app.py").exists() and folder.parent.name == SHARED for folder in folders)
    return source.is_file() and (source.suffix == ".py" or source.name == "py.typed") and not is_step


def _write(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    text = source.read_text(encoding="utf-8")
    if _PLAIN_IMPORT.search(text):
        raise ValueError(f"{source}: `import {SHARED}…` binds a name that a wheel does not have; write `from … import`")
    target.write_text(_IMPORT.sub(rf"\1\2 {INSIDE}", text), encoding="utf-8")
    shutil.copystat(source, target)

"""What cannot be mended here and is told in one line."""

from pathlib import Path

from local.paths import LOCAL


class LocalError(Exception):
    """The machine lacks something; the message is one line that says what to change."""


def line_of(error: Exception) -> str:
    """Return the line to tell of an error: what to do where `.local` is not as we need it, else the error's own."""
    if isinstance(error, FileExistsError | NotADirectoryError) and not LOCAL.is_dir():
        return f"{LOCAL} is no folder; remove it or move it away"
    if isinstance(error, PermissionError) and LOCAL in (path := Path(str(error.filename)), *path.parents):
        return f"{path} is closed to you; make {LOCAL} yours (sudo chown -R) and writable (chmod -R u+w), or remove it"
    return str(error)

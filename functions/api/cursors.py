"""Cursors: where a listing goes on. Callers hand them back as they got them and read nothing into them."""

import base64
import binascii
import json
from collections.abc import Sequence

from functions.api.problems import ProblemError, invalid


def cursor_of(kind: str, *where: str) -> str:
    """Return the cursor of a listing of this kind."""
    text = json.dumps([kind, *where], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read_cursor(kind: str, cursor: str | None, *, parts: int = 1) -> Sequence[str] | None:
    """Return where a listing goes on; None where it begins.

    Raises:
        ProblemError: it is no cursor of this kind of listing.
    """
    if cursor is None:
        return None
    try:
        found = json.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, RecursionError):
        found = None
    if not isinstance(found, list) or not found or not all(_is_text(one) for one in found):
        raise invalid("cursor: is none of this listing's; take it from `next_cursor` of the page before")
    if found[0] != kind or len(found) != parts + 1:
        raise of_another_listing()
    return found[1:]


def _is_text(part: object) -> bool:
    # Half of a surrogate pair is no character, and no key of a table.
    return isinstance(part, str) and part != "" and not any("\ud800" <= one <= "\udfff" for one in part)


def of_another_listing() -> ProblemError:
    """Return the problem of a cursor that another listing has given."""
    return invalid("cursor: belongs to another listing; take it from `next_cursor` of the page before")

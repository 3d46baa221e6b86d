"""If-Match and If-None-Match: an edit that is only made of what the caller has seen."""

from dataclasses import dataclass
from http import HTTPStatus

from functions.api.problems import Kind, ProblemError, invalid
from schedule_model.found import Found

_ANY = "*"


@dataclass(frozen=True, slots=True)
class Expected:
    """What a target must be for an edit to be made.

    Attributes:
        etags: one of these; None for any, and for none.
        is_there: whether it must exist; None where that is left open.
    """

    etags: frozenset[str] | None = None
    is_there: bool | None = None

    def refuse_other(self, found: Found | None) -> None:
        """Return if the target is as expected.

        Raises:
            ProblemError: 412; tells the etag that it has.
        """
        if self.is_there is False and found is not None:
            raise _failed(f"there is a target {found.target_id!r} already", found)
        if self.is_there and found is None:
            raise _failed("there is no such target any more", None)
        if self.etags is not None and (found is None or found.etag not in self.etags):
            raise _failed("the target was changed meanwhile; read it again and repeat your edit", found)


def expected(if_match: str | None, if_none_match: str | None = None) -> Expected:
    """Return what these headers ask for.

    Raises:
        ProblemError: an etag is not written as one.

    Source: RFC 9110, sections 13.1.1 and 13.1.2.
    """
    if if_none_match is not None and if_none_match.strip() != _ANY:
        raise invalid("If-None-Match: write `*` to create a target and never replace one")
    if if_match is None:
        return Expected(is_there=None if if_none_match is None else False)
    if if_none_match is not None:
        raise invalid("If-None-Match: cannot be asked for together with If-Match")
    if if_match.strip() == _ANY:
        return Expected(is_there=True)
    return Expected(etags=frozenset(_etag(one.strip()) for one in if_match.split(",")), is_there=True)


def _etag(text: str) -> str:
    if len(text) < 3 or text[0] != '"' or text[-1] != '"':
        raise invalid('If-Match: write the etag in quotes, such as "3f1c8e0a9d2b4c55", or *')
    return text[1:-1]


def etag_header(found: Found) -> dict[str, str]:
    """Return the header that names this edit of a target."""
    return {"ETag": f'"{found.etag}"'}


def _failed(detail: str, found: Found | None) -> ProblemError:
    headers = etag_header(found) if found else {}
    return ProblemError(HTTPStatus.PRECONDITION_FAILED, Kind.FAILED, detail, headers=headers)

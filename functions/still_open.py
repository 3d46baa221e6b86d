"""Whether a target may go: not while one of its runs has begun, or waits, and has not ended."""

from functions.ports import Ports

_PAGE = 100
_PAGES_MAX = 50


def has_open_run(target_id: str, ports: Ports, *, but: str = "") -> bool:
    """Return whether a run goes on or waits; it reads on until it finds one, 5,000 rows at most.

    A schedule of a minute has had hundreds of runs before a retry of an earlier one comes, and the rows of backfilled
    runs lie wherever their occurrences do.

    Args:
        target_id: whose runs.
        ports: to read them.
        but: the id of a run that does not count.
    """
    before = "~"
    for _ in range(_PAGES_MAX):
        page = ports.runs.latest(target_id, before=before, limit=_PAGE)
        if any(not row.status.is_final and row.run_id != but for row in page):
            return True
        if len(page) < _PAGE:
            return False
        before = page[-1].run_id
    return False

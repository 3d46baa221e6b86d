"""Reading back what a target has run."""

from collections.abc import Iterator

from functions.ports import Ports
from schedule_model.run import Run
from schedule_model.run_request import RunRequest

_FIRST_PAGE = 10
_PAGE = 100
_PAGES_MAX = 10


def earlier_runs(request: RunRequest, ports: Ports) -> Iterator[Run]:
    """Yield the rows before a run, latest first, and read no more than is asked for: about 1,000 at most."""
    before, limit = request.run_id, _FIRST_PAGE
    for _ in range(_PAGES_MAX):
        page = ports.runs.latest(request.target_id, before=before, limit=limit)
        yield from page
        if not page:
            return
        before, limit = page[-1].run_id, _PAGE

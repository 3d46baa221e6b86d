"""When failures in a row pause a target."""

from collections.abc import Iterable

from schedule_model.run import Run, RunStatus
from schedule_model.run_request import Trigger


def failed_in_a_row(rows: Iterable[Run], *, revision: str, limit: int) -> int:
    """Return how many of the latest scheduled runs have failed one after the other, at most `limit`.

    What was skipped, missed or is going on, and manual and backfilled runs, neither count nor break the row. Runs of
    an earlier revision end it, so that a target that was resumed starts afresh.

    Args:
        rows: latest first; read no further than needed.
        revision: of the target's plan.
        limit: where counting ends.
    """
    failed = 0
    for row in rows:
        if row.trigger is not Trigger.SCHEDULE:
            continue
        if failed >= limit or row.revision != revision or row.status is RunStatus.COMPLETED:
            break
        failed += row.status is RunStatus.FAILED
    return min(failed, limit)

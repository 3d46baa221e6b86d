"""What becomes of a run that is too late to start, and what its chain goes on with."""

from dataclasses import replace
from datetime import datetime

from functions.executor.admitting import Order
from functions.executor.attempt import Attempt
from functions.ports import Ports
from schedule_model.occurrence import Occurrence, next_occurrence
from schedule_model.plan import PlanStatus
from schedule_model.run import Run
from schedule_model.run_request import Trigger

_LOOK_BACK = 5


def pass_over(attempt: Attempt, order: Order, missed: str, ports: Ports) -> tuple[Attempt, Run | None]:
    """Return the attempt put aside as missed, or as it is where its run has begun, and the run's row if it is there.

    Another message comes when a waiting run looks again; that this one is late says nothing of the run. One that has
    begun is no misfire: no row would tell of what is passed over, so its next one follows.

    Args:
        attempt: as it would begin.
        order: what it was admitted as.
        missed: why it is too late.
        ports: to read its row, and those after it.
    """
    now, request = ports.clock.now(), order.received.request
    held = ports.runs.read(request.target_id, request.run_id)
    if held is not None and (not held.is_waiting or held.looks_again_after(now)):
        return attempt.limited(), held
    instead = order.proceed.instead
    if attempt.plan is not None and attempt.plan.status is PlanStatus.COMPLETED:
        # What came in its place has ended the schedule before this row could be written.
        until = _latest_of_chain(attempt, ports) or (instead.scheduled_at if instead else None)
        return replace(attempt, run=attempt.run.missed(missed, until, now=now), following=None), held
    run = attempt.run.missed(missed, instead.scheduled_at if instead else None, now=now)
    following = _ahead(attempt, instead, ports) if instead else None
    return replace(attempt, run=run, following=following), held


def _ahead(attempt: Attempt, instead: Occurrence, ports: Ports) -> Occurrence:
    """Return what comes instead, or what follows the latest run where the chain has long passed that.

    A letter that is redriven hours later must not start what a runner has put aside since.
    """
    latest = _latest_of_chain(attempt, ports)
    if attempt.plan is None or latest is None or latest <= instead.scheduled_at:
        return instead
    anchor = attempt.plan.anchor_at or instead.scheduled_at
    return next_occurrence(attempt.target, after=latest, anchor=anchor) or instead


def _latest_of_chain(attempt: Attempt, ports: Ports) -> datetime | None:
    rows = ports.runs.latest(attempt.target.id, before="~", limit=_LOOK_BACK)
    of_chain = [row for row in rows if row.trigger is Trigger.SCHEDULE and row.revision == attempt.run.revision]
    return max((row.scheduled_at for row in of_chain), default=None)

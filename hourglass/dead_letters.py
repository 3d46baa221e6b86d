"""What becomes of a dead letter: a pure decision, from the letter and what the tables say of its run."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from schedule_model.admission import is_settled
from schedule_model.direct_requests import direct_request
from schedule_model.errors import InvalidExpressionError, InvalidRequestError, InvalidTargetError
from schedule_model.found import Found
from schedule_model.occurrence import MOMENT, next_occurrence
from schedule_model.plan import Plan, PlanStatus
from schedule_model.reading_targets import parse_target
from schedule_model.reconciling import ROWS_LAST
from schedule_model.run import Run, RunStatus
from schedule_model.run_request import REDRIVEN, DispatchedBy, RunRequest, Trigger, parse_request


@dataclass(frozen=True, slots=True)
class Letter:
    """A message on a dead-letter queue.

    Attributes:
        message_id: as SQS gave it; it keeps that on the way from the run queue.
        receipt: to delete it by.
        body: the run request, or whatever else it was.
        reason: why it was given up; empty when SQS itself gave it up, after 20 deliveries.
        attributes: the texts that its sender gave it.
        sent_at: aware UTC.
    """

    message_id: str
    receipt: str
    body: str
    reason: str
    attributes: Mapping[str, str]
    sent_at: datetime


@dataclass(frozen=True, slots=True)
class RunAgain:
    """Queue this request, then take the letter off its queue."""

    request: RunRequest


@dataclass(frozen=True, slots=True)
class Discard:
    """Take the letter off its queue: there is nothing left to do, and why."""

    reason: str


@dataclass(frozen=True, slots=True)
class Keep:
    """Leave the letter where it is and show it: a person has to look, and why."""

    reason: str


Fate = RunAgain | Discard | Keep


def request_in(letter: Letter) -> RunRequest | Keep:
    """Return the run that a letter asks for."""
    try:
        return parse_request(letter.body)
    except InvalidRequestError as error:
        problem = str(error)
    try:
        by_hand = direct_request(letter.body, letter.attributes, message_id=letter.message_id, sent_at=letter.sent_at)
    except InvalidRequestError as error:
        return Keep(f"cannot be read: {error}")
    return by_hand or Keep(f"cannot be read: {problem}")


def fate_of(request: RunRequest, run: Run | None, target: Found | None, *, now: datetime) -> Fate:
    """Decide what becomes of a letter that can be read.

    Args:
        request: in the letter.
        run: the row of the run that it asks for, None if there is none.
        target: its target as it stands, None if there is none.
        now: aware UTC.
    """
    if target is None and request.task is None:
        return Keep(f"there is no target {request.target_id!r} any more; write it again, or delete the letter")
    if run is None:
        return _never_begun(request, target, now)
    if run.status is RunStatus.FAILED:
        return RunAgain(run_again(request, now=now))
    if run.status.is_final:
        return Discard(f"the run is {run.status}")
    return RunAgain(request)


def _never_begun(request: RunRequest, target: Found | None, now: datetime) -> Fate:
    """Decide on a run without a row. Under its own name it runs once, though reconcile or another message asks too."""
    plan = target.plan if target is not None else None
    is_to_come = plan is None or (plan.revision < request.revision and not is_settled(plan, now))
    is_standing = plan is not None and plan.revision == request.revision and plan.status is PlanStatus.SCHEDULED
    is_old = now - max(request.scheduled_at, request.due_at) > ROWS_LAST
    comes_yet = is_standing and _is_last(target, plan, request.scheduled_at)
    if request.trigger is Trigger.SCHEDULE and is_old and not comes_yet:
        # Its row may have been removed by age, and those after it as well: none of them must follow it once more.
        return RunAgain(run_again(request, now=now))
    if request.trigger is not Trigger.SCHEDULE or is_to_come or is_standing:
        again = {"due_at": _not_before_due(request, now), "dispatched_by": DispatchedBy.MANUAL}
        return RunAgain(request.model_copy(update=again))
    assert target is not None
    assert plan is not None
    if _names(target, plan, request.scheduled_at):
        return Discard("the schedule was edited since, and still names this run, which comes by itself")
    return RunAgain(run_again(request, now=now))


def _not_before_due(request: RunRequest, now: datetime) -> datetime:
    """Return when to start what a letter asks for: a message may be given up on its way, before its run is due."""
    return max(now, request.due_at)


def _is_last(target: Found | None, plan: Plan | None, scheduled_at: datetime) -> bool:
    """Return whether a schedule names nothing after an occurrence: as it still stands, that has not run, and comes."""
    if target is None or plan is None:
        return False
    anchor = plan.anchor_at or scheduled_at
    try:
        return next_occurrence(parse_target(target.fields), after=scheduled_at, anchor=anchor) is None
    except (InvalidTargetError, InvalidExpressionError):
        return False


def _names(target: Found, plan: Plan, scheduled_at: datetime) -> bool:
    """Return whether a plan's chain has or had this occurrence."""
    if plan.status is not PlanStatus.SCHEDULED or plan.first_at is None or scheduled_at < plan.first_at:
        return False
    try:
        named = parse_target(target.fields)
        found = next_occurrence(named, after=scheduled_at - MOMENT, anchor=plan.anchor_at or plan.first_at)
    except (InvalidTargetError, InvalidExpressionError):
        return False
    return found is not None and found.scheduled_at == scheduled_at


def run_again(request: RunRequest, *, now: datetime) -> RunRequest:
    """Return the request for a new run in place of one that was given up.

    Its name comes from that of the old run alone, so that a letter which is read twice, or two letters about the same
    run, still make one run. Its occurrence stays, and with it what the runner is told; its age for retries starts anew.
    """
    digest = hashlib.sha256(request.idempotency_key.encode()).hexdigest()[:16]
    return RunRequest(
        target_id=request.target_id,
        scheduled_at=request.scheduled_at,
        due_at=_not_before_due(request, now),
        dispatched_by=DispatchedBy.MANUAL,
        trigger=Trigger.BACKFILL if request.trigger is Trigger.BACKFILL else Trigger.MANUAL,
        suffix=f"{REDRIVEN}{digest}",
        task=request.task,
    )

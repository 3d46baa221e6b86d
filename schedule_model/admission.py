"""Whether a run request is carried out now: it may be early, superseded, ahead of its plan, or too late."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from schedule_model.dispatching import QueueRun, queue_run
from schedule_model.errors import InvalidTargetError
from schedule_model.expressions import ExclusionsTooManyError
from schedule_model.instants import to_text
from schedule_model.occurrence import MOMENT, Occurrence, latest_occurrence, next_occurrence
from schedule_model.plan import Plan, PlanStatus, fingerprint_of, plan_of
from schedule_model.reading_targets import parse_target
from schedule_model.run_request import DispatchedBy, RunRequest, Trigger
from schedule_model.settings import QUEUE_DELAY_MAX
from schedule_model.target import CatchUp, Item, Target

PATIENCE = timedelta(hours=24)
"""How long a request waits for its target's plan: as long as the Targets stream keeps a record."""

RECORDS_LAST = timedelta(hours=2, minutes=5)
"""After this no record of an earlier edit comes to the planner: its event source gives up one of two hours.

Source: template.yaml, `MaximumRecordAgeInSeconds`; five minutes are for clocks and an invocation that is under way.
"""

UNPLANNED = timedelta(minutes=1)
"""How long a run that no schedule asks for waits for its target's plan."""

_FOUND_ANEW = "the schedule was edited, and reconcile has planned it anew"

FURTHEST = timedelta(days=15)
"""How far ahead a request may be due: the oldest retry is 14 days old, and all else is held by its timer."""


@dataclass(frozen=True, slots=True)
class Drop:
    """Do not carry it out: something newer has taken its place."""

    reason: str


@dataclass(frozen=True, slots=True)
class GoOn:
    """The schedule is over: carry the run out only if it began or waited before that, and let the request go if not.

    Attributes:
        proceed: how to carry it out.
        missed: how to record that it was passed over if nothing tells of it yet; None if it was not. What came instead
            may have ended the schedule before that was written.
    """

    proceed: "Proceed"
    missed: "Proceed | None" = None


@dataclass(frozen=True, slots=True)
class Reject:
    """Do not carry it out, and tell a person: nothing will take its place by itself."""

    reason: str


@dataclass(frozen=True, slots=True)
class Proceed:
    """Carry it out, or record why not.

    Attributes:
        target: what to run.
        plan: the target's, None if it has none.
        following: the occurrence whose timer is set before this one runs; None when the
            schedule has ended, or did not ask for this run.
        missed: why it is too late for a run that has not begun, although its chain goes on; None when it is not.
        instead: the occurrence that follows one that is missed; None when the schedule ends with it.
        is_lost: whether what follows could not be found for all that `except` takes out; that is no end of the
            schedule, and reconcile tells its user.
    """

    target: Target
    plan: Plan | None
    following: Occurrence | None
    missed: str | None = None
    instead: Occurrence | None = None
    is_lost: bool = False


Admission = QueueRun | Drop | GoOn | Reject | Proceed


def admit(request: RunRequest, item: Item | None, *, now: datetime) -> Admission:
    """Decide what becomes of a run request.

    Args:
        request: as it came from the queue.
        item: the target's item as it stands, None when there is none.
        now: aware UTC.
    """
    if request.due_at - now > FURTHEST:
        return Reject(f"due_at: lies more than {FURTHEST.days} days ahead; write a target with at(...) instead")
    if request.due_at > now and not request.waits(now):
        return queue_run(request, now=now)
    if item is None:
        return _without_target(request)
    if request.trigger is not Trigger.SCHEDULE:
        return _admit_unscheduled(request, item, now)
    plan = plan_of(item)
    if plan is None or plan.revision < request.revision:
        has_settled = plan is not None and is_settled(plan, now)
        return _of_found(request, item, plan) if plan is not None and has_settled else _wait_for_plan(request, now)
    if reason := _superseded(request, item, plan):
        return Drop(reason)
    try:
        if plan.status is PlanStatus.COMPLETED:
            return _go_on(request, parse_target(item), plan, now)
        return _proceed(request, parse_target(item), plan, now)
    except InvalidTargetError:
        return _wait_for_plan(request, now)


def _go_on(request: RunRequest, target: Target, plan: Plan, now: datetime) -> GoOn:
    decided = _proceed(request, target, plan, now)
    missed = replace(decided, following=None) if decided.missed else None
    return GoOn(Proceed(target, plan, following=None), missed)


def is_settled(plan: Plan, now: datetime) -> bool:
    """Return whether reconcile's plan stays: the record of the edit, whose plan would win, can come no more."""
    return plan.found_at is not None and now - plan.found_at > RECORDS_LAST


def _of_found(request: RunRequest, item: Item, plan: Plan) -> QueueRun | Drop | Reject:
    """Decide on a request of the plan that reconcile's has replaced: what both of them name goes on under the new one.

    The old plan's timer may stand where the new one's was to be set, for its revision is the higher one.
    """
    try:
        target = parse_target(item)
        found = next_occurrence(
            target, after=request.scheduled_at - MOMENT, anchor=plan.anchor_at or request.scheduled_at
        )
    except (InvalidTargetError, ExclusionsTooManyError):
        found = None
    is_named = found is not None and found.scheduled_at == request.scheduled_at
    is_begun = plan.first_at is not None and request.scheduled_at >= plan.first_at
    if plan.status is PlanStatus.SCHEDULED and is_begun and is_named:
        return QueueRun(request.model_copy(update={"revision": plan.revision}), 0)
    # Who has redriven a letter is told by a letter: the next redrive knows what stands.
    return Reject(_FOUND_ANEW) if request.dispatched_by is DispatchedBy.MANUAL else Drop(_FOUND_ANEW)


def _without_target(request: RunRequest) -> Proceed | Drop | Reject:
    if request.task is not None:
        return _without_plan(request.task.item(request.target_id))
    if request.trigger is Trigger.SCHEDULE:
        return Drop("the target was deleted")
    return Reject(f"target_id: there is no target {request.target_id!r}; write its item first, or correct the id")


def _admit_unscheduled(request: RunRequest, item: Item, now: datetime) -> Proceed | QueueRun | Reject:
    """Decide on a run that no schedule asks for; what it answers is of the plan, so that one just edited is waited for.

    It runs all the same if the planner does not come to that.
    """
    decision = _without_plan(item)
    if isinstance(decision, Reject) or now - request.due_at >= UNPLANNED:
        return decision
    is_planned = decision.plan is not None and decision.plan.is_of(item)
    return decision if is_planned else _wait_for_plan(request, now)


def _without_plan(item: Item) -> Proceed | Reject:
    try:
        return Proceed(parse_target(item), plan=plan_of(item), following=None)
    except InvalidTargetError as error:
        return Reject(f"the target is invalid: {error}")


def _wait_for_plan(request: RunRequest, now: datetime) -> QueueRun | Reject:
    """Wait as long again as the run is late already, so that a day of waiting takes few messages."""
    late = now - request.due_at
    if late > PATIENCE:
        return Reject("the target has waited a day for its plan; write its item again, or run reconcile")
    return QueueRun(request, max(2, int(min(late, QUEUE_DELAY_MAX).total_seconds())))


def _superseded(request: RunRequest, item: Item, plan: Plan) -> str | None:
    # TTL may delete hours late, so the run trusts the target's revision, never the timer.
    if plan.revision != request.revision:
        return "the schedule was edited"
    # The run that stopped its schedule was cut off before its record, or it would not come again.
    is_over = plan.status is PlanStatus.COMPLETED and (plan.stopped_at is None or plan.stopped_by == request.run_id)
    if plan.status is not PlanStatus.SCHEDULED and not is_over:
        return f"the schedule is {plan.status.lower()}"
    if plan.fingerprint != fingerprint_of(item):
        return "the schedule was edited a moment ago"
    if plan.is_held(request.scheduled_at):
        return "the run before it chose a later instant"
    return None


def _proceed(request: RunRequest, target: Target, plan: Plan, now: datetime) -> Proceed:
    anchor = plan.anchor_at or request.scheduled_at
    try:
        following = next_occurrence(target, after=request.scheduled_at, anchor=anchor)
    except ExclusionsTooManyError:
        return Proceed(target, plan, following=None, is_lost=True)
    carried_out = Proceed(target, plan, following)
    try:
        return _unless_missed(request, carried_out, anchor, now)
    except ExclusionsTooManyError:
        # What would come instead is not found, so it runs, late as it is.
        return carried_out


def _unless_missed(request: RunRequest, carried_out: Proceed, anchor: datetime, now: datetime) -> Proceed:
    target = carried_out.target
    catch_up = target.catch_up_after_outage
    if request.attempt > 1 or not is_misfire(request, target, now) or catch_up is CatchUp.ALL:
        return carried_out
    if catch_up is CatchUp.SKIP:
        return _missed(carried_out, _first_in_time(target, request.scheduled_at, anchor, now))
    latest = latest_occurrence(target, after=request.scheduled_at, until=now, anchor=anchor)
    if latest is None:
        return carried_out
    # With a grace longer than the period, others before the latest can still start in time.
    in_time = _first_in_time(target, request.scheduled_at, anchor, now)
    is_earlier = in_time is not None and in_time.scheduled_at < latest.scheduled_at
    return _missed(carried_out, in_time if is_earlier else latest)


def _missed(carried_out: Proceed, instead: Occurrence | None) -> Proceed:
    """Pass an occurrence over, and those after it up to the one that comes instead: its row speaks for them all."""
    reason = f"could not start within {carried_out.target.misfire_grace_seconds} s of being due"
    if carried_out.following is not None and carried_out.following != instead:
        until = "the end of the schedule" if instead is None else to_text(instead.scheduled_at)
        reason += f", nor could those after it until {until}"
    return replace(carried_out, missed=reason, instead=instead)


def is_misfire(request: RunRequest, target: Target, now: datetime) -> bool:
    """Return whether the run can no longer start within its target's `misfire_grace_seconds`."""
    return now > request.due_at + target.misfire_grace


def _first_in_time(target: Target, after: datetime, anchor: datetime, now: datetime) -> Occurrence | None:
    too_late = now - target.misfire_grace - MOMENT
    missed = latest_occurrence(target, after=after, until=too_late, anchor=anchor)
    return next_occurrence(target, after=missed.scheduled_at if missed else after, anchor=anchor)

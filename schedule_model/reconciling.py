"""Finding again what was lost: a target without its plan, a chain without its next run, a run nobody carries on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from schedule_model.admission import RECORDS_LAST
from schedule_model.dispatching import Nothing
from schedule_model.errors import InvalidExpressionError, InvalidTargetError
from schedule_model.expecting import anchor_of, expected_occurrence, scheduled_since
from schedule_model.occurrence import MOMENT, latest_occurrence, next_occurrence
from schedule_model.plan import (
    GRID_FIELDS,
    Plan,
    PlanStatus,
    fingerprint_of,
    grid_of,
    plan_of,
    revision_on,
)
from schedule_model.reading_targets import is_readable, parse_target
from schedule_model.run import Run, runs_counted
from schedule_model.run_request import DispatchedBy, RunRequest
from schedule_model.settings import LoopSettings
from schedule_model.target import Item, OnComplete, Target
from schedule_model.target_change import TargetChange
from schedule_model.timer import Timer, set_timer

PATIENCE = timedelta(minutes=5)
"""How late a run may be before it is taken for lost; a backlog of the queue is not a loss, and asking twice is safe."""

LOOK_BACK = 5
"""How many of a target's latest rows are read: 0.5 RRU in all while they stay within 4 KB.

A chain without its next run shows in its latest scheduled row; runs by hand that hide it make a finding, and before
one is acted on, a hundred rows are read. An abandoned run that a dense schedule has left behind more rows than these is
not looked for: its message was never deleted, or that of its next attempt was sent before its row said so, and SQS
delivers it again until it ends or lies in the dead-letter queue.
"""


@dataclass(frozen=True, slots=True)
class Replan:
    """The target has no plan for the schedule it carries; plan this change as if it had just been made."""

    change: TargetChange


@dataclass(frozen=True, slots=True)
class Requeue:
    """The run should be going on and shows no sign of it; ask for it again."""

    request: RunRequest


@dataclass(frozen=True, slots=True)
class EnsureTimer:
    """The next run is further away than the lead, so this timer must exist.

    Attributes:
        timer: it is to be set where it is missing.
        instead: what to ask for then in its place: a run of which no row tells, be it that it is lost, be it that its
            row was removed by age. Where the timer is there, the chain has passed it.
    """

    timer: Timer
    instead: RunRequest | None = None


@dataclass(frozen=True, slots=True)
class Complete:
    """The last run is over and the plan does not say so.

    Attributes:
        plan: as it should be.
        is_deleted: the target is to go, as its `on_complete` asks.
    """

    plan: Plan
    is_deleted: bool


ROWS_LAST = timedelta(days=1)
"""For so long a run's row stays at the least: that is the shortest `keep_results_days`."""

Finding = Replan | Requeue | EnsureTimer | Complete | Nothing


def reconcile(
    item: Item, rows: Sequence[Run], *, now: datetime, settings: LoopSettings, is_cut: bool = False
) -> list[Finding]:
    """Decide what one target lacks: each abandoned run among its rows, and what its chain does, all at once.

    What was merely slow is found as well at times. That does no harm: a second timer has the same key, a second
    request finds the run's row, and a second plan makes the first one's runs stale.

    Args:
        item: the target as it stands, with its plan.
        rows: its latest `LOOK_BACK` rows, latest first.
        now: aware UTC.
        settings: `lead` tells which timers must exist.
        is_cut: whether there may be more rows, so that one that is not among these may be there all the same.
    """
    plan = plan_of(item)
    abandoned = [Requeue(_request_again(run, now)) for run in rows if _is_abandoned(run, now)]
    if plan is None or not plan.is_of(item):
        return [*abandoned, Replan(_as_edited_now(item, plan, now))]
    return [*abandoned, _of_chain(item, plan, rows, now=now, settings=settings, is_cut=is_cut)]


def _of_chain(
    item: Item, plan: Plan, rows: Sequence[Run], *, now: datetime, settings: LoopSettings, is_cut: bool
) -> Finding:
    if plan.status is PlanStatus.COMPLETED and item.get("on_complete") == OnComplete.DELETE:
        return _gone(plan, rows, now) if is_readable(item) else Nothing("it was edited since and is not valid")
    if plan.status is not PlanStatus.SCHEDULED:
        return Nothing(f"the schedule is {plan.status.lower()}")
    try:
        return _next(parse_target(item), plan, rows, now=now, settings=settings, is_cut=is_cut)
    except (InvalidTargetError, InvalidExpressionError):
        return Replan(_as_edited_now(item, plan, now))


def _as_edited_now(item: Item, plan: Plan | None, now: datetime) -> TargetChange:
    """Return the edit with a revision between the plan's and that of any record still to come."""
    edited_at = now.replace(microsecond=0)
    # A plan with a broken seal keeps its place in the order of edits, if it still names one: its timers are of it.
    revision = plan.revision if plan else revision_on(item)
    edit = _edit_of(revision)
    number = f"{edit if edit.isdecimal() else ''}~{int(edited_at.timestamp()):011d}"
    before = _before(item, plan) if plan else None
    return TargetChange(str(item["id"]), before, item, sequence_number=number, edited_at=edited_at, is_found=True)


def _edit_of(revision: str) -> str:
    return revision.partition("~")[0]


def _before(item: Item, plan: Plan) -> Item | None:
    """Return what is known of the item as it was planned, if its grid goes on, and a pause with it."""
    if plan.grid == grid_of(item) and not plan.has_guessed_grid:
        return {name: item[name] for name in ("id", *GRID_FIELDS, "plan") if name in item}
    # A guess, or a plan of an earlier version, tells of the grid only where nothing but `active` has changed.
    if not plan.has_grid_of(item) or plan.fingerprint == fingerprint_of(item):
        return None
    unset = {name: value for name, value in item.items() if name != "active"}
    for was in (unset, {**item, "active": True}, {**item, "active": False}):
        if plan.fingerprint == fingerprint_of(was):
            return was
    return None


def _is_abandoned(run: Run, now: datetime) -> bool:
    until = run.lease_expires_at or run.retry_at or run.due_at
    return not run.status.is_final and until + PATIENCE < now


def _have_ended(rows: Sequence[Run]) -> bool:
    return all(run.status.is_final for run in rows)


def _gone(plan: Plan, rows: Sequence[Run], now: datetime) -> Complete | Nothing:
    """Decide whether a target that is to go with its schedule goes; an end that was guessed is no proof of a run."""
    if not _have_ended(rows):
        return Nothing("a run is going on")
    # Rows of another edit may be of a target that had the same id.
    edit = _edit_of(plan.revision)
    its_own = [run for run in rows if _edit_of(run.revision) == edit]
    if plan.found_at is not None and (not its_own or now - plan.found_at <= RECORDS_LAST):
        return Nothing("nothing tells that its last run was")
    return Complete(plan, is_deleted=True)


def _request_again(run: Run, now: datetime) -> RunRequest:
    # With the run's own revision: if the schedule was edited since, the executor closes the row.
    return RunRequest(
        target_id=run.target_id,
        scheduled_at=run.scheduled_at,
        due_at=now,
        revision=run.revision,
        dispatched_by=DispatchedBy.SWEEP,
        trigger=run.trigger,
        suffix=run.run_id.partition("#")[2],
        attempt=run.attempt + 1,
        number=run.number,
    )


def _next(
    target: Target, plan: Plan, rows: Sequence[Run], *, now: datetime, settings: LoopSettings, is_cut: bool
) -> Finding:
    has_no_row = not is_cut and not scheduled_since(plan, rows)
    expected = expected_occurrence(target, plan, rows, now=now, is_cut=is_cut)
    if expected is None and has_no_row and plan.first_at is not None:
        # A schedule ends with a row: one that would end without any waits for its last occurrence.
        anchor = anchor_of(plan) or plan.first_at
        expected = latest_occurrence(target, after=plan.first_at - MOMENT, until=now, anchor=anchor)
    # One that waits for its turn will have run, though no attempt tells of it.
    waiting = [run.number for run in scheduled_since(plan, rows) if run.is_waiting]
    done = max([runs_counted(rows, after=plan.counted_from), *waiting])
    if expected is None or (target.max_runs is not None and done >= target.max_runs):
        reason = "the schedule names no further instant"
        ended = plan.model_copy(update={"status": PlanStatus.COMPLETED, "reason": reason, "next_run_at": None})
        if not _have_ended(rows):
            return Nothing("a run is going on")
        return Complete(ended, is_deleted=target.on_complete is OnComplete.DELETE)
    timer = set_timer(target.id, expected, plan.revision, now=now, settings=settings, number=done + 1)
    if expected.due_at - now > settings.lead + PATIENCE:
        return EnsureTimer(timer)
    if expected.due_at + PATIENCE < now:
        request = RunRequest.for_timer(timer, DispatchedBy.SWEEP)
        is_forgotten = has_no_row and now - expected.due_at > ROWS_LAST
        return _doubted(request, target, plan, now=now, settings=settings) if is_forgotten else Requeue(request)
    return Nothing("the next run is on its way")


def _doubted(request: RunRequest, target: Target, plan: Plan, *, now: datetime, settings: LoopSettings) -> Finding:
    """Decide on a run that is so old that its row may have gone with age: where its chain goes on, it has run."""
    anchor = anchor_of(plan) or now
    coming = next_occurrence(target, after=now, anchor=anchor)
    if coming is None:
        return Requeue(request)
    if coming.due_at - now > settings.lead + PATIENCE:
        timer = set_timer(target.id, coming, plan.revision, now=now, settings=settings, number=request.number)
        return EnsureTimer(timer, instead=request)
    recent = next_occurrence(target, after=now - ROWS_LAST, anchor=anchor)
    if recent is not None and recent.due_at + PATIENCE < now:
        # Its row would still be there.
        timer = set_timer(target.id, recent, plan.revision, now=now, settings=settings, number=request.number)
        return Requeue(RunRequest.for_timer(timer, DispatchedBy.SWEEP))
    return Nothing("the next run is on its way")

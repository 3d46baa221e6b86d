"""Deciding on a plan and writing it, for the planner and for the sweeper that finds a plan missing."""

from dataclasses import replace

from functions.accepting import accept
from functions.ports import Ports, UnavailableError
from functions.telemetry import Count
from schedule_model.counting import go_on_counting
from schedule_model.dispatching import Nothing
from schedule_model.plan import Plan, PlanStatus, plan_of, revision_of, revision_on
from schedule_model.plan_decision import DeleteTarget, LookAgain, PlanDecision, RestorePlan, SavePlan
from schedule_model.planning import AcceptsParams, plan, plan_current
from schedule_model.reading_targets import is_readable, parse_target
from schedule_model.target import Item, Target
from schedule_model.target_change import TargetChange
from schedule_model.timer import set_timer

_LEFT = "left a target that was edited since"


def decide(change: TargetChange, ports: Ports) -> PlanDecision:
    """Decide what an edit asks for; the tables are asked only when the record does not tell.

    Args:
        change: the edit.
        ports: to check the type and params with, and to read what the record lacks.
    """
    decision = plan(change, _accepts(ports))
    if isinstance(decision, LookAgain):
        return _decide_by(ports.targets.read([change.target_id], consistent=True).get(change.target_id), change, ports)
    return _count_on(decision, change, ports) if isinstance(decision, SavePlan) else decision


def _decide_by(current: Item | None, change: TargetChange, ports: Ports) -> PlanDecision:
    """Decide what an edit asks for where its record does not tell all, from the target as it stands."""
    known = plan_of(current) if current else None
    if known is not None and not change.is_found and _latest_of(known) > revision_of(change.sequence_number):
        return Nothing("a later edit has been planned")
    decision = plan_current(change, current, _accepts(ports))
    match decision:
        case SavePlan(plan=made) if current is not None:
            # A plan that stands there already is not written again: executors may have written into it since.
            is_there = known is not None and known.revision == made.revision
            seen = "" if is_there else revision_on(current)
            return _count_on(replace(decision, seen_revision=seen), change, ports)
        case DeleteTarget(seen=seen, ended=ended) if current is not None:
            ended = replace(ended, seen_revision=revision_on(current))
            return DeleteTarget(current if change.left(current) else seen, ended)
        case _:
            return decision


def _accepts(ports: Ports) -> AcceptsParams:
    def accepts(target: Target) -> None:
        accept(target, ports.runners, longest=ports.settings.run_timeout)

    return accepts


def _count_on(save: SavePlan, change: TargetChange, ports: Ports) -> SavePlan:
    """Take up the count of runs, for a target that limits them."""
    if save.first is None or change.new is None or "max_runs" not in change.new:
        return save
    return go_on_counting(save, parse_target(change.new), ports.runs.latest(change.target_id, before="~", limit=100))


def act(decision: PlanDecision, change: TargetChange, ports: Ports, *, is_again: bool = False) -> None:
    """Write the plan, and then the first timer.

    Args:
        decision: what to do.
        change: the edit that it was decided for.
        ports: to write with.
        is_again: whether the target as it stands was looked at for this decision, so that another look tells no more.

    Raises:
        UnavailableError: a table did not answer; doing it all again is safe.
        TooLargeError: the item has no room left for its plan, not even for the reason; so it never runs.
    """
    match decision:
        case SavePlan() as save:
            _save(save, change, ports, is_again=is_again)
        case RestorePlan(plan=old, was=was, seen=seen_plan):
            is_restored = ports.targets.restore_plan(change.target_id, old, over=(was, seen_plan))
            done = "restored a plan" if is_restored else _LEFT
            ports.telemetry.info(done, target_id=change.target_id, revision=old.revision)
        case DeleteTarget(seen=seen, ended=ended):
            if _delete(change.target_id, seen, ports):
                ports.telemetry.info("deleted a completed target", target_id=change.target_id)
                return
            ports.telemetry.info(_LEFT, target_id=change.target_id)
            _save(ended, change, ports, is_again=is_again)
        case Nothing(reason=reason):
            ports.telemetry.info("planned nothing", target_id=change.target_id, reason=reason)


def _delete(target_id: str, seen: Item, ports: Ports) -> bool:
    # A mistake in another field than those that end a target is an edit that is to be told, not taken away.
    current = ports.targets.read([target_id], consistent=True).get(target_id)
    return current is not None and is_readable(current) and ports.targets.delete(target_id, seen=seen)


def _save(save: SavePlan, change: TargetChange, ports: Ports, *, is_again: bool) -> None:
    if ports.targets.save_plan(change.target_id, save.plan, seen_revision=save.seen_revision):
        _begin(save, change.target_id, ports)
    elif is_again:
        raise UnavailableError(f"{change.target_id} is written as fast as it is planned; its record comes again")
    else:
        _look_again(save, change, ports)


def _look_again(save: SavePlan, change: TargetChange, ports: Ports) -> None:
    """Act on the plan that stands where another was to be saved, which had been decided without it."""
    target_id = change.target_id
    current = ports.targets.read([target_id], consistent=True).get(target_id)
    known = plan_of(current) if current else None
    is_saved = known is not None and (known.revision, known.status) == (save.plan.revision, save.plan.status)
    if is_saved and save.first is not None:
        # By an earlier delivery of the record, which may have set no timer.
        _begin(save, target_id, ports)
    elif current is None or change.is_found or (known is not None and _latest_of(known) >= save.plan.revision):
        ports.telemetry.info("left a newer plan alone", target_id=target_id, revision=save.plan.revision)
    else:
        # A creation follows no plan: one that stands is of a former life.
        is_known = known is None or change.is_new
        now = replace(save, seen_revision=revision_on(current)) if is_known else _decide_by(current, change, ports)
        act(now, change, ports, is_again=True)


def _latest_of(known: Plan) -> str:
    """Return the latest edit that a plan is known to have been made or written back for."""
    return max(known.revision, known.guessed_by or "", known.restored_by or "")


def _begin(save: SavePlan, target_id: str, ports: Ports) -> None:
    """Set the first timer of a plan that has been written.

    The plan stands before its timer, so that no run can meet a target that does not know its revision.
    """
    if save.first is not None:
        timer = set_timer(
            target_id,
            save.first,
            save.plan.revision,
            now=ports.clock.now(),
            settings=ports.settings,
            number=save.first_number,
        )
        if failure := ports.timers.put([timer])[0]:
            raise failure
    is_refused = save.plan.status is PlanStatus.INVALID
    ports.telemetry.count(Count.TARGETS_REFUSED if is_refused else Count.TARGETS_PLANNED)
    facts = {"target_id": target_id, "revision": save.plan.revision}
    ports.telemetry.info("planned a target", **facts, outcome=str(save.plan.status), reason=save.plan.reason)

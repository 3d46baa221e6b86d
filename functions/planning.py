"""Deciding on a plan and writing it, for the planner and for the sweeper that finds a plan missing."""

from functions.accepting import accept
from functions.ports import Ports
from functions.telemetry import Count
from schedule_model.counting import go_on_counting
from schedule_model.dispatching import Nothing
from schedule_model.plan import PlanStatus, plan_of
from schedule_model.plan_decision import DeleteTarget, LookAgain, PlanDecision, RestorePlan, SavePlan
from schedule_model.planning import plan, plan_current
from schedule_model.reading_targets import parse_target
from schedule_model.standing import begins_again
from schedule_model.target import Target
from schedule_model.target_change import TargetChange
from schedule_model.timer import set_timer

_LEFT = "left a target that was edited since"


def decide(change: TargetChange, ports: Ports) -> PlanDecision:
    """Decide what an edit asks for; the tables are asked only when the record does not tell.

    Args:
        change: the edit.
        ports: to check the type and params with, and to read what the record lacks.
    """

    def accepts(target: Target) -> None:
        accept(target, ports.runners, longest=ports.settings.run_timeout)

    decision = plan(change, accepts)
    if isinstance(decision, LookAgain):
        current = ports.targets.read([change.target_id], consistent=True).get(change.target_id)
        decision = plan_current(change, current, accepts)
    return _count_on(decision, change, ports) if isinstance(decision, SavePlan) else decision


def _count_on(save: SavePlan, change: TargetChange, ports: Ports) -> SavePlan:
    """Take up the count of runs, for a target that limits them."""
    if save.first is None or change.new is None or "max_runs" not in change.new:
        return save
    return go_on_counting(save, parse_target(change.new), ports.runs.latest(change.target_id, before="~", limit=100))


def act(decision: PlanDecision, change: TargetChange, ports: Ports) -> None:
    """Write the plan, and then the first timer.

    Raises:
        UnavailableError: a table did not answer; doing it all again is safe.
        TooLargeError: the item has no room left for its plan, not even for the reason; so it never runs.
    """
    match decision:
        case SavePlan() as save:
            _save(change.target_id, save, ports)
        case RestorePlan() as restore:
            _restore(restore, change, ports)
        case DeleteTarget(seen=seen, ended=ended):
            if ports.targets.delete(change.target_id, seen=seen):
                ports.telemetry.info("deleted a completed target", target_id=change.target_id)
                return
            ports.telemetry.info(_LEFT, target_id=change.target_id)
            _save(change.target_id, ended, ports)
        case Nothing(reason=reason):
            ports.telemetry.info("planned nothing", target_id=change.target_id, reason=reason)


def _restore(restore: RestorePlan, change: TargetChange, ports: Ports) -> None:
    target_id, facts = change.target_id, {"target_id": change.target_id, "revision": restore.plan.revision}
    if ports.targets.restore_plan(target_id, restore.plan, over=(restore.was, restore.seen)):
        ports.telemetry.info("restored a plan", **facts)
        return
    current = ports.targets.read([target_id], consistent=True).get(target_id)
    again = begins_again(plan_of(current), change, parse_target(change.new)) if current and change.new else None
    if again is None:
        ports.telemetry.info(_LEFT, **facts)
    else:
        _save(target_id, _count_on(again, change, ports), ports)


def _save(target_id: str, save: SavePlan, ports: Ports) -> None:
    facts = {"target_id": target_id, "revision": save.plan.revision}
    is_saved = ports.targets.save_plan(target_id, save.plan, seen_revision=save.seen_revision)
    if not (is_saved or _was_saved(target_id, save, ports)):
        ports.telemetry.info("left a newer plan alone", **facts)
        return
    # The plan stands before its timer, so that no run can meet a target that does not know its revision.
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
    ports.telemetry.info("planned a target", **facts, outcome=str(save.plan.status), reason=save.plan.reason)


def _was_saved(target_id: str, save: SavePlan, ports: Ports) -> bool:
    """Return whether this plan was written by an earlier delivery of the record, which may have set no timer."""
    if save.first is None:
        return False
    current = ports.targets.read([target_id], consistent=True).get(target_id)
    known = plan_of(current) if current else None
    return known is not None and (known.revision, known.status) == (save.plan.revision, save.plan.status)

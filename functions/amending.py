"""Writing what a run changes of its plan."""

from functions.ports import Ports
from schedule_model.plan import Plan, fingerprint_of


def amend(target_id: str, plan: Plan, ports: Ports) -> None:
    """Write a plan over the one of the same revision, or where its user has just left that out or put an old one.

    The record of such a write puts back what was there before, unless the system has written a plan by then.
    """
    if ports.targets.amend_plan(target_id, plan):
        return
    item = ports.targets.read([target_id], consistent=True).get(target_id)
    if item is not None and fingerprint_of(item) == plan.fingerprint:
        ports.targets.restore_plan(target_id, plan)

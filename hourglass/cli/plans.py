"""What the planner says of targets that were just written: `put --wait`."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from functions.documents import target_document
from hourglass.cli.documents import TARGET_COLUMNS
from hourglass.cli.exits import Exit, Failure
from hourglass.cli.session import Session
from hourglass.errors import NotFoundError
from hourglass.items import Change, Written
from schedule_model.found import Found
from schedule_model.plan import Plan, PlanStatus, fingerprint_of

PLANNING = timedelta(seconds=20)
"""How long it waits at most; the planner answers within two seconds unless something is wrong."""
SILENCE = timedelta(seconds=5)
"""When a plan that an edit may well leave as it is counts as the answer: the planner has nothing to write then."""
_POLL = timedelta(seconds=0.5)


def plans_of(session: Session, target_ids: Iterable[str]) -> dict[str, Plan]:
    """Return the plans of targets, as they are before the targets are written."""
    found = {}
    for target_id in target_ids:
        with suppress(NotFoundError):
            if plan := session.client.get(target_id).plan:
                found[target_id] = plan
    return found


def show_plans(session: Session, written: Sequence[Written], before: dict[str, Plan]) -> None:
    """Wait for the plans of targets that were written, and show them.

    Args:
        session: of the command.
        written: what became of each.
        before: their plans before that, by target; without those that had none.

    Raises:
        Failure: the planner refused one, or has not answered.
    """
    asked = [_Asked(one, before.get(one.target_id), session.now()) for one in written]
    answers = [_answer(session, one) for one in asked]
    session.output.rows([target_document(one, session.now()) for one, _ in answers], TARGET_COLUMNS)
    late = [one.target_id for one, has_answered in answers if not has_answered]
    if late:
        raise Failure(f"the planner has not answered yet for {', '.join(late)}; ask `hourglass doctor` why")
    if any(one.plan and one.plan.status is PlanStatus.INVALID for one, _ in answers):
        raise Failure("the planner refused a target; its reason is above", Exit.INVALID)


@dataclass(frozen=True, slots=True)
class _Asked:
    """A target whose plan is awaited, the plan that it had, and since when."""

    written: Written
    before: Plan | None
    since: datetime

    def is_answered_by(self, found: Found, now: datetime) -> bool:
        plan = found.plan
        if plan is None:
            return False
        is_refused = plan.status is PlanStatus.INVALID
        if not is_refused and plan.fingerprint != fingerprint_of(found.fields):
            return False
        # The planner leaves a plan as it is that an edit does not change, and a refusal for the same reason.
        is_new = self.before is None or plan.revision != self.before.revision
        is_untouched = self.written.change is Change.UNCHANGED and not is_refused
        return is_new or is_untouched or now >= self.since + SILENCE


def _answer(session: Session, asked: _Asked) -> tuple[Found, bool]:
    """Return the target with its plan, and whether the planner has answered."""
    while True:
        found = session.client.get(asked.written.target_id)
        now = session.now()
        has_answered = asked.is_answered_by(found, now)
        if has_answered or now >= asked.since + PLANNING:
            return found, has_answered
        session.clock.wait_until(now + _POLL)

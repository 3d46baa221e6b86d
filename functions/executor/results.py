"""What a runner's answer changes: the target's params, its next run, and targets to follow."""

from datetime import UTC, datetime, timedelta
from enum import Enum, auto

from pydantic import JsonValue

from functions.amending import amend
from functions.executor.attempt import Attempt
from functions.executor.fitting import is_storable
from functions.ports import Ports, TooLargeError
from schedule_model.errors import InvalidTargetError, SchedulerError
from schedule_model.follow_ups import follow_up_id
from schedule_model.instants import rounded_up
from schedule_model.occurrence import Occurrence
from schedule_model.plan import Plan
from schedule_model.reading_targets import parse_target
from schedule_model.run_request import Trigger
from schedule_model.run_result import RunResult
from schedule_model.timer import set_timer

PARAMS_MERGED_MAX = 50
"""How many params one answer may change; DynamoDB's update expressions end at 4 KB."""


class Following(Enum):
    """What comes after a run: the schedule's next, one that its runner chose, or nothing."""

    AS_SCHEDULED = auto()
    AS_CHOSEN = auto()
    NONE = auto()


class InvalidResultError(SchedulerError):
    """A runner's answer asks for something that cannot be done; the message names the field."""


def apply_result(attempt: Attempt, result: RunResult, ports: Ports) -> Following:
    """Do what the answer asks for; doing it again after a crash changes nothing.

    Raises:
        InvalidResultError: not retryable; nothing that comes after the field at fault was done.
    """
    follow_ups = _follow_ups(attempt, result)
    if result.new_params and attempt.plan is not None:
        _merge_params(attempt, result.new_params, attempt.plan, ports)
    for item in follow_ups:
        ports.targets.create(item)
    return Following.NONE if result.completed else _override_next(attempt, result, ports)


def _follow_ups(attempt: Attempt, result: RunResult) -> list[dict[str, object]]:
    """Return the targets to create, each with an id of its own that is the same at every attempt."""
    items = []
    for place, follow_up in enumerate(result.follow_ups):
        item = {"id": follow_up_id(attempt.received.request.idempotency_key, place)} | follow_up
        try:
            parse_target(item)
        except InvalidTargetError as error:
            raise InvalidResultError(f"follow_ups[{place}].{error}") from error
        items.append(item)
    return items


def _merge_params(attempt: Attempt, params: dict[str, JsonValue], plan: Plan, ports: Ports) -> None:
    if len(params) > PARAMS_MERGED_MAX or not is_storable(params):
        raise InvalidResultError(
            f"new_params: at most {PARAMS_MERGED_MAX} fields, each with a name, nested at most 30 deep, can be merged"
        )
    try:
        is_merged = ports.targets.update_params(attempt.target.id, params, revision=plan.revision)
    except TooLargeError as error:
        raise InvalidResultError(f"new_params: {error}") from error
    if not is_merged:
        ports.telemetry.info("left the params of a target that was edited since", **attempt.received.facts)


def _override_next(attempt: Attempt, result: RunResult, ports: Ports) -> Following:
    """Set a timer for the instant that the runner chose, and put the occurrences before it aside."""
    request, plan, target = attempt.received.request, attempt.plan, attempt.target
    if result.next_run_at is None or plan is None or request.trigger is not Trigger.SCHEDULE:
        return Following.AS_SCHEDULED
    now = ports.clock.now()
    chosen = _next_second(max(result.next_run_at, now), after=request.scheduled_at)
    is_used_up = target.max_runs is not None and request.number >= target.max_runs
    if is_used_up or (target.ends_at is not None and chosen > target.ends_at):
        return Following.NONE
    is_one_more = attempt.is_lost or (attempt.following is not None and chosen < attempt.following.scheduled_at)
    timer = set_timer(
        target.id,
        Occurrence(chosen, chosen, target.precise),
        plan.revision,
        now=now,
        settings=ports.settings,
        # One that is added has the number of this run: the next that the schedule names has the next.
        number=request.number if is_one_more else attempt.next_number,
    )
    if failure := ports.timers.put([timer])[0]:
        raise failure
    held = plan.model_copy(update={"held_after": request.scheduled_at, "held_until": chosen})
    amend(target.id, held, ports)
    return Following.AS_CHOSEN


def _next_second(instant: datetime, *, after: datetime) -> datetime:
    """Return the instant in UTC, rounded up to a whole second, and never one whose run is this one."""
    try:
        rounded = rounded_up(instant.astimezone(UTC))
    except OverflowError as error:
        raise InvalidResultError("next_run_at: lies outside the years 1 to 9999 in UTC") from error
    return max(rounded, after + timedelta(seconds=1))

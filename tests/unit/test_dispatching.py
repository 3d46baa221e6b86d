"""From a timer's change to a message with a delay."""

from datetime import timedelta

import pytest

from schedule_model.dispatching import Nothing, QueueRun, TimerChange, delay_seconds, dispatch, queue_run, wake
from schedule_model.errors import TooFarToQueueError
from schedule_model.occurrence import Occurrence
from schedule_model.run_request import DispatchedBy, RunRequest, Trigger
from schedule_model.settings import LoopSettings
from tests.unit.examples import NOON, minutes, request, revision, seconds, timer


def test_a_near_timer_is_dispatched_when_it_is_written() -> None:
    near = timer(near=True, due_at=NOON + seconds(30))

    decision = dispatch(near, TimerChange.WRITTEN, now=NOON)

    assert decision == QueueRun(RunRequest.for_timer(near, DispatchedBy.NEAR), 30)


def test_any_other_timer_is_dispatched_when_it_expires() -> None:
    far = timer(due_at=NOON + seconds(700))

    decision = dispatch(far, TimerChange.EXPIRED, now=NOON)

    assert decision == QueueRun(RunRequest.for_timer(far, DispatchedBy.TTL), 700)


@pytest.mark.parametrize(
    ("near", "change"),
    [
        (False, TimerChange.WRITTEN),
        (True, TimerChange.EXPIRED),
        (False, TimerChange.REMOVED),
        (True, TimerChange.REMOVED),
    ],
)
def test_every_other_change_asks_for_nothing_and_says_why(*, near: bool, change: TimerChange) -> None:
    decision = dispatch(timer(near=near), change, now=NOON)

    assert isinstance(decision, Nothing)
    assert decision.reason


def test_a_request_carries_what_its_timer_does() -> None:
    late = timer(scheduled_at=NOON, due_at=NOON + minutes(1), attempt=3)

    made = RunRequest.for_timer(late, DispatchedBy.SWEEP)

    assert (made.target_id, made.revision, made.attempt) == (late.target_id, late.revision, 3)
    assert (made.scheduled_at, made.due_at) == (late.scheduled_at, late.due_at)
    assert (made.dispatched_by, made.trigger, made.suffix) == (DispatchedBy.SWEEP, Trigger.SCHEDULE, "")


def test_a_timer_that_expired_hours_late_is_queued_without_delay() -> None:
    decision = dispatch(timer(), TimerChange.EXPIRED, now=NOON + minutes(600))

    assert isinstance(decision, QueueRun)
    assert decision.delay_seconds == 0


@pytest.mark.parametrize(("away", "delay"), [(0, 0), (-5, 0), (0.001, 1), (1, 1), (1.5, 2), (899.1, 900), (900, 900)])
def test_a_delay_is_whole_seconds_rounded_up(away: float, delay: int) -> None:
    assert delay_seconds(NOON + seconds(away), NOON) == delay


def test_a_delay_of_a_microsecond_is_a_second() -> None:
    assert delay_seconds(NOON + timedelta(microseconds=1), NOON) == 1


def test_more_than_the_queue_can_hold_is_refused() -> None:
    with pytest.raises(TooFarToQueueError):
        delay_seconds(NOON + seconds(900) + timedelta(microseconds=1), NOON)


def test_a_run_beyond_the_queues_reach_takes_a_hop_of_all_it_can_hold() -> None:
    assert queue_run(request(due_at=NOON + minutes(40)), now=NOON).delay_seconds == 900


def test_hops_bring_a_run_to_its_due_instant_and_not_before() -> None:
    far, now, hops = request(due_at=NOON + minutes(40)), NOON, 0
    while now < far.due_at:
        now += seconds(queue_run(far, now=now).delay_seconds)
        hops += 1

    assert now == far.due_at
    assert hops == 3


@pytest.mark.parametrize(
    ("ahead", "delay"), [(0.2, 0), (0.3, 0), (1.2, 0), (1.3, 1), (10, 9), (10.4, 10), (900, 899), (-5, 0)]
)
def test_a_precise_run_arrives_before_it_is_due_with_time_to_be_claimed(ahead: float, delay: int) -> None:
    asked = request(due_at=NOON + seconds(ahead), precise=True)

    decision = queue_run(asked, now=NOON)

    assert decision == QueueRun(asked, delay)
    assert ahead - delay < 1.3 + 1e-6
    assert ahead - delay >= 0.3 or delay == 0


def test_a_precise_run_that_is_far_away_takes_hops_like_any_other() -> None:
    assert queue_run(request(due_at=NOON + seconds(1500), precise=True), now=NOON).delay_seconds == 900


def test_a_timer_tells_its_message_whether_it_is_precise() -> None:
    due_at = NOON + seconds(30)

    decisions = [dispatch(timer(due_at=due_at, near=near, precise=True), change, now=NOON) for near, change in _PATHS]

    assert [isinstance(one, QueueRun) and (one.request.precise, one.delay_seconds) for one in decisions] == [
        (True, 29),
        (True, 29),
    ]


_PATHS = [(True, TimerChange.WRITTEN), (False, TimerChange.EXPIRED)]


LEAD = LoopSettings().lead


def woken(due_in: timedelta, *, precise: bool = False, lead: timedelta = LEAD) -> QueueRun | None:
    following = Occurrence(NOON, NOON + due_in, precise)
    return wake("homepage", following, revision(1), now=NOON, settings=LoopSettings(lead=lead), number=7)


def test_a_near_run_that_follows_goes_straight_to_the_queue_with_its_exact_delay() -> None:
    near = timer(scheduled_at=NOON, due_at=NOON + seconds(299.5), number=7, near=True)

    assert woken(seconds(299.5)) == QueueRun(RunRequest.for_timer(near, DispatchedBy.NEAR), 300)


def test_a_precise_run_that_follows_arrives_before_it_is_due_too() -> None:
    waking = woken(minutes(5), precise=True)

    assert waking is not None
    assert waking.request.precise
    assert waking.delay_seconds == 299


def test_a_run_that_follows_too_late_for_the_queue_is_held_by_its_timer() -> None:
    assert woken(seconds(900)) is not None
    assert woken(seconds(900.001)) is None


def test_a_run_that_follows_beyond_the_lead_is_held_by_its_timer() -> None:
    assert woken(minutes(5), lead=minutes(5)) is not None
    assert woken(minutes(5) + seconds(0.001), lead=minutes(5)) is None


def test_a_run_that_follows_and_is_late_already_is_queued_without_delay() -> None:
    waking = woken(minutes(-600))

    assert waking is not None
    assert waking.delay_seconds == 0

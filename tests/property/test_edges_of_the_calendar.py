"""What holds for the first and the last instants that there are, in the years 1 and 9999."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from schedule_model.errors import InvalidExpressionError
from schedule_model.next_runs import next_runs
from schedule_model.plan import PlanStatus
from schedule_model.plan_decision import SavePlan
from schedule_model.planning import plan
from schedule_model.previews import next_due
from schedule_model.settings import LoopSettings
from schedule_model.target_change import TargetChange
from schedule_model.timer import set_timer
from tests.unit.examples import NOON, item, planned

LAST_ONE = "at(9999-12-31T23:59:59)"
NEW_YORK = {"timezone": "America/New_York"}
FIRST, LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
walls = st.sampled_from(
    [
        *("0001-01-01T00:00:00", "0001-01-01T00:00:01", "0001-01-01T12:00:00", "0001-12-31T23:59:59"),
        *("9998-12-31T23:59:59", "9999-01-01T00:00:00", "9999-12-31T12:00:00", "9999-12-31T23:59:59"),
    ]
)
instants = st.builds(
    lambda wall, fraction, offset: f"{wall}{fraction}{offset}",
    walls,
    st.sampled_from(["", ".000001", ".25", ".999999"]),
    st.sampled_from(["Z", "+14:00", "-12:00"]),
)
forms = st.sampled_from(
    [
        *("rate(1 second)", "rate(7 hours)", "rate(1000000 days)", "rate(3652058 days)", "cron(* * * * ? *)"),
        *("cron(0 0 31 12 ? 2199)", "0 0 1 1 *", "rrule(FREQ=SECONDLY;INTERVAL=7)", "rrule(FREQ=YEARLY;COUNT=3)"),
        *("rrule(DTSTART=00010101T000000;FREQ=YEARLY;INTERVAL=1000)", "rrule(FREQ=DAILY;UNTIL=99991231T235959Z)"),
    ]
)
expressions = forms | walls.map(lambda wall: f"at({wall})")
days = st.sampled_from(["0001-01-01", "9999-12-31", "9998-12-31", "0001-01-01..9999-12-31", "9998-12-31..9999-12-30"])
schedules = st.fixed_dictionaries(
    {"schedule": expressions | st.lists(expressions, min_size=1, max_size=3)},
    optional={
        "timezone": st.sampled_from(["America/New_York", "Pacific/Kiritimati", "Etc/GMT+12"]),
        "except": st.lists(days | expressions, max_size=3),
        "starts_at": instants,
        "ends_at": instants,
        "flexible_window_seconds": st.sampled_from([1, 86_400]),
        "catch_up": st.sampled_from(["all", "latest"]),
    },
)


edits = st.datetimes(datetime(1971, 1, 1), datetime(2150, 1, 1), timezones=st.just(UTC))


@settings(max_examples=150)
@given(fields=schedules, now=edits, is_found=st.booleans())
@example(fields={"schedule": LAST_ONE, "except": [LAST_ONE]}, now=NOON, is_found=False)
@example(fields={"schedule": "rate(1 day)", "starts_at": "9999-12-31T23:59:59.5Z"}, now=NOON, is_found=False)
def test_every_target_has_a_plan_and_its_first_timer(fields: dict[str, Any], now: datetime, *, is_found: bool) -> None:
    written = item(**fields)
    hours = [now - timedelta(hours=hour) for hour in (2, 1)]
    paused = planned(item(**fields, active=False), status=PlanStatus.PAUSED, anchor_at=hours[0], paused_at=hours[1])
    changes = [
        TargetChange("homepage", None, written, "2", now, is_found=is_found),
        TargetChange("homepage", paused, written | {"plan": paused["plan"]}, "2", now),
    ]

    for change in changes:
        decision = plan(change, lambda _: None)

        assert isinstance(decision, SavePlan)
        if decision.first is not None:
            timer = set_timer("homepage", decision.first, "2", now=now, settings=LoopSettings())
            assert timer.expires_at <= max(decision.first.due_at, now)
            assert next_due(written | {"plan": decision.plan.item()}, after=now - timedelta(hours=2)) is not None


@settings(max_examples=150)
@given(schedules, st.sampled_from([FIRST, FIRST + timedelta(days=1), NOON, LAST - timedelta(days=1), LAST]), walls)
@example({"schedule": "at(0001-01-01T00:00:30)", "except": ["cron(* * * * ? *)"]}, FIRST, "0001-01-01T00:00:00")
@example(NEW_YORK | {"schedule": "rate(1 second)", "except": ["9999-12-31"]}, FIRST, "0001-01-01T00:00:00")
def test_a_schedule_is_read_from_the_first_instant_to_the_last(
    fields: dict[str, Any], after: datetime, anchor: str
) -> None:
    schedule, timezone, exclude = (fields.get(name, ()) for name in ("schedule", "timezone", "except"))
    start = datetime.fromisoformat(f"{anchor}Z")
    try:
        found = next_runs(schedule, timezone or "UTC", after=after, count=3, anchor=start, exclude=exclude)
    except InvalidExpressionError:
        return

    assert found == sorted(set(found))
    assert all(one > after and one.microsecond == 0 for one in found)

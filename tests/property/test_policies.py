"""Random targets with random policies through the real handlers, against a naive model of what should happen."""

import zlib
from functools import partial
from typing import Any

from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from functions.runners.contract import RunContext
from schedule_model.errors import RunnerError
from schedule_model.run_result import RunResult
from schedule_model.target import Target
from tests.property.naive_model import NaiveModel, seconds_of, text
from tests.property.virtual_loop import VirtualLoop

HOUR = 3_600
HORIZON = 3 * HOUR
CREATED = 7

SCHEDULES = st.sampled_from(
    [
        "rate(1 minute)",
        "rate(7 minutes)",
        "rate(20 minutes)",
        "rate(90 minutes)",
        "cron(0/15 0-23 * * ? *)",
        "cron(5/30 13-16 * * ? *)",
        "at(2026-11-20T14:30:00)",
        ["rate(25 minutes)", "cron(10/30 12-20 * * ? *)"],
    ]
)
INSTANTS = st.integers(0, HORIZON // 60).map(lambda minute: text(minute * 60))
RETRIES = st.fixed_dictionaries(
    {"max_attempts": st.integers(1, 4)},
    optional={
        "backoff_seconds": st.sampled_from([0, 3, 40, 600, 2_000]),
        "max_backoff_seconds": st.sampled_from([0, 30, 1_000, 5_000]),
        "max_age_seconds": st.sampled_from([0, 60, 900, 7_200]),
    },
)
POLICIES: dict[str, st.SearchStrategy[Any]] = {
    "overlap": st.sampled_from(["allow", "skip", "queue"]),
    "catch_up": st.sampled_from(["latest", "all", "skip"]),
    "misfire_grace_seconds": st.sampled_from([1, 60, 900, 3_600]),
    "retry": RETRIES,
    "timeout_seconds": st.sampled_from([10, 31, 55]),
    "pause_after_failures": st.integers(1, 3),
    "max_runs": st.integers(1, 12),
    "flexible_window_seconds": st.sampled_from([0, 50, 600, 4_000]),
    "on_complete": st.sampled_from(["keep", "delete"]),
}
BOUNDS = {"starts_at": st.integers(0, 90).map(lambda m: text(m * 60)), "ends_at": INSTANTS}
TARGETS = st.fixed_dictionaries({"schedule": SCHEDULES}, optional=POLICIES | BOUNDS)
EDITS = st.one_of(
    st.just({"active": False}),
    st.just({"active": True}),
    st.just(None),
    st.fixed_dictionaries({}, optional=POLICIES),
    st.fixed_dictionaries({"schedule": SCHEDULES}),
)
ATTEMPTS = st.lists(st.tuples(st.sampled_from([1, 2, 9, 28, 54, 70]), st.booleans()), min_size=1, max_size=6)


@st.composite
def lives(draw: st.DrawFn) -> tuple[dict[str, Any], list[tuple[int, Any, bool]], list[tuple[int, int]], Any]:
    starts = sorted(draw(st.sets(st.integers(1, 5), max_size=2)))
    outages = [(start * 1_800 + 17, start * 1_800 + 17 + draw(st.integers(1, 1_700))) for start in starts]
    if len(outages) == 1:
        outages = [(outages[0][0], outages[0][0] + draw(st.sampled_from([30, 600, HOUR])))]
    actions = []
    for when, change, wipes in draw(
        st.lists(st.tuples(st.integers(10, HORIZON), EDITS, st.booleans()), max_size=6, unique_by=lambda one: one[0])
    ):
        if not any(start <= when <= end for start, end in outages):
            actions.append((when, change, wipes))
    return draw(TARGETS), sorted(actions, key=lambda one: one[0]), outages, draw(ATTEMPTS)


def is_acceptable(fields: dict[str, Any]) -> bool:
    bounds = (fields.get("starts_at"), fields.get("ends_at"))
    return None in bounds or seconds_of(str(bounds[0])) < seconds_of(str(bounds[1]))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(lives())
def test_every_run_is_as_the_policies_say(life: Any) -> None:
    compare(life)


def compare(life: Any) -> None:
    fields, actions, outages, attempts = life
    if not is_acceptable(fields):
        del fields["starts_at"]

    def behaviour(run: str, attempt: int) -> tuple[int, bool]:
        took, succeeds = attempts[(zlib.crc32(run.encode()) + attempt) % len(attempts)]
        return took, succeeds

    def script(target: Target, context: RunContext) -> RunResult | None:
        run = context.idempotency_key.partition("/")[2]
        took, succeeds = behaviour(run.partition("#")[0] + "#" * ("#" in run), context.attempt)
        loop.take(took, context.deadline)
        if not succeeds:
            raise RunnerError("broke")
        return None

    loop = VirtualLoop(script, outages=outages)
    naive = NaiveModel("a", behaviour, outages, HORIZON)
    loop.user(CREATED, lambda: loop.write({"id": "a", "type": "echo", **fields}))
    naive.user(CREATED, fields)
    for when, change, wipes in actions:
        naive.user(when, change)
        if change is None:
            loop.user(when, lambda: loop.run_now("a"))
        else:
            loop.user(when, partial(loop.edit, "a", wipes=wipes, **change))

    loop.go_on_until(HORIZON)

    expected = naive.play()
    assert not loop.telemetry.exceptions, loop.telemetry.exceptions
    assert seen(loop) == [row.seen() for row in expected]
    plan = loop.plan()
    assert (plan.status if plan else "NONE") == (naive.edition.status if naive.fields else "NONE")
    for status in {row.status for row in expected}:
        event(status)


def seen(loop: VirtualLoop) -> list[tuple[str, str, int, int | None]]:
    return [
        (
            text(seconds_of(row.run_id.partition("#")[0])) + "#" * ("#" in row.run_id),
            str(row.status),
            row.attempt,
            None if row.started_at is None or row.attempt == 0 else seconds_of(row.started_at.isoformat()),
        )
        for row in loop.rows()
    ]

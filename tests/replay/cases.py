"""What each file in events/ must lead to, in the tables and queues of a stack that it arrives in."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from tests.replay.state import State

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
HANDLED: dict[str, object] = {"batchItemFailures": []}
HOMEPAGE: dict[str, object] = {
    "id": "homepage",
    "type": "echo",
    "schedule": "rate(5 minutes)",
    "params": {"message": "hello"},
    "active": True,
}
_FIRST, _SECOND = "2026-11-20T12:05:00Z", "2026-11-20T12:10:00Z"
_PLANNED = ("SCHEDULED", _FIRST)
_FIRST_TIMER = (_FIRST, True)
_ONE_RUN = State(plan=_PLANNED, timers=(_FIRST_TIMER,), runs=((_FIRST, "COMPLETED", 1),), delayed=1)
_BY_ATTRIBUTE, _BY_BODY = "5449fdbb-b4b7-5626-b8b3-993a57285a1d", "e2d8856b-2fdb-5309-b024-7d3f4ea66fc4"


def _asked_by(message_id: str) -> tuple[str, str, int]:
    """Return the run that a message written by hand at noon asks for."""
    return f"2026-11-20T12:00:00Z#{message_id}", "COMPLETED", 1


@dataclass(frozen=True, slots=True)
class Case:
    """What comes before a file, and what must be true after it.

    Attributes:
        minutes: after noon of the files' day, when it arrives.
        written: the target `homepage` as its user has written it when the file arrives; None for none.
        before: files that arrived before; the first of them finds `HOMEPAGE` as it was written at first.
        timer: whether the timer in `timer-far-inserted.json` is in its table.
        answer: what the function must answer; of an HTTP answer, its status and what is named of its body.
        leads_to: the state after it.
    """

    minutes: float
    leads_to: State
    written: dict[str, object] | None = None
    before: tuple[str, ...] = ()
    timer: bool = False
    answer: dict[str, object] | None = None

    @property
    def arrives_at(self) -> datetime:
        """Return when the file arrives, in its own time."""
        return NOON + timedelta(minutes=self.minutes)


def _target(leads_to: State, *, before: tuple[str, ...] = ("target-inserted",), **changes: object) -> Case:
    return Case(0, replace(leads_to, targets=1), written=HOMEPAGE | changes, before=before)


def _run(leads_to: State, *, before: tuple[str, ...] = ("target-inserted",), **changes: object) -> Case:
    return Case(5, replace(leads_to, targets=1), written=HOMEPAGE | changes, before=before)


def _asked_over_http(leads_to: State, code: int, *, before: tuple[str, ...] = (), **body: object) -> Case:
    written = HOMEPAGE if before else None
    return Case(1, leads_to, written=written, before=before, answer={"statusCode": code, "body": body})


_NOTHING = State()
_STARTED = State(plan=_PLANNED, timers=(_FIRST_TIMER,))
_SAME = replace(_STARTED, targets=1)
_UPCOMING = [
    {"target_id": "homepage", "type": "echo", "due_at": instant, "scheduled_at": instant, "attempt": 1}
    for instant in (_FIRST, _SECOND)
]
CASES: dict[str, Case] = {
    "target-inserted": _target(_STARTED, before=()),
    "target-plan-written": _target(_STARTED),
    "target-schedule-changed": _target(
        State(plan=("SCHEDULED", "2026-11-20T13:00:00Z"), timers=(_FIRST_TIMER, ("2026-11-20T13:00:00Z", False))),
        schedule="rate(1 hour)",
    ),
    "target-params-changed": _target(_STARTED, params={"message": "goodbye"}),
    "target-written-again": _target(_STARTED),
    "target-paused": _target(State(plan=("PAUSED", None), timers=(_FIRST_TIMER,)), active=False),
    "target-removed": Case(0, State(timers=(_FIRST_TIMER,)), before=("target-inserted",)),
    "target-invalid": _target(State(plan=("INVALID", None)), before=(), schedule="rate(5 minute", timeout_seconds="30"),
    "timer-near-inserted": Case(5, State(visible=1)),
    "timer-near-written-again": Case(5, State(visible=1)),
    "timer-far-inserted": Case(0, _NOTHING),
    "timer-near-expired": Case(5, _NOTHING),
    "timer-removed-by-user": Case(5, _NOTHING),
    "timer-watermark-written": Case(0, _NOTHING),
    "timer-expired": Case(26, State(delayed=1)),
    "run-due": _run(_ONE_RUN),
    "run-early": _run(State(plan=_PLANNED, timers=(_FIRST_TIMER,), delayed=1)),
    "run-stale": _run(
        State(plan=("SCHEDULED", "2026-11-20T13:00:00Z"), timers=(_FIRST_TIMER, ("2026-11-20T13:00:00Z", False))),
        before=("target-inserted", "target-schedule-changed"),
        schedule="rate(1 hour)",
    ),
    "run-duplicate": _run(_ONE_RUN, before=("target-inserted", "run-due")),
    "run-retry": _run(
        State(
            plan=_PLANNED,
            timers=(_FIRST_TIMER,),
            runs=((_FIRST, "COMPLETED", 2),),
            visible=1,
            delayed=1,
        ),
        before=("target-inserted", "run-due"),
        params={"fail": 1},
        retry={"backoff_seconds": 0},
    ),
    "run-manual": _run(State(plan=_PLANNED, timers=(_FIRST_TIMER,), runs=((f"{_FIRST}#by-hand-1", "COMPLETED", 1),))),
    "run-target-now": _run(
        State(plan=_PLANNED, timers=(_FIRST_TIMER,), runs=(_asked_by(_BY_ATTRIBUTE), _asked_by(_BY_BODY)))
    ),
    "run-task-now": Case(
        5, State(runs=(("2026-11-20T12:00:00Z#9a5517be-4f27-5e63-b63f-6aaa8a75b0a1", "COMPLETED", 1),))
    ),
    "run-poison": _run(
        replace(_ONE_RUN, buried=2),
    ),
    "sweep-tick": Case(38, State(delayed=1), timer=True, answer={"dispatched": 1, "failed": 0, "reconciled": 0}),
    "http-create-target": _asked_over_http(State(targets=1), 201, id="homepage", params={"message": "hello"}),
    "http-create-target-invalid": _asked_over_http(_NOTHING, 422, type="urn:hourglass:problem:invalid"),
    "http-read-target": _asked_over_http(_SAME, 200, before=("target-inserted",), next_run_at=_FIRST),
    "http-create-task": _asked_over_http(State(targets=1), 201, status="SCHEDULED", type="echo"),
    "http-upcoming": _asked_over_http(_SAME, 200, before=("target-inserted",), runs=_UPCOMING),
}

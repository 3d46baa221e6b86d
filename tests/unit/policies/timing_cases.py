"""The lives behind docs/policies.md: when a schedule begins, pauses, catches up and ends."""

from schedule_model.run_result import RunResult
from tests.property.virtual_loop import at
from tests.unit.policies.lives import (
    ALWAYS,
    PAUSE,
    RESUME,
    TWENTY_FORTY_SIXTY_NINE,
    WAITS,
    Life,
    ask_for_backfill,
    create_again,
    create_again_and_edit,
    delete,
    edit,
    run_now,
    run_of,
)

TWICE_PAUSES = {"pause_after_failures": 2, "retry": {"max_attempts": 1}}

CASES: dict[tuple[str, str], Life] = {
    ("starts_at and ends_at", "`starts_at` 12:07"): Life({"starts_at": "2026-11-20T12:07:00Z"}, 13),
    ("starts_at and ends_at", "`starts_at` 12:07 and a quarter of a second"): Life(
        {"starts_at": "2026-11-20T12:07:00.250Z"}, 13
    ),
    ("starts_at and ends_at", "`ends_at` a moment before 12:10"): Life({"ends_at": "2026-11-20T12:09:59.999999Z"}),
    ("starts_at and ends_at", "`ends_at` 12:10"): Life({"ends_at": "2026-11-20T12:10:00Z"}, 30),
    ("starts_at and ends_at", "`ends_at` before the first occurrence"): Life({"ends_at": "2026-11-20T12:04:00Z"}),
    ("starts_at and ends_at", "`ends_at` is moved to 12:12 while the run of 12:15 is queued"): Life(
        acts={11: edit(ends_at="2026-11-20T12:12:00Z")}, until=20
    ),
    ("starts_at and ends_at", "`ends_at` 12:10, and the run of 12:10 is being tried again"): Life(
        {"ends_at": "2026-11-20T12:10:00Z"}, fails={"12:10": 2}, until=20
    ),
    ("flexible_window_seconds", "a window of 120"): Life(
        {"flexible_window_seconds": 120},
        13,
        also=lambda loop: all(0 <= (run.due_at - run.scheduled_at).seconds < 120 for run in loop.rows()),
    ),
    ("flexible_window_seconds", "a window longer than the schedule's period"): Life(
        {"flexible_window_seconds": 3_000},
        15,
        also=lambda loop: all((run.due_at - run.scheduled_at).seconds < 300 for run in loop.rows()),
    ),
    ("flexible_window_seconds", "`ends_at` falls into the window"): Life(
        {"flexible_window_seconds": 290, "ends_at": "2026-11-20T12:10:01Z"}, 20
    ),
    ("flexible_window_seconds", "from 290 to 0 at 12:11, while the run of 12:10 waits for its share"): Life(
        {"flexible_window_seconds": 290}, acts={11: edit(flexible_window_seconds=0)}
    ),
    ("precise", "`precise` is true"): Life(
        {"precise": True},
        also=lambda loop: all(run.started_at == run.due_at and run.lateness_ms == 0 for run in loop.rows()),
    ),
    ("precise", "the first attempt of 12:05 fails"): Life(
        {"precise": True, "retry": {"max_attempts": 2}}, 11, fails={"12:05": 1}
    ),
    ("precise", "nothing runs from 12:04 to 12:06"): Life(
        {"precise": True, "misfire_grace_seconds": 120},
        11,
        outage=(4, 6),
        also=lambda loop: [run.lateness_ms for run in loop.rows()] == [60_000, 0],
    ),
    ("precise", "paused half a second before it is due"): Life({"precise": True}, acts={5 - 1 / 120: PAUSE}),
    ("catch_up", "nothing is said; nothing runs from 12:07 to 12:33"): Life(outage=(7, 33), until=36),
    ("catch_up", "`latest`, and the latest is older than the grace too"): Life(
        {"catch_up": "latest", "misfire_grace_seconds": 60}, outage=(7, 33), until=34
    ),
    ("catch_up", "changed from `latest` to `skip` during the outage"): Life(
        {"catch_up": "latest"}, acts={15: edit(catch_up="skip")}, outage=(7, 23), until=26
    ),
    ("catch_up", "`all`"): Life({"catch_up": "all"}, outage=(7, 23), until=26),
    ("catch_up", "`skip`"): Life({"catch_up": "skip"}, outage=(7, 23), until=26),
    ("catch_up", "`skip`, and one is still within its grace"): Life(
        {"catch_up": "skip", "misfire_grace_seconds": 240}, outage=(7, 23), until=26
    ),
    ("catch_up", "late by no more than `misfire_grace_seconds`"): Life(
        {"misfire_grace_seconds": 600}, outage=(9, 14), until=16
    ),
    ("catch_up", "nothing is said; paused from 12:07 to 12:23"): Life(acts={7: PAUSE, 23: RESUME}, until=26),
    ("catch_up", "`latest`; paused from 12:07 to 12:23"): Life(
        {"catch_up": "latest"}, acts={7: PAUSE, 23: RESUME}, until=26
    ),
    ("catch_up", "`all`; paused from 12:07 to 12:23"): Life({"catch_up": "all"}, acts={7: PAUSE, 23: RESUME}, until=26),
    ("catch_up", "`all`; the schedule is edited during the pause"): Life(
        {"catch_up": "all"}, acts={7: PAUSE, 15: edit(schedule="rate(10 minutes)"), 23: RESUME}, until=26
    ),
    ("catch_up", "the schedule is edited during the outage"): Life(
        outage=(7, 23), acts={15: edit(schedule="rate(6 minutes)")}, until=30
    ),
    ("catch_up", "`all`; both the pause and its end fall into an outage"): Life(
        {"catch_up": "all"}, outage=(7, 23), acts={8: PAUSE, 16: RESUME}, until=26
    ),
    ("catch_up", "`skip`, and a run waits for its retry when the outage begins"): Life(
        {"catch_up": "skip", "retry": {"backoff_seconds": 60}}, fails={"12:05": 1}, outage=(5.5, 12), until=16
    ),
    ("catch_up", "a one-off whose time falls into an outage"): Life(
        {"schedule": "at(2026-11-20T12:10:00)"}, outage=(7, 23), until=26
    ),
    ("catch_up", "a one-off whose time falls into an outage, `skip`"): Life(
        {"schedule": "at(2026-11-20T12:10:00)", "catch_up": "skip"}, outage=(7, 23), until=26
    ),
    ("pausing", "`active` false at 12:07, true at 12:12"): Life(acts={7: PAUSE, 12: RESUME}),
    ("pausing", "paused while a run is in progress"): Life(takes=20, acts={5.1: PAUSE}),
    ("pausing", "paused while a run waits for its retry"): Life(fails=ALWAYS, acts={5.05: PAUSE}),
    ("pausing", "deleted while a run waits for its retry"): Life(fails=ALWAYS, acts={5.05: delete}),
    ("max_runs", "`max_runs` 2"): Life({"max_runs": 2}, 30),
    ("max_runs", "some are skipped by `overlap`"): Life(
        {"max_runs": 3, "overlap": "skip", "schedule": "rate(30 seconds)", "timeout_seconds": 50}, takes=40, until=4
    ),
    ("max_runs", "the last run waits for the one before it"): Life(
        {"max_runs": 2, "overlap": "queue", "schedule": "rate(30 seconds)", "timeout_seconds": 50}, takes=40, until=4
    ),
    ("max_runs", "raised from 1 to 2 before the last has ended"): Life(
        {"max_runs": 1}, acts={3: edit(max_runs=2)}, until=30
    ),
    ("max_runs", "lowered below what has run"): Life({"max_runs": 9}, acts={12: edit(max_runs=1)}, until=30),
    ("max_runs", "a run by hand"): Life({"max_runs": 2}, acts={6: run_now}, until=30),
    ("max_runs", "a retry"): Life({"max_runs": 2}, fails={"12:05": 2}, until=30),
    ("max_runs", "`max_runs` 2; deleted and created again at 12:11, edited at 12:13"): Life(
        {"max_runs": 2}, acts={11: create_again(max_runs=2), 13: edit(precise=True)}, until=40
    ),
    ("max_runs", "the same, and reconcile looks at it"): Life(
        {"max_runs": 2}, acts={11: create_again(max_runs=2, schedule="rate(1 hour)")}, until=150, reconciles=True
    ),
    ("max_runs", "the same, and its schedule is edited in the second in which it is created"): Life(
        {"max_runs": 2}, acts={11: create_again_and_edit(schedule="rate(10 minutes)")}, until=40
    ),
    ("on_complete", "`keep`"): Life({"max_runs": 1}),
    ("on_complete", "`delete`"): Life({"max_runs": 1, "on_complete": "delete"}),
    ("on_complete", "`delete`, and the last run fails"): Life(
        {"max_runs": 1, "on_complete": "delete"}, fails=ALWAYS, until=30
    ),
    ("on_complete", "`delete`, and the last occurrence is skipped"): Life(
        {"schedule": "at(2026-11-20T12:10:00)", "catch_up": "skip", "on_complete": "delete"}, outage=(7, 23), until=26
    ),
    ("on_complete", "`delete`, and an earlier run waits for its retry"): Life(
        {"max_runs": 2, "on_complete": "delete", "retry": {"backoff_seconds": 400, "max_backoff_seconds": 400}},
        fails={"12:05": 1},
        until=13,
        reconciles=True,
        also=lambda loop: run_of(loop, "12:05").finished_at == at(5 * 60 + 1 + 400 + 1),
    ),
    ("on_complete", "the same, a quarter of an hour later"): Life(
        {"max_runs": 2, "on_complete": "delete", "retry": {"backoff_seconds": 400, "max_backoff_seconds": 400}},
        fails={"12:05": 1},
        until=30,
        reconciles=True,
    ),
    ("on_complete", "changed to `delete` while the last run waits for its retry"): Life(
        {"max_runs": 1, "retry": {"backoff_seconds": 120}}, fails={"12:05": 1}, acts={5.1: edit(on_complete="delete")}
    ),
    ("on_complete", "`delete`, and a run waits for its turn when the last is skipped"): Life(
        {"schedule": TWENTY_FORTY_SIXTY_NINE, "overlap": "queue", "timeout_seconds": 55, "on_complete": "delete"},
        takes=48,
        until=4,
    ),
    ("on_complete", "the schedule is edited after its end"): Life(
        {"schedule": "at(2026-11-20T12:05:00)"}, acts={7: edit(schedule="at(2026-11-20T12:10:00)")}
    ),
    ("pause_after_failures", "2, and every run fails"): Life(
        TWICE_PAUSES,
        fails=ALWAYS,
        until=30,
        also=lambda loop: "paused after 2 failed runs in a row" in str((loop.item() or {})["note"]),
    ),
    ("pause_after_failures", "2, and a run between succeeds"): Life(
        TWICE_PAUSES, fails={"12:05": 1, "12:15": 1}, until=17
    ),
    ("pause_after_failures", "2, and a run between is skipped"): Life(
        TWICE_PAUSES | {"overlap": "skip", "schedule": "rate(30 seconds)", "timeout_seconds": 50},
        takes=40,
        fails=ALWAYS,
        until=5,
    ),
    ("pause_after_failures", "2, and runs by hand fail"): Life(
        TWICE_PAUSES, fails={"12:01": 1, "12:02": 1, "12:05": 1}, acts={1: run_now, 2: run_now}, until=11
    ),
    ("pause_after_failures", "2, and a run by hand between succeeds"): Life(
        TWICE_PAUSES, fails={"12:05": 1, "12:10": 1}, acts={7: run_now}, until=16
    ),
    ("pause_after_failures", "2, resumed, and the next run fails"): Life(
        TWICE_PAUSES, fails={"12:05": 1, "12:10": 1, "12:15": 1}, acts={11: RESUME}, until=21
    ),
    ("pause_after_failures", "set to 1 while a run waits for its retry, which fails"): Life(
        WAITS, fails=ALWAYS, acts={5.1: edit(pause_after_failures=1)}
    ),
    ("pause_after_failures", "2, and the second failure is the schedule's last run"): Life(
        TWICE_PAUSES | {"max_runs": 2}, fails=ALWAYS, until=30
    ),
    ("next_run_at", "earlier than the next occurrence"): Life(
        answers={"12:05": RunResult(next_run_at=at(7 * 60))}, until=11
    ),
    ("next_run_at", "the same, `max_runs` 2"): Life(
        {"max_runs": 2}, answers={"12:05": RunResult(next_run_at=at(7 * 60))}, until=31
    ),
    ("next_run_at", "later than the next occurrence"): Life(
        answers={"12:05": RunResult(next_run_at=at(12 * 60))}, until=16
    ),
    ("next_run_at", "after `ends_at`"): Life(
        {"ends_at": "2026-11-20T12:20:00Z"}, answers={"12:05": RunResult(next_run_at=at(1_800))}, until=30
    ),
    ("next_run_at", "`max_runs` is reached"): Life(
        {"max_runs": 1}, answers={"12:05": RunResult(next_run_at=at(7 * 60))}, until=30
    ),
    ("next_run_at", "the schedule is edited before it comes"): Life(
        answers={"12:05": RunResult(next_run_at=at(14 * 60))}, acts={7: edit(schedule="rate(6 minutes)")}, until=15
    ),
    ("next_run_at", "from a run by hand"): Life(
        answers={"12:02": RunResult(next_run_at=at(14 * 60))}, acts={2: run_now}, until=11
    ),
    ("completed", "a runner answers `completed`"): Life(answers={"12:10": RunResult(completed=True)}, until=30),
    ("completed", "an earlier run waits for its retry"): Life(
        {"retry": {"backoff_seconds": 400, "max_backoff_seconds": 400}},
        fails={"12:05": 1},
        answers={"12:10": RunResult(completed=True)},
        until=30,
    ),
    ("completed", "a run by hand answers it"): Life(
        answers={"12:02": RunResult(completed=True)}, acts={2: run_now}, until=11
    ),
    ("backfill", "a range of three occurrences, asked for twice"): Life(
        acts={21: ask_for_backfill(5, 16), 22: ask_for_backfill(5, 16)}, until=23
    ),
    ("backfill", "again with another name"): Life(
        acts={11: ask_for_backfill(5, 6), 12: ask_for_backfill(5, 6, "again")}, until=13
    ),
    ("backfill", "`overlap` skip or queue"): Life(
        {"overlap": "skip", "timeout_seconds": 50}, acts={16: ask_for_backfill(4, 16)}, takes=40, until=19
    ),
    ("backfill", "the target is paused"): Life(acts={11: PAUSE, 12: ask_for_backfill(5, 6)}, until=13),
    ("backfill", "before the target was created"): Life(acts={2: ask_for_backfill(-12, -1)}, until=4),
}

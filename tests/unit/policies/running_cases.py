"""The lives behind docs/policies.md: how runs start, fail, are tried again and are recorded."""

from schedule_model.run_result import RunResult
from tests.property.virtual_loop import OWN_DEAD_LETTERS, VirtualLoop, at
from tests.unit.policies.lives import (
    ALWAYS,
    PAUSE,
    TWENTY_FORTY_SIXTY_NINE,
    WAITS,
    Life,
    delete,
    edit,
    make_late,
    run_now,
    run_of,
)

SLOW = {"schedule": "rate(30 seconds)", "timeout_seconds": 55}
LATE_RETRY = {"timeout_seconds": 55, "retry": {"backoff_seconds": 60}}
FAR = {"backoff_seconds": 1_000, "max_backoff_seconds": 1_000}


def letters(loop: VirtualLoop) -> list[str | None]:
    return [letter.queue_url for letter in loop.queue.dead]


def is_after(loop: VirtualLoop, later: str, earlier: str) -> bool:
    started, ended = run_of(loop, later).started_at, run_of(loop, earlier).finished_at
    return started is not None and ended is not None and started >= ended


CASES: dict[tuple[str, str], Life] = {
    ("overlap", "nothing is said"): Life(SLOW, takes=40, until=2),
    ("overlap", "`skip`, and the run before is in progress"): Life(SLOW | {"overlap": "skip"}, takes=40, until=2),
    ("overlap", "`skip`, and the run before waits for its retry"): Life(
        {"overlap": "skip", "retry": {"backoff_seconds": 500, "max_backoff_seconds": 500}}, fails={"12:05": 1}, until=17
    ),
    ("overlap", "`skip`, and 23 have been skipped already"): Life(
        {"overlap": "skip", "schedule": "rate(2 seconds)", "timeout_seconds": 55},
        takes=51,
        until=0.86,
        also=lambda loop: run_of(loop, "12:00:50").held_by == "2026-11-20T12:00:02Z",
    ),
    ("overlap", "`queue`, and the run before is in progress"): Life(
        SLOW | {"overlap": "queue"}, takes=33, until=1.6, also=lambda loop: run_of(loop, "12:01").lateness_ms == 3_000
    ),
    ("overlap", "`queue`, and one waits already"): Life(
        {"overlap": "queue", "schedule": "rate(15 seconds)", "timeout_seconds": 55}, takes=40, until=1.2
    ),
    ("overlap", "`queue`, one waits already, and the one that is skipped is the schedule's last"): Life(
        {"schedule": TWENTY_FORTY_SIXTY_NINE, "overlap": "queue", "timeout_seconds": 55}, takes=48, until=4
    ),
    ("overlap", "changed from `queue` to `skip` while a run waits"): Life(
        SLOW | {"overlap": "queue"}, takes=50, acts={1.1: edit(overlap="skip")}, until=1.4
    ),
    ("overlap", "changed from `queue` to `allow` while a run waits"): Life(
        SLOW | {"overlap": "queue"}, takes=50, acts={1.1: edit(overlap="allow")}, until=1.4
    ),
    ("overlap", "the schedule is edited while a run waits"): Life(
        SLOW | {"overlap": "queue"}, takes=50, acts={1.1: edit(schedule="rate(1 hour)")}, until=3
    ),
    ("overlap", "`skip`, and a run by hand comes meanwhile"): Life(
        {"overlap": "skip", "timeout_seconds": 50}, takes=40, acts={5.2: run_now}, until=7
    ),
    ("overlap", "`skip`, and a run by hand is in progress"): Life(
        {"overlap": "skip", "timeout_seconds": 50}, takes=40, acts={4.9: run_now}, until=7
    ),
    ("overlap", "`queue`, and an outage falls into the wait"): Life(
        SLOW | {"overlap": "queue"}, takes=50, outage=(1.005, 11.02), until=11.3
    ),
    ("overlap", "`skip`, and its message comes late, while a run by hand is in progress"): Life(
        {"overlap": "skip", "timeout_seconds": 50},
        takes=40,
        acts={4.9: make_late("12:05", minutes=0.6), 5.2: run_now},
        until=7,
        also=lambda loop: run_of(loop, "12:05").held_by == run_of(loop, "12:05:12").run_id,
    ),
    ("overlap", "`queue`, and its message comes late, while a run by hand is in progress"): Life(
        {"overlap": "queue", "timeout_seconds": 50},
        takes=40,
        acts={4.9: make_late("12:05", minutes=0.6), 5.2: run_now},
        until=7,
        also=lambda loop: is_after(loop, "12:05", "12:05:12"),
    ),
    ("overlap", "`skip`, and a retry taken for lost comes back while a later run is in progress"): Life(
        LATE_RETRY | {"overlap": "skip"},
        takes=50,
        fails={"12:05": 1},
        acts={6: make_late("12:05", minutes=4.4)},
        until=13,
        also=lambda loop: is_after(loop, "12:05", "12:10"),
    ),
    ("overlap", "`queue`, and a retry taken for lost comes back while a later run is in progress"): Life(
        LATE_RETRY | {"overlap": "queue"},
        takes=50,
        fails={"12:05": 1},
        acts={6: make_late("12:05", minutes=4.4)},
        until=13,
        also=lambda loop: is_after(loop, "12:05", "12:10"),
    ),
    ("overlap", "`skip`, and a run by hand comes while that retry waits"): Life(
        LATE_RETRY | {"overlap": "skip"},
        takes=50,
        fails={"12:05": 1},
        acts={6: make_late("12:05", minutes=4.4), 11: run_now},
        until=13,
    ),
    ("overlap", "`skip`, and that retry waits longer than its `max_age_seconds`"): Life(
        LATE_RETRY | {"overlap": "skip", "retry": {"backoff_seconds": 60, "max_age_seconds": 330}},
        takes=50,
        fails={"12:05": 1},
        acts={6: make_late("12:05", minutes=4.4)},
        until=13,
    ),
    ("overlap", "changed from `allow` to `skip` while a run is in progress"): Life(
        SLOW, takes=50, acts={0.6: edit(overlap="skip")}, until=1.1
    ),
    ("retry", "the first attempt fails, the second does not"): Life(fails=1, until=7),
    ("retry", "every attempt fails"): Life(fails=ALWAYS, until=8),
    ("retry", "a failure that is not retryable, or `max_attempts` 1"): Life(
        {"retry": {"max_attempts": 1}}, fails=ALWAYS, until=7
    ),
    ("retry", "the next attempt would start after `max_age_seconds`"): Life(
        {"retry": {"max_age_seconds": 10, "backoff_seconds": 20}},
        fails=ALWAYS,
        until=7,
        also=lambda loop: run_of(loop, "12:05").finished_at == at(301),
    ),
    ("retry", "an outage holds the retry beyond `max_age_seconds`"): Life(
        {"schedule": "rate(2 hours)", "retry": {"max_age_seconds": 600, "backoff_seconds": 20}},
        fails=ALWAYS,
        outage=(120.1, 140),
        until=150,
    ),
    ("retry", "the next attempt is over 900 s away"): Life(
        {"schedule": "rate(2 hours)", "retry": FAR},
        fails=1,
        until=150,
        also=lambda loop: run_of(loop, "14:00").started_at == at(7_200 + 1 + 1_000),
    ),
    ("retry", "the next attempt of a run by hand is over 900 s away"): Life(
        {"schedule": "rate(2 hours)", "retry": FAR},
        fails=1,
        acts={1: run_now},
        until=30,
        also=lambda loop: run_of(loop, "12:01").started_at == at(60 + 1 + 1_000),
    ),
    ("retry", "the server asks to be left alone for 200 s (`Retry-After`)"): Life(
        fails=1, asks_to_wait=200, until=9, also=lambda loop: run_of(loop, "12:05").started_at == at(300 + 1 + 200 + 5)
    ),
    ("retry", "it asks for longer than the queue can hold"): Life(
        {"schedule": "rate(2 hours)"},
        fails=1,
        asks_to_wait=1_200,
        until=150,
        also=lambda loop: run_of(loop, "14:00").started_at == at(7_200 + 1 + 1_200 + 5),
    ),
    ("retry", "it asks for longer than `max_age_seconds`"): Life(
        fails=1, asks_to_wait=3_600, until=7, also=lambda loop: run_of(loop, "12:05").finished_at == at(301)
    ),
    ("retry", "`max_attempts` is lowered to what there were, while the run waits for its retry"): Life(
        {"retry": {"backoff_seconds": 60}}, fails=ALWAYS, acts={5.5: edit(retry={"max_attempts": 1})}, until=7
    ),
    ("retry", "`max_attempts` is raised while the run waits for its retry"): Life(
        {"retry": {"max_attempts": 2, "backoff_seconds": 60}},
        fails=2,
        acts={5.5: edit(retry={"max_attempts": 3})},
        until=9,
    ),
    ("retry", "the params are mended while the run waits for its retry"): Life(
        {"retry": {"backoff_seconds": 60}},
        fails=1,
        acts={5.5: edit(params={"message": "mended"})},
        until=7,
        also=lambda loop: run_of(loop, "12:05").output == {"message": "mended"},
    ),
    ("retry", "the schedule is edited while the run waits for its retry"): Life(
        {"retry": {"backoff_seconds": 60}}, fails=ALWAYS, acts={5.5: edit(schedule="rate(1 hour)")}, until=20
    ),
    ("retry", "a later run is the last of its schedule, while this one waits for its retry"): Life(
        {"max_runs": 2, "retry": {"backoff_seconds": 400, "max_backoff_seconds": 400}}, fails={"12:05": 1}, until=20
    ),
    ("retry", "a run by hand waits for its retry and the target is deleted"): Life(
        {"retry": {"backoff_seconds": 60}}, fails=ALWAYS, acts={1: run_now, 1.5: delete}, until=20
    ),
    ("timeout_seconds", "a run takes longer"): Life({"retry": {"max_attempts": 1}}, takes=40, until=6),
    ("timeout_seconds", "it is tried again"): Life({"timeout_seconds": 10}, takes=40, until=8),
    ("timeout_seconds", "raised while the run waits for its retry"): Life(
        {"timeout_seconds": 10, "retry": {"backoff_seconds": 60}},
        takes=40,
        acts={5.5: edit(timeout_seconds=50)},
        until=8,
    ),
    ("timeout_seconds", "more than the stack allows"): Life({"timeout_seconds": 56}, until=6),
    ("run now", "a message with the target's id"): Life(acts={7: run_now}, until=11),
    ("run now", "while the target is paused"): Life(acts={6: PAUSE, 7: run_now}, until=11),
    ("run now", "after the schedule has ended"): Life(
        {"schedule": "at(2026-11-20T12:05:00)"}, acts={7: run_now}, until=11
    ),
    ("run now", "after the target was deleted"): Life(
        acts={6: delete, 7: run_now}, until=11, also=lambda loop: "write its item first" in loop.queue.dead[0].reason
    ),
    ("run now", "it fails for good"): Life(
        {"retry": {"max_attempts": 1}}, fails={"12:07": 1}, acts={7: run_now}, until=11
    ),
    ("results", "`keep_results_days` from 2 to 9 while the run waits for its retry"): Life(
        WAITS | {"keep_results_days": 2},
        9,
        fails={"12:05": 1},
        acts={5.1: edit(keep_results_days=9)},
        also=lambda loop: run_of(loop, "12:05").delete_at == at(300 + 120 + 2 * 86_400),
    ),
    ("results", "`keep_results_days` 2"): Life(
        {"keep_results_days": 2}, until=6, also=lambda loop: run_of(loop, "12:05").delete_at == at(300 + 2 * 86_400)
    ),
    ("results", "the runner answers nothing"): Life(
        answers={"12:05": None}, until=6, also=lambda loop: run_of(loop, "12:05").hidden
    ),
    ("results", "`new_params`"): Life(
        {"params": {"page": 1, "size": 5}},
        answers={"12:05": RunResult(new_params={"page": 2})},
        until=11,
        also=lambda loop: run_of(loop, "12:10").output == {"page": 2, "size": 5},
    ),
    ("results", "`new_params`, and the schedule was edited meanwhile"): Life(
        {"params": {"page": 1}},
        answers={"12:05": RunResult(new_params={"page": 2})},
        takes=20,
        acts={5.1: edit(schedule="rate(10 minutes)")},
        until=6,
        also=lambda loop: (loop.item() or {})["params"] == {"page": 1},
    ),
    ("results", "`follow_ups`"): Life(
        answers={"12:05": RunResult(follow_ups=({"type": "echo", "schedule": "at(2026-11-20T12:08:00)"},))},
        until=9,
        also=lambda loop: [run.status for run in loop.rows("a.2026-11-20T12:05:00Z.0")] == ["COMPLETED"],
    ),
    ("results", "a follow-up that is no target"): Life(
        answers={"12:05": RunResult(follow_ups=({"type": "echo", "schedule": "never"},))},
        until=6,
        also=lambda loop: "follow_ups[0].schedule" in str(run_of(loop, "12:05").error),
    ),
    ("dead_letter_queue", "nothing is said"): Life(fails=ALWAYS, until=7, also=lambda loop: letters(loop) == [None]),
    ("dead_letter_queue", "a queue of the target's own"): Life(
        {"dead_letter_queue": OWN_DEAD_LETTERS},
        fails=ALWAYS,
        until=7,
        also=lambda loop: letters(loop) == [OWN_DEAD_LETTERS],
    ),
    ("dead_letter_queue", "set while the run waits for its retry"): Life(
        WAITS,
        9,
        fails=ALWAYS,
        acts={5.1: edit(dead_letter_queue=OWN_DEAD_LETTERS)},
        also=lambda loop: letters(loop) == [OWN_DEAD_LETTERS],
    ),
    ("dead_letter_queue", "one that cannot be reached"): Life(
        {"dead_letter_queue": "https://sqs.example/gone"},
        fails=ALWAYS,
        until=7,
        also=lambda loop: letters(loop) == [None],
    ),
    ("dead_letter_queue", "skipped or missed runs"): Life(
        SLOW | {"overlap": "skip"}, takes=40, until=2, also=lambda loop: not letters(loop)
    ),
}

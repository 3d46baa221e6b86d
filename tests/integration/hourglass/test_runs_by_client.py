import json
from datetime import timedelta
from itertools import islice

import pytest

from hourglass import RunFilter
from schedule_model.run import RunStatus
from schedule_model.run_request import Trigger
from tests.integration.moto_stack import NOON
from tests.unit.examples import item

HOUR = timedelta(hours=1)


def test_a_target_runs_now_beside_its_schedule(stack, client):
    client.put(item())

    request, run = client.run_now("homepage", wait=timedelta(minutes=1))

    assert (run.status, run.trigger, run.output) == (RunStatus.COMPLETED, Trigger.MANUAL, {"message": "hi"})
    assert client.run("homepage", request.run_id) == run


def test_two_runs_asked_for_at_one_instant_are_two(stack, client):
    client.put(item())

    client.run_now("homepage")
    client.run_now("homepage")
    stack.turn()

    assert len([run for run in client.runs("homepage") if run.trigger is Trigger.MANUAL]) == 2


def test_waiting_ends_when_its_time_is_up(stack, client):
    client.put(item())
    client._asker.send = lambda requests: 0

    _, run = client.run_now("homepage", wait=timedelta(seconds=3))

    assert run is None


def test_the_history_is_filtered_by_status_and_time(stack, client):
    client.put(item())
    stack.go_on_until(NOON + HOUR)
    client.put(item(params={"message": "x", "fail": True}, retry={"max_attempts": 1}))
    stack.go_on_until(NOON + HOUR + timedelta(minutes=10))

    def at(**keep):
        return [
            int((run.scheduled_at - NOON).total_seconds() / 60) for run in client.runs("homepage", RunFilter(**keep))
        ]

    assert at() == [70, 65, 60, 55, 50, 45, 40, 35, 30, 25, 20, 15, 10, 5]
    assert at(statuses=frozenset({RunStatus.FAILED})) == [70, 65]
    assert at(since=NOON + HOUR, until=NOON + HOUR + timedelta(minutes=10)) == [65, 60]


def test_a_history_reads_no_more_than_is_taken(stack, client, calls):
    client.put(item())
    stack.go_on_until(NOON + HOUR)
    calls.clear()

    taken = list(islice(client.runs("homepage", page=3), 3))

    assert len(taken) == 3
    assert calls == {"Query": 1}


def test_upcoming_lists_all_targets_by_due_instant(stack, client):
    client.put(item(id="five"))
    client.put(item(id="seven", schedule="rate(7 minutes)"))
    client.put(item(id="rare", schedule="rate(1 day)"))
    stack.turn()

    found = client.upcoming(timedelta(minutes=15))

    minutes = [(one.target_id, int((one.due_at - NOON).total_seconds() / 60)) for one in found]
    assert minutes == [("five", 5), ("seven", 7), ("five", 10), ("seven", 14)]
    from_timers = client.upcoming(timedelta(minutes=15), complete=False)
    assert [(one.target_id, one.due_at) for one in from_timers] == [(one.target_id, one.due_at) for one in found]


def test_a_run_that_left_its_timer_is_only_found_among_the_targets(stack, client):
    client.put(item(schedule="rate(1 hour)"))
    stack.go_on_until(NOON + timedelta(minutes=45))

    assert client.upcoming(timedelta(minutes=20), complete=False) == []
    assert client.queued() == 1
    (found,) = client.upcoming(timedelta(minutes=20))
    assert found.due_at == NOON + HOUR


def test_upcoming_costs_a_query_per_shard_and_minute(stack, client, calls):
    client.put(item())
    stack.turn()
    calls.clear()

    client.upcoming(timedelta(minutes=9), complete=False)

    assert calls == {"Query": 2 * 10, "BatchGetItem": 1}


def test_the_numbers_come_from_what_happened(stack, client):
    client.put(item())
    stack.go_on_until(NOON + HOUR)

    made = client.stats(NOON)

    assert made.runs == {"COMPLETED": 12}
    assert made.targets == {"SCHEDULED": 1}
    assert made.lateness_ms["max"] < 1_000
    assert made.dispatched_by["near"] == 12


def test_the_next_runs_of_a_target_are_on_its_own_grid(stack, client):
    client.put(item())
    stack.plan_all()
    stack.clock.at = NOON + timedelta(minutes=3)

    assert [one.scheduled_at for one in client.next("homepage", count=2)] == [
        NOON + timedelta(minutes=5),
        NOON + timedelta(minutes=10),
    ]


def test_a_backfill_runs_every_occurrence_of_the_past_once(stack, client, calls):
    client.put(item(schedule="cron(0 * * * ? *)"))
    stack.plan_all()
    calls.clear()

    asked = client.backfill("homepage", NOON - 12 * HOUR, NOON)
    assert calls == {"GetItem": 1, "SendMessageBatch": 2}
    client.backfill("homepage", NOON - 12 * HOUR, NOON)
    stack.turn()

    done = list(client.runs("homepage"))
    assert len(asked) == len(done) == 13
    assert {(run.trigger, run.status) for run in done} == {(Trigger.BACKFILL, RunStatus.COMPLETED)}


def test_a_dry_backfill_asks_for_nothing(stack, client):
    client.put(item(schedule="cron(0 * * * ? *)"))

    assert len(client.backfill("homepage", NOON - HOUR, NOON, dry_run=True)) == 2
    assert stack.waiting() == 0


@pytest.mark.parametrize(
    ("schedule", "chosen", "following"),
    [
        ("rate(5 minutes)", "12:12", ["12:12", "12:15"]),
        ("rate(5 minutes)", "12:07", ["12:07", "12:10"]),
        ("rate(5 minutes)", "12:10", ["12:10", "12:15"]),
        ("at(2026-11-20T12:05:00)", "12:12", ["12:12"]),
    ],
)
def test_the_run_that_a_runner_has_chosen_is_the_next_at_every_door(
    stack, client, run_command, schedule, chosen, following
):
    client.put(item(schedule=schedule, params={"result": {"next_run_at": f"2026-11-20T{chosen}:00Z"}}))
    stack.go_on_until(NOON + timedelta(minutes=6))

    named = [f"{one.scheduled_at:%H:%M}" for one in client.next("homepage", count=2)]
    of_targets = client.upcoming(timedelta(minutes=10))
    of_timers = client.upcoming(timedelta(minutes=10), complete=False)

    assert named == following
    assert [f"{one.due_at:%H:%M}" for one in of_targets][:2] == following
    assert [one.due_at for one in of_timers] == [one.due_at for one in of_targets]
    assert f"T{chosen}:00Z" in run_command("list")[1]
    assert json.loads(run_command("get", "homepage")[1])["next_run_at"] == f"2026-11-20T{chosen}:00Z"
    stack.go_on_until(NOON + timedelta(minutes=12, seconds=1))
    assert [run["scheduled_at"][11:16] for run in stack.runs()][:2] == ["12:05", chosen]

import json
from datetime import timedelta

import pytest

from functions.dispatcher.app import lambda_handler as dispatcher
from functions.planner.app import lambda_handler as planner
from hourglass.errors import NotFoundError, RefusedError
from schedule_model.run import RunStatus
from tests.integration.hourglass.conftest import BUCKET, FunctionsInProcess
from tests.integration.moto_stack import MOMENT, NOON
from tests.unit.examples import item

BROKEN = {"message": "x", "fail": True}
ONCE = {"max_attempts": 1}


def failed_run(stack, client):
    client.put(item(schedule="at(2026-11-20T12:01:00)", params=BROKEN, retry=ONCE))
    stack.go_on_until(NOON + timedelta(minutes=2))
    assert [run.status for run in client.runs("homepage")] == [RunStatus.FAILED]


def outcomes(redriven):
    return [one.outcome for one in redriven]


def statuses(client, target_id="homepage"):
    return sorted((run.run_id.partition("#")[2][:7], run.status) for run in client.runs(target_id))


def test_a_failed_run_is_run_again_once_its_cause_is_mended(stack, client):
    failed_run(stack, client)
    client.put(item(schedule="at(2026-11-20T12:01:00)"))

    assert outcomes(client.redrive()) == ["resent"]
    stack.turn()

    assert statuses(client) == [("", RunStatus.FAILED), ("redrive", RunStatus.COMPLETED)]
    assert outcomes(client.redrive()) == []


def test_dying_before_the_letter_is_deleted_doubles_no_run(stack, client):
    failed_run(stack, client)
    client.put(item(schedule="at(2026-11-20T12:01:00)"))

    def refuse(**_):
        raise RefusedError("died here")

    sqs = client._connection.client("sqs")
    sqs.meta.events.register("before-call.sqs.DeleteMessage", refuse)
    with pytest.raises(RefusedError):
        list(client.redrive())
    sqs.meta.events.unregister("before-call.sqs.DeleteMessage", refuse)
    stack.turn()
    stack.go_on_until(stack.clock.at + timedelta(minutes=3))

    assert outcomes(client.redrive()) == ["resent"]
    stack.turn()

    assert statuses(client) == [("", RunStatus.FAILED), ("redrive", RunStatus.COMPLETED)]


def test_a_dry_run_changes_nothing(stack, client):
    failed_run(stack, client)

    assert outcomes(client.redrive(dry_run=True)) == ["resent"]
    stack.clock.at += MOMENT
    assert outcomes(client.redrive(dry_run=True)) == ["resent"]
    assert stack.waiting() == 0


def test_a_run_that_fails_again_can_be_redriven_again(stack, client):
    failed_run(stack, client)

    for _ in range(3):
        assert outcomes(client.redrive()) == ["resent"]
        stack.turn()

    assert [status for _, status in statuses(client)] == [RunStatus.FAILED] * 4


@pytest.mark.parametrize("overlap", ["skip", "queue"])
def test_all_letters_of_a_target_whose_runs_may_not_overlap_are_run(stack, client, overlap):
    client.put(item(schedule="rate(1 minute)", params=BROKEN, retry=ONCE, overlap=overlap))
    stack.go_on_until(NOON + timedelta(minutes=4, seconds=30))
    client.put(item(schedule="rate(1 minute)", overlap=overlap, active=False))
    stack.turn()
    failed = len(list(client.runs("homepage")))
    assert failed > 2

    assert outcomes(client.redrive()) == ["resent"] * failed
    stack.go_on_until(stack.clock.at + timedelta(minutes=10))

    assert statuses(client) == [("", RunStatus.FAILED)] * failed + [("redrive", RunStatus.COMPLETED)] * failed


def test_a_run_that_was_asked_for_by_hand_is_redriven_under_one_name(stack, client):
    client.put(item(schedule="rate(1 day)", params=BROKEN, retry=ONCE))
    stack.turn()
    stack.send("run it", {"TargetId": "homepage"})
    stack.turn()
    client.put(item(schedule="rate(1 day)"))
    stack.turn()

    assert outcomes(client.redrive()) == ["resent"]
    stack.turn()

    assert [status for _, status in statuses(client)] == [RunStatus.FAILED, RunStatus.COMPLETED]
    assert outcomes(client.redrive()) == []


def test_what_cannot_be_read_is_shown_and_kept_unless_forced(stack, client):
    stack.send("{", {"Colour": "red"})
    stack.turn()

    (kept,) = client.redrive()
    assert (kept.outcome, kept.what) == ("kept", "{")
    assert "cannot be read" in kept.reason

    stack.clock.at += MOMENT
    assert outcomes(client.redrive(force=True)) == ["resent"]
    assert stack.waiting() == 1


def test_a_run_whose_target_is_gone_is_kept_even_when_forced(stack, client):
    failed_run(stack, client)
    client.delete("homepage")

    (kept,) = client.redrive(force=True)

    assert kept.outcome == "kept"
    assert "no target" in kept.reason


def failed_once_for_all(stack, client):
    client.put(item(schedule="at(2026-11-20T12:01:00)", params=BROKEN, retry=ONCE, on_complete="delete"))
    stack.go_on_until(NOON + timedelta(minutes=2))
    with pytest.raises(NotFoundError):
        client.get("homepage")


def test_a_run_whose_target_went_when_it_had_failed_is_run_again_by_its_policies(stack, client):
    failed_once_for_all(stack, client)
    (letter,) = stack.sqs.receive_message(QueueUrl=stack.dead_letter_queue_url, VisibilityTimeout=0)["Messages"]
    stack.sqs.send_message(QueueUrl=stack.dead_letter_queue_url, MessageBody=letter["Body"])

    assert outcomes(client.redrive()) == ["resent", "resent"]
    stack.turn()

    assert statuses(client) == [("", RunStatus.FAILED), ("redrive", RunStatus.FAILED)]
    assert [run.attempt for run in client.runs("homepage")] == [1, 1]
    assert outcomes(client.redrive()) == ["resent"]


def test_a_run_whose_target_is_there_again_runs_that_as_it_stands(stack, client):
    failed_once_for_all(stack, client)
    client.put(item(schedule="rate(1 day)"))
    stack.turn()

    assert outcomes(client.redrive()) == ["resent"]
    stack.turn()

    assert statuses(client) == [("", RunStatus.FAILED), ("redrive", RunStatus.COMPLETED)]


def test_a_letter_that_cannot_be_dealt_with_is_told_and_holds_up_none_behind_it(stack, client):
    failed_run(stack, client)
    client.put(item(id="another", schedule="rate(1 day)"))
    stack.sqs.send_message(QueueUrl=stack.dead_letter_queue_url, MessageBody='{"target_id": "another"}')
    row = {"target_id": {"S": "homepage"}, "scheduled_at": {"S": "2026-11-20T12:01:00Z"}, "status": {"S": "ODD"}}
    stack.dynamodb.put_item(TableName="runs", Item=row)

    kept, resent = client.redrive()

    assert (kept.outcome, resent.outcome) == ("kept", "resent")
    assert '"target_id":"homepage"' in kept.what
    assert "cannot be dealt with" in kept.reason


def test_what_sqs_itself_gave_up_is_run_again(stack, client):
    client.put(item())
    stack.sqs.send_message(QueueUrl=stack.dead_letter_queue_url, MessageBody='{"target_id": "homepage"}')

    (one,) = client.redrive()
    stack.turn()

    assert "delivered too often" in one.reason
    assert [run.status for run in client.runs("homepage")] == [RunStatus.COMPLETED]


def test_many_letters_are_all_dealt_with(stack, client, calls):
    client.put(item())
    for number in range(25):
        body = json.dumps({"target_id": "homepage" if number % 5 else "nowhere"})
        stack.sqs.send_message(QueueUrl=stack.dead_letter_queue_url, MessageBody=body)

    found = outcomes(client.redrive())

    assert (found.count("resent"), found.count("kept")) == (20, 5)


def failed_batch(client, function, records):
    content = {
        "requestContext": {"functionArn": f"arn:aws:lambda:eu-central-1:123456789012:function:{function}"},
        "payload": json.dumps({"Records": records}),
    }
    key = f"aws/lambda/mapping/shard/2026/11/20/2026-11-20T12.00.00-{function}"
    client._connection.client("s3").put_object(Bucket=BUCKET, Key=key, Body=json.dumps(content).encode())
    return key


@pytest.fixture
def functions(stack, client):
    client._connection._clients["lambda"] = FunctionsInProcess(stack, {"planner": planner, "dispatcher": dispatcher})


def test_stream_records_that_were_given_up_reach_their_function(stack, client, functions):
    client.put(item())
    stack.plan_all()
    stack.write(item(schedule="rate(1 minute)"))
    failed_batch(client, "planner", stack.take(stack.target_records))

    assert outcomes(client.redrive_streams(dry_run=True)) == ["resent"]
    assert outcomes(client.redrive_streams()) == ["resent"]
    assert outcomes(client.redrive_streams()) == []

    stack.plan_all()
    assert stack.plan("homepage")["next_run_at"] == "2026-11-20T12:01:00Z"


def test_old_stream_records_undo_no_newer_plan(stack, client, functions):
    client.put(item())
    records = stack.take(stack.target_records)
    client.put(item(schedule="rate(1 minute)"))
    stack.plan_all()
    before = stack.plan("homepage")

    failed_batch(client, "planner", records)
    assert outcomes(client.redrive_streams()) == ["resent"]

    assert stack.plan("homepage") == before


def test_objects_that_are_not_this_stacks_are_kept(client, functions):
    failed_batch(client, "somebody-elses", [])
    client._connection.client("s3").put_object(Bucket=BUCKET, Key="aws/lambda/junk", Body=b"junk")

    assert outcomes(client.redrive_streams()) == ["kept", "kept"]


def test_a_batch_grows_by_no_byte_and_one_that_lambda_would_refuse_holds_up_no_other(stack, client):
    taken = []

    def take(event, context):
        taken.append(event["Records"])
        return {"batchItemFailures": []}

    client._connection._clients["lambda"] = FunctionsInProcess(stack, {"planner": take, "dispatcher": take})
    failed_batch(client, "dispatcher", [{"note": "x" * 6 * 1024 * 1024}])
    failed_batch(client, "planner", [{"note": "ж" * 2 * 1024 * 1024}])

    large, cyrillic = client.redrive_streams()

    assert (large.outcome, "reconcile finds what" in large.reason, cyrillic.outcome) == ("kept", True, "resent")
    assert [len(records) for records in taken] == [1]


def test_records_that_their_function_cannot_take_are_kept(stack, client):
    def refuse(event, context):
        return {"batchItemFailures": [{"itemIdentifier": "1"}]}

    client._connection._clients["lambda"] = FunctionsInProcess(stack, {"planner": refuse})
    failed_batch(client, "planner", [{}])

    (kept,) = client.redrive_streams()

    assert (kept.outcome, "1 of the records" in kept.reason) == ("kept", True)
    assert outcomes(client.redrive_streams()) == ["kept"]

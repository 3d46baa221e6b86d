"""Dead letters on a queue in another region than the stack's: how they come there, and how they are redriven."""

from datetime import timedelta

import pytest

from schedule_model.run import RunStatus
from tests.integration.moto_stack import NOON
from tests.unit.examples import item

OTHER = "us-west-2"
BROKEN = {"message": "x", "fail": True}


@pytest.fixture
def far(stack, session):
    """A queue in another region, with one of its name in the stack's."""
    stack.sqs.create_queue(QueueName="far")
    return session.client("sqs", region_name=OTHER).create_queue(QueueName="far")["QueueUrl"]


def held(session, region):
    sqs = session.client("sqs", region_name=region)
    url = sqs.get_queue_url(QueueName="far")["QueueUrl"]
    found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])
    return int(found["Attributes"]["ApproximateNumberOfMessages"])


def test_a_letter_goes_there_and_is_redriven_from_there(stack, client, session, far):
    target = {"schedule": "at(2026-11-20T12:01:00)", "retry": {"max_attempts": 1}, "dead_letter_queue": far}
    client.put(item(params=BROKEN, **target))
    stack.go_on_until(NOON + timedelta(minutes=2))
    assert (held(session, OTHER), held(session, "eu-central-1"), stack.dead_letters()) == (1, 0, [])

    client.put(item(**target))
    assert [one.outcome for one in client.redrive(queue_url=far)] == ["resent"]
    stack.turn()

    assert sorted(run.status for run in client.runs("homepage")) == [RunStatus.COMPLETED, RunStatus.FAILED]
    assert held(session, OTHER) == 0


def test_a_letter_from_there_that_cannot_be_read_is_put_on_the_run_queue_when_forced(stack, client, session, far):
    session.client("sqs", region_name=OTHER).send_message(QueueUrl=far, MessageBody="{")

    assert [one.outcome for one in client.redrive(queue_url=far, force=True)] == ["resent"]

    assert stack.waiting() == 1
    assert held(session, OTHER) == 0

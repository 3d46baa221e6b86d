from datetime import UTC, datetime

import pytest

from hourglass.eventbridge.converting import carry_over, told_apart
from hourglass.items import check_target

QUEUE = "arn:aws:sqs:eu-central-1:123456789012:orders"
ROLE = "arn:aws:iam::123456789012:role/scheduler"


def schedule(target=None, **changes):
    return {
        "Name": "nightly",
        "GroupName": "default",
        "ScheduleExpression": "cron(0 3 * * ? *)",
        "ScheduleExpressionTimezone": "Europe/Paris",
        "State": "ENABLED",
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "Target": {"Arn": QUEUE, "RoleArn": ROLE, "Input": "{}"} | (target or {}),
    } | changes


def carried(target=None, **changes):
    made = carry_over(schedule(target, **changes))
    assert made.problem == ""
    check_target(made.fields)
    return made


def test_a_queue_gets_its_message_by_its_url():
    made = carried({"Input": '{"at": "<aws.scheduler.scheduled-time>"}', "SqsParameters": {"MessageGroupId": "g"}})

    assert made.fields["type"] == "sqs"
    assert made.fields["params"] == {
        "queue_url": "https://sqs.eu-central-1.amazonaws.com/123456789012/orders",
        "body": '{"at": "<hourglass.scheduled_at>"}',
        "message_group_id": "g",
    }
    assert any("scheduled-time" in note for note in made.notes)


def test_a_function_is_invoked_without_waiting_as_before():
    made = carried({"Arn": "arn:aws:lambda:eu-central-1:123456789012:function:report", "Input": '{"kind": "nightly"}'})

    assert made.fields["type"] == "lambda"
    assert made.fields["params"]["invocation_type"] == "Event"
    assert made.fields["params"]["payload"] == {"kind": "nightly"}


@pytest.mark.parametrize(
    ("arn", "type_name"),
    [
        ("arn:aws:sns:eu-central-1:123456789012:news", "sns"),
        ("arn:aws:states:eu-central-1:123456789012:stateMachine:report", "step_functions"),
        ("arn:aws:events:eu-central-1:123456789012:event-bus/orders", "eventbridge"),
    ],
)
def test_each_templated_target_that_has_a_runner_is_carried_over(arn, type_name):
    given = {"EventBridgeParameters": {"Source": "my.app", "DetailType": "Due"}}

    assert carried({"Arn": arn} | given).fields["type"] == type_name


def test_a_universal_target_becomes_a_call_with_boto3s_names():
    made = carried({"Arn": "arn:aws:scheduler:::aws-sdk:ec2:startInstances", "Input": '{"instanceIds": ["i-1"]}'})

    assert made.fields["params"] == {
        "service": "ec2",
        "operation": "StartInstances",
        "parameters": {"InstanceIds": ["i-1"]},
    }
    assert any("ec2:start_instances" in note for note in made.notes)


def test_a_universal_target_that_boto3_calls_by_another_name_is_found():
    arn = "arn:aws:scheduler:::aws-sdk:sfn:startExecution"

    made = carried({"Arn": arn, "Input": '{"StateMachineArn": "arn:x"}'})

    assert made.fields["params"]["service"] == "stepfunctions"
    assert made.fields["params"]["parameters"] == {"stateMachineArn": "arn:x"}


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ({"Arn": "arn:aws:ecs:eu-central-1:123456789012:cluster/web"}, "no runner for ecs"),
        ({"Arn": "arn:aws:scheduler:::aws-sdk:ec2:makeCoffee"}, "knows no"),
        ({"Arn": "arn:aws:scheduler:::aws-sdk:ec2:startInstances", "Input": '{"Nonsense": 1}'}, "takes no Nonsense"),
        (
            {"Arn": "arn:aws:events:eu-central-1:123456789012:event-bus/orders", "Input": "text"},
            "must be a JSON object",
        ),
    ],
)
def test_what_cannot_be_carried_over_is_said(target, reason):
    made = carry_over(schedule(target))

    assert made.fields is None
    assert reason in made.problem


def test_when_and_how_are_carried_over():
    made = carried(
        {
            "RetryPolicy": {"MaximumRetryAttempts": 2, "MaximumEventAgeInSeconds": 600},
            "DeadLetterConfig": {"Arn": "arn:aws:sqs:eu-central-1:123456789012:dead"},
        },
        State="DISABLED",
        StartDate=datetime(2027, 1, 1, tzinfo=UTC),
        EndDate=datetime(2028, 1, 1, tzinfo=UTC),
        FlexibleTimeWindow={"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 15},
        ActionAfterCompletion="DELETE",
        Description="the books",
        GroupName="accounts",
    )

    expected = {
        "id": "accounts/nightly",
        "timezone": "Europe/Paris",
        "starts_at": "2027-01-01T00:00:00Z",
        "ends_at": "2028-01-01T00:00:00Z",
        "flexible_window_seconds": 900,
        "active": False,
        "retry": {"max_attempts": 3, "max_age_seconds": 600},
        "dead_letter_queue": "https://sqs.eu-central-1.amazonaws.com/123456789012/dead",
        "on_complete": "delete",
        "note": "the books",
    }
    assert {name: made.fields[name] for name in expected} == expected


def test_the_role_and_a_rates_start_are_named_as_lost():
    notes = " ".join(carried(ScheduleExpression="rate(1 hour)").notes)

    assert ROLE in notes
    assert "counts from the import" in notes


def test_of_two_schedules_whose_targets_would_have_one_id_the_second_is_left_out():
    names = ("nightly", "_nightly", "hourly", ".nightly")

    made = told_apart(carry_over(schedule(Name=name)) for name in names)

    assert [one.fields and one.fields["id"] for one in made] == ["nightly", None, "hourly", None]
    assert "that of default/nightly" in made[1].problem
    assert made[3].name == "default/.nightly"


def test_what_is_carried_over_paused_runs_only_when_it_is_resumed():
    made = carry_over(schedule()).paused()

    assert made.fields["active"] is False
    assert carry_over(schedule({"Arn": "arn:aws:ecs:eu-central-1:123456789012:cluster/web"})).paused().fields is None

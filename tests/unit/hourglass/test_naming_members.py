"""A universal target's input is carried over as botocore takes it, at every depth."""

import json

import pytest
from botocore.session import get_session
from botocore.validate import ParamValidator

from hourglass.eventbridge.converting import carry_over
from hourglass.eventbridge.members import Naming, name_members
from tests.unit.hourglass.test_converting import carried, schedule

RUN_TASK = {
    "Cluster": "web",
    "TaskDefinition": "report:3",
    "LaunchType": "FARGATE",
    "EnableEcsManagedTags": True,
    "Count": 1,
    "NetworkConfiguration": {"AwsvpcConfiguration": {"Subnets": ["subnet-1"], "AssignPublicIp": "ENABLED"}},
    "Overrides": {
        "ContainerOverrides": [
            {"Name": "report", "Command": ["--day", "<aws.scheduler.scheduled-time>"]},
            {"Name": "sidecar", "Environment": [{"Name": "Mode", "Value": "Quiet"}]},
        ]
    },
    "Tags": [{"Key": "Team", "Value": "Web"}],
}


def universal(call, given):
    return {
        "Arn": f"arn:aws:scheduler:::aws-sdk:{call}",
        "Input": given if isinstance(given, str) else json.dumps(given),
    }


def parameters_of(call, given):
    return carried(universal(call, given)).fields["params"]["parameters"]


def problem_of(call, given):
    made = carry_over(schedule(universal(call, given)))
    assert made.fields is None
    return made.problem


def test_names_are_boto3s_at_every_depth():
    named = parameters_of("ecs:runTask", RUN_TASK)

    assert named["networkConfiguration"] == {
        "awsvpcConfiguration": {"subnets": ["subnet-1"], "assignPublicIp": "ENABLED"}
    }
    assert named["overrides"]["containerOverrides"] == [
        {"name": "report", "command": ["--day", "<hourglass.scheduled_at>"]},
        {"name": "sidecar", "environment": [{"name": "Mode", "value": "Quiet"}]},
    ]
    assert named["tags"] == [{"key": "Team", "value": "Web"}]


@pytest.mark.parametrize(
    ("call", "given"),
    [
        ("ecs:runTask", RUN_TASK),
        ("sqs:createQueue", {"queueName": "q", "attributes": {"VisibilityTimeout": "60"}}),
        ("sqs:sendMessage", {"QueueUrl": "u", "MessageBody": "b", "MessageAttributes": {"A": {"dataType": "String"}}}),
        ("dynamodb:putItem", {"tableName": "t", "item": {"Id": {"m": {"Inner": {"l": [{"s": "x"}]}}}}}),
    ],
)
def test_botocore_takes_what_is_carried_over(call, given):
    params = carried(universal(call, given)).fields["params"]

    operation = get_session().get_service_model(params["service"]).operation_model(params["operation"])
    report = ParamValidator().validate(params["parameters"], operation.input_shape)
    assert report.generate_report() == ""


def test_the_keys_of_a_map_stay_as_they_are():
    given = {"FunctionName": "f", "Environment": {"variables": {"Mode": "x", "mode": "y", "FunctionName": "z"}}}

    named = parameters_of("lambda:updateFunctionConfiguration", given)

    assert named["Environment"] == {"Variables": {"Mode": "x", "mode": "y", "FunctionName": "z"}}


def test_a_document_stays_as_it_is():
    given = {"ModelId": "m", "AdditionalModelRequestFields": {"ModelId": {"TopK": [1, {"K": None}]}}}

    named = parameters_of("bedrock-runtime:converse", given)

    assert named == {"modelId": "m", "additionalModelRequestFields": {"ModelId": {"TopK": [1, {"K": None}]}}}


@pytest.mark.parametrize("odd", ["text", 7, None, True, ["x"], []])
def test_what_has_not_the_form_of_its_parameter_stays_for_boto3_to_refuse(odd):
    assert parameters_of("ecs:runTask", {"Overrides": odd}) == {"overrides": odd}


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"Nonsense": 1}, "Nonsense"),
        (
            {"NetworkConfiguration": {"AwsvpcConfiguration": {"Nets": []}}},
            "NetworkConfiguration.AwsvpcConfiguration.Nets",
        ),
        ({"Overrides": {"ContainerOverrides": [{}, {"Colour": 1}]}}, "Overrides.ContainerOverrides.1.Colour"),
        ({"Tags": [{"Kee": "a"}], "Colour": 1}, "Colour, Tags.0.Kee"),
        ({"Cluster": "a", "cluster": "b"}, "cluster a second time"),
    ],
)
def test_a_name_that_boto3_does_not_take_is_told_with_its_path(given, path):
    assert problem_of("ecs:runTask", given) == f"boto3's ecs:runTask takes no {path}; write the aws_sdk target by hand"


def test_an_operation_without_parameters_takes_none():
    assert name_members({"Nonsense": {}}, None) == Naming({}, ("Nonsense",))
    assert name_members({}, None) == Naming({}, ())


@pytest.mark.parametrize("depth", [20, 300, 900, 100_000])
@pytest.mark.parametrize("call", ["dynamodb:putItem", "bedrock-runtime:converse"])
def test_an_input_that_is_nested_too_deep_is_a_problem_of_its_schedule_alone(call, depth):
    given = '{"l":[' * depth + "1" + "]}" * depth
    name = "Item" if call == "dynamodb:putItem" else "AdditionalModelRequestFields"

    assert problem_of(call, f'{{"{name}": {{"x": {given}}}}}') != ""

import json
from types import SimpleNamespace

import pytest
from botocore.exceptions import ClientError

from hourglass import Hourglass, NoAnswerError, NoStackError
from hourglass.cli.session import Session
from hourglass.stack import Stack, find_stack

OUTPUTS = {"TargetsTable": "targets"}


class CloudFormation:
    """Knows one stack."""

    meta = SimpleNamespace(region_name="eu-central-1")

    def describe_stacks(self, StackName):  # noqa: N803 - boto3 names it so
        if StackName != "production":
            raise ClientError({"Error": {"Code": "ValidationError", "Message": "does not exist"}}, "DescribeStacks")
        outputs = [{"OutputKey": name, "OutputValue": value} for name, value in OUTPUTS.items()]
        return {"Stacks": [{"Outputs": outputs}]}


@pytest.fixture
def checkout(tmp_path):
    file = tmp_path / ".local" / "stack.json"
    file.parent.mkdir()
    content = {"endpoint": "http://127.0.0.1:9", "region": "us-east-1", "outputs": OUTPUTS}
    file.write_text(json.dumps(content))
    return tmp_path


def find(folder, name=None, **environment):
    return find_stack(name, environment, folder, cloudformation=CloudFormation)


def test_the_stack_of_make_run_is_found_from_any_folder_below(checkout):
    folder = checkout / "docs" / "adr"
    folder.mkdir(parents=True)

    found = find(folder)

    assert (found.endpoint, found.region, found.outputs, found.is_local) == (
        "http://127.0.0.1:9",
        "us-east-1",
        OUTPUTS,
        True,
    )


def test_a_name_wins_over_the_environment_and_that_over_the_local_stack(checkout):
    assert find(checkout, "production").name == "production"
    assert find(checkout, HOURGLASS_STACK="production").outputs == OUTPUTS
    with pytest.raises(NoStackError, match="no stack 'testing' in eu-central-1"):
        find(checkout, "testing", HOURGLASS_STACK="production")


def test_without_any_stack_the_error_says_how_to_get_one(tmp_path):
    with pytest.raises(NoStackError, match="make run"):
        find(tmp_path)


def test_a_file_that_cannot_be_read_says_so(checkout):
    (checkout / ".local" / "stack.json").write_text("{")

    with pytest.raises(NoStackError, match="start it again"):
        find(checkout)


def test_an_output_that_is_missing_is_named():
    with pytest.raises(NoStackError, match="no output RunsTable"):
        Stack("s", OUTPUTS).output("RunsTable")


def test_an_engine_that_is_gone_does_not_answer():
    gone = Stack("local", OUTPUTS, endpoint="http://127.0.0.1:9", region="us-east-1")

    with pytest.raises(NoAnswerError, match="is the stack up"):
        Hourglass(stack=gone).get("homepage")


@pytest.mark.parametrize(("region", "is_told"), [("eu-west-1", True), (None, False)])
def test_a_region_of_aws_beside_the_stack_of_make_run_is_told(checkout, monkeypatch, capsys, region, is_told):
    monkeypatch.chdir(checkout)
    monkeypatch.delenv("HOURGLASS_STACK", raising=False)

    found = Session(region=region).client

    assert found.stack.is_local
    assert ("not on AWS" in capsys.readouterr().err) is is_told

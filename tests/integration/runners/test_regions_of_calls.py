"""In which region the runners call AWS: that of the ARN, `region`, or the function's own; `sqs` has its own tests."""

from urllib.parse import quote

import pytest

from functions.runners.contract import InvalidParamsError
from functions.runners.registry import check_params
from tests.integration.runners.aws_account import ACCOUNT, REGION, failure
from tests.integration.runners.servers import reply, serve

ELSEWHERE = "us-west-2"
CALLED = {
    "sns": ("topic_arn", "arn:aws:sns:{}:{}:news"),
    "lambda": ("function", "arn:aws:lambda:{}:{}:function:report:live"),
    "step_functions": ("state_machine_arn", "arn:aws:states:{}:{}:stateMachine:report"),
    "eventbridge": ("event_bus", "arn:aws:events:{}:{}:event-bus/orders"),
}
NAMED = {"lambda": ("function", "report"), "eventbridge": ("event_bus", "orders")}

pytestmark = pytest.mark.usefixtures("aws")


def region_called(monkeypatch: pytest.MonkeyPatch, type_name: str, **params: object) -> str:
    """Return the region for which the call was signed; it is refused."""
    function = quote(str(params.get("function")), safe="")
    with serve() as stub:
        monkeypatch.setenv("AWS_ENDPOINT_URL", stub.url(""))
        stub.answers["/"] = stub.answers[f"/2015-03-31/functions/{function}/invocations"] = reply(403, b"<refused/>")
        failure(type_name, **params)
    return stub.received[0].headers["authorization"].split("/")[2]


@pytest.mark.parametrize("type_name", CALLED)
def test_a_call_goes_to_the_region_of_the_arn(monkeypatch: pytest.MonkeyPatch, type_name: str) -> None:
    field, arn = CALLED[type_name]

    assert region_called(monkeypatch, type_name, **{field: arn.format(ELSEWHERE, ACCOUNT)}) == ELSEWHERE


@pytest.mark.parametrize("type_name", NAMED)
def test_a_mere_name_is_looked_for_in_the_region_that_is_written_or_in_our_own(
    monkeypatch: pytest.MonkeyPatch, type_name: str
) -> None:
    field, name = NAMED[type_name]

    assert region_called(monkeypatch, type_name, **{field: name, "region": ELSEWHERE}) == ELSEWHERE
    assert region_called(monkeypatch, type_name, **{field: name}) == REGION


def test_the_european_sovereign_cloud_has_regions_too() -> None:
    arn = "arn:aws-eusc:sns:eusc-de-east-1:123456789012:news"

    check_params("sns", {"topic_arn": arn, "region": "eusc-de-east-1"})


@pytest.mark.parametrize("type_name", CALLED)
def test_a_region_that_differs_from_the_arns_is_refused(type_name: str) -> None:
    field, arn = CALLED[type_name]
    params = {field: arn.format(ELSEWHERE, ACCOUNT)}

    with pytest.raises(InvalidParamsError) as caught:
        check_params(type_name, {**params, "region": REGION})

    assert str(caught.value) == (
        f"params.{field}: is in {ELSEWHERE} but region is {REGION}; leave region out, or name one that is there"
    )
    check_params(type_name, {**params, "region": ELSEWHERE})

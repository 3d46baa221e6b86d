"""Params are strict, and what is wrong with them is said in plain words."""

from decimal import Decimal

import pytest

from functions.runners.contract import InvalidParamsError
from functions.runners.http import Params
from functions.runners.registry import check_params, validate_params


def reason(type_name: str, raw: object) -> str:
    with pytest.raises(InvalidParamsError) as caught:
        validate_params(type_name, raw)
    return str(caught.value)


def http_params(**raw: object) -> Params:
    checked = validate_params("http", {"url": "https://example.com", **raw})
    assert isinstance(checked, Params)
    return checked


@pytest.mark.parametrize("number", [Decimal(5), Decimal("5.0"), Decimal("0.5E+1"), 5])
def test_an_integral_decimal_is_an_integer(number: object) -> None:
    assert http_params(max_redirects=number).max_redirects == 5


def test_a_decimal_with_a_fraction_is_a_float() -> None:
    assert http_params(timeout_seconds=Decimal("2.5")).timeout_seconds == 2.5
    assert "valid integer" in reason("http", {"url": "https://x", "max_redirects": Decimal("2.5")})


def test_decimals_deep_inside_are_numbers_too() -> None:
    assert http_params(method="POST", body={"a": [Decimal(1), {"b": Decimal("1.5")}]}).body == {"a": [1, {"b": 1.5}]}


@pytest.mark.parametrize("field", ["timeout_seconds", "max_redirects"])
@pytest.mark.parametrize("text", ["5", "five", ""])
def test_a_number_written_as_a_text_is_refused_and_told_to_drop_the_quotes(field: str, text: str) -> None:
    found = reason("http", {"url": "https://x", field: text})

    assert found.startswith(f"params.{field}: is a text; write a number without quotes, such as")


def test_every_wrong_field_is_named_with_what_to_write() -> None:
    found = reason("http", {"method": "get", "timeout_seconds": 0, "headrs": {}})

    assert found.split(" | ") == [
        'params.url: is missing; write "https://example.com/health"',
        (
            "params.method: should be 'GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE' or 'OPTIONS' but is a text; "
            'write "GET"'
        ),
        "params.timeout_seconds: should be greater than 0 but is the number 0; write 10",
        "params.headrs: is not a field of type http; write headers",
    ]


@pytest.mark.parametrize("raw", [None, {}])
def test_no_params_are_an_empty_map(raw: object) -> None:
    assert validate_params("echo", raw).model_fields_set == set()


@pytest.mark.parametrize(
    ("raw", "kind"), [([], "a list"), ("{}", "a text"), (Decimal(1), "the number 1"), (True, "true")]
)
def test_params_that_are_not_a_map_are_refused(raw: object, kind: str) -> None:
    assert f"params: should be a map of fields but is {kind}" in reason("http", raw)


@pytest.mark.parametrize(
    "value",
    [
        pytest.param({"a", "b"}, id="set"),
        pytest.param(b"x", id="bytes"),
        pytest.param(Decimal("NaN"), id="not a number"),
        pytest.param(Decimal("sNaN"), id="signalling not a number"),
        pytest.param(float("inf"), id="infinity"),
        pytest.param(Decimal("1E+999999"), id="long decimal"),
        pytest.param(10**5000, id="long integer"),
        pytest.param(object(), id="object"),
    ],
)
def test_what_is_not_json_is_refused_by_its_path(value: object) -> None:
    assert reason("echo", {"message": {"inner": [value]}}).startswith("params.message.inner.0: ")


def test_endless_nesting_is_refused() -> None:
    nested: object = 1
    for _ in range(100_000):
        nested = [nested]

    assert "nested deeper than 32 levels" in reason("echo", {"message": nested})


def test_a_huge_wrong_field_makes_a_short_message() -> None:
    assert len(reason("http", {"x" * 300_000: 1, **{f"field_{index}": 1 for index in range(1000)}})) < 2500


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.com",
        "//example.com",
        "ftp://example.com",
        "file:///etc/passwd",
        "http://",
        "http:///path",
        "http://user:password@example.com",
        "http://example.com:0",
        "http://example.com:99999",
        "http://[::1",
        "http://exam ple.com",
        "http://example.com/\r\nHost: x",
        "http://" + "a" * 9000,
        "javascript:alert(1)",
    ],
)
def test_a_url_that_cannot_be_requested_is_refused(url: str) -> None:
    assert "params.url" in reason("http", {"url": url})


@pytest.mark.parametrize("status", [99, 600, "2xx", "299-200", "200", True, [200, None], {}, "-", "200-", 200.5])
def test_a_status_that_no_server_sends_is_refused(status: object) -> None:
    assert "params.expected_status" in reason("http", {"url": "https://x", "expected_status": status})


@pytest.mark.parametrize("name", ["", "a b", "a:b", "ä", "Host", "content-length", "Transfer-Encoding", "a\r\nb"])
def test_a_header_that_could_change_the_request_is_refused(name: str) -> None:
    assert "params.headers" in reason("http", {"url": "https://x", "headers": {name: "x"}})


@pytest.mark.parametrize("value", ["a\r\nX: y", "a\nb", "\0", "日本", 5, None])
def test_a_header_value_that_could_change_the_request_is_refused(value: object) -> None:
    assert "params.headers.X" in reason("http", {"url": "https://x", "headers": {"X": value}})


def test_a_get_with_a_body_is_refused_with_what_to_write() -> None:
    assert 'write "method": "POST"' in reason("http", {"url": "https://x", "body": {}})


def test_placeholders_are_not_judged_by_their_present_value() -> None:
    check_params("http", {"url": "ssm:/url", "headers": {"Authorization": "Bearer <secretsmanager:token#key>"}})
    check_params("http", {"url": "<ssm:/base>/<hourglass.target_id>", "method": "ssm:/method"})


def test_a_placeholder_is_a_text_and_never_a_number() -> None:
    with pytest.raises(InvalidParamsError, match=r"params\.timeout_seconds: is a text"):
        check_params("http", {"url": "https://x", "timeout_seconds": "<hourglass.attempt>"})


def test_an_expression_that_does_not_exist_is_refused_when_the_target_is_written() -> None:
    with pytest.raises(InvalidParamsError, match=r"<hourglass\.schedled_at> does not exist; write one of"):
        check_params("echo", {"message": ["<hourglass.schedled_at>"]})


def test_other_wrong_fields_are_still_refused_beside_placeholders() -> None:
    with pytest.raises(InvalidParamsError, match=r"params\.methd"):
        check_params("http", {"url": "ssm:/url", "methd": "GET"})

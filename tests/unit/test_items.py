"""DynamoDB's typed JSON, to and from plain values."""

from typing import Any

import pytest

from functions.aws.items import decode, decode_item, encode, encode_item


@pytest.mark.parametrize(
    ("typed", "plain"),
    [
        ({"S": "text"}, "text"),
        ({"S": ""}, ""),
        ({"N": "5"}, 5),
        ({"N": "-5"}, -5),
        ({"N": "1.5"}, 1.5),
        ({"N": "1E+3"}, 1000),
        ({"N": "99999999999999999999999999999999999999"}, 99999999999999999999999999999999999999),
        ({"BOOL": True}, True),
        ({"BOOL": False}, False),
        ({"NULL": True}, None),
        ({"L": [{"N": "1"}, {"S": "a"}]}, [1, "a"]),
        ({"M": {"a": {"M": {"b": {"L": []}}}}}, {"a": {"b": []}}),
        ({"SS": ["b", "a"]}, ["a", "b"]),
        ({"NS": ["10", "9"]}, [9, 10]),
    ],
)
def test_every_type_has_a_plain_value(typed: dict[str, Any], plain: object) -> None:
    assert decode(typed) == plain
    assert type(decode(typed)) is type(plain)


def test_a_binary_value_reads_the_same_from_a_table_and_from_a_stream() -> None:
    assert decode({"B": b"\x00\xff"}) == decode({"B": "AP8="}) == "AP8="
    assert decode({"BS": [b"\x00\xff"]}) == ["AP8="]


@pytest.mark.parametrize(
    "typed", [{}, {"S": "a", "N": "1"}, {"X": "a"}, {"N": "many"}, {"M": {"a": "bare"}}, "bare", 5]
)
def test_what_is_no_attribute_value_is_refused(typed: Any) -> None:
    with pytest.raises(ValueError, match="is not a DynamoDB attribute value"):
        decode(typed)


@pytest.mark.parametrize(
    ("plain", "typed"),
    [
        ("text", {"S": "text"}),
        (True, {"BOOL": True}),
        (5, {"N": "5"}),
        (1.5, {"N": "1.5"}),
        (None, {"NULL": True}),
        ([1, "a"], {"L": [{"N": "1"}, {"S": "a"}]}),
        ({"a": None}, {"M": {"a": {"NULL": True}}}),
    ],
)
def test_every_json_value_has_a_type(plain: object, typed: dict[str, Any]) -> None:
    assert encode(plain) == typed


@pytest.mark.parametrize("number", [float("inf"), float("nan"), 1e200, 10**40, 1e-200])
def test_a_number_that_dynamodb_cannot_hold_becomes_a_text(number: float) -> None:
    assert encode(number) == {"S": repr(number)}


def test_a_text_that_utf8_cannot_hold_can_be_written_all_the_same() -> None:
    assert encode({"a\ud800": "b\ud800"}) == {"M": {"a?": {"S": "b?"}}}


def test_an_attribute_that_is_none_is_left_out_of_an_item() -> None:
    assert encode_item({"a": None, "b": 1}) == {"b": {"N": "1"}}


@pytest.mark.parametrize("value", [object(), b"bytes", {1, 2}])
def test_what_is_no_json_is_refused(value: object) -> None:
    with pytest.raises(TypeError, match="is not a JSON value"):
        encode(value)


def test_an_item_reads_as_it_was_written() -> None:
    item = {"id": "homepage", "params": {"list": [1, 2.5, {"deep": None}], "on": False}}

    assert decode_item(encode_item(item)) == item

import io
from datetime import UTC, datetime, timedelta

import click
import pytest

from hourglass.cli.exits import Exit, Failure, code_of
from hourglass.cli.fields import Given, given_in
from hourglass.cli.files import read_targets, write_targets
from hourglass.cli.values import Moment, Named, read_length
from hourglass.errors import ConflictError, NoAnswerError, NoStackError, NotFoundError, RefusedError
from hourglass.items import check_target
from schedule_model.errors import InvalidTargetError
from tests.unit.examples import NOON, item


def entries(text):
    return [one.item for one in read_targets([io.StringIO(text)])]


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("90s", 90),
        ("1h30m", 5400),
        ("7d", 604_800),
        ("", None),
        ("5", None),
        ("5 m", None),
        ("m5", None),
        ("-5m", None),
        ("36525d", 3_155_760_000),
        ("36526d", None),
        ("999999999d", None),
    ],
)
def test_lengths_of_time_are_read(text, length):
    assert read_length(text) == (None if length is None else timedelta(seconds=length))


def test_an_instant_without_an_offset_is_utc():
    assert Moment().convert("2026-11-20T13:00", None, None) == datetime(2026, 11, 20, 13, tzinfo=UTC)
    assert Moment().convert("2026-11-20T13:00+01:00", None, None) == NOON


def test_what_is_no_instant_says_what_is():
    with pytest.raises(click.BadParameter, match="write 2026"):
        Moment().convert("yesterday", None, None)


@pytest.mark.parametrize("text", ["9999-12-31T23:59:59-05:00", "0001-01-01T00:00:00+05:00"])
def test_an_instant_beyond_the_calendar_is_refused(text):
    with pytest.raises(click.BadParameter, match="outside the years 1 to 9999"):
        Moment().convert(text, None, None)


def test_a_params_value_is_json_where_it_is_json():
    read = Named(is_json=True)

    assert [read.convert(text, None, None)[1] for text in ("n=5", 'n="5"', "n=five", "n=a=b", "n=[1]")] == [
        5,
        "5",
        "five",
        "a=b",
        [1],
    ]


@pytest.mark.parametrize(
    "text",
    [
        '{"id": "a"}',
        '[{"id": "a"}]',
        '{"id": "a"}\n{"id": "b"}',
        '{\n  "id": "a"\n}\n{\n  "id": "b"\n}\n',
        "id: a\n---\nid: b\n",
        "- id: a\n- id: b\n",
        "targets:\n- id: a\n",
        '{"id": {"S": "a"}}',
    ],
)
def test_targets_are_read_in_every_form(text):
    assert [one["id"] for one in entries(text)] in (["a"], ["a", "b"])


def test_dates_in_yaml_stay_texts():
    (read,) = entries(
        "id: a\ntype: echo\nschedule: rate(1 day)\nexcept: [2026-12-25]\nstarts_at: 2026-11-20T12:00:00Z\n"
    )

    assert check_target(read).except_ == ["2026-12-25"]


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "just words",
        "[1]",
        '{"id": {"S": "a"}, "type": "echo"}',
        "",
        "\n# nothing yet\n",
        "[" * 100_000,
        '{"id": "a", "id": "b"}',
        "id: a\nid: b\n",
    ],
)
def test_what_holds_no_targets_is_refused(text):
    with pytest.raises(Failure) as caught:
        entries(text)

    assert caught.value.exit_code == Exit.INVALID


@pytest.mark.parametrize("text", ["[]", '{"targets": []}', "targets: []"])
def test_the_wish_to_have_no_targets_is_read(text):
    assert entries(text) == []


def test_a_file_in_another_encoding_is_refused():
    with pytest.raises(Failure, match="UTF-8"):
        read_targets([io.TextIOWrapper(io.BytesIO("id: é".encode("latin-1")), encoding="utf-8")])


@pytest.mark.parametrize("form", ["json", "yaml"])
def test_what_is_exported_is_read_again_unchanged(form):
    targets = [item(id="a", **{"except": ["2026-12-25"]}), item(id="b", note="it's: all — fine")]

    assert entries(write_targets(targets, form)) == targets


def test_options_make_the_fields_of_a_target():
    made = given_in(
        {
            "id": "a",
            "type": "http",
            "schedule": ("rate(5 minutes)",),
            "params": '{"method": "GET"}',
            "param": (("url", "https://example.com/"),),
            "active": None,
            "except": (),
            "retry": (("max_attempts", 5),),
            "tag": (("team", "web"),),
            "timeout_seconds": 10,
        }
    ).target()

    assert made == {
        "id": "a",
        "type": "http",
        "schedule": "rate(5 minutes)",
        "params": {"method": "GET", "url": "https://example.com/"},
        "retry": {"max_attempts": 5},
        "tags": {"team": "web"},
        "timeout_seconds": 10,
    }
    check_target(made)


def test_entries_of_a_map_are_laid_over_those_that_are_there():
    given = Given(
        {"id": "homepage", "note": "new"},
        {"params": {"url": "https://new", "body": None}, "retry": {"max_attempts": 5}, "tags": {"owner": "me"}},
    )
    found = item(
        note="old",
        params={"url": "https://old", "method": "POST", "headers": {"a": "b"}, "body": "x", "form": None},
        retry={"backoff_seconds": 2, "max_attempts": 2},
    )

    assert given.laid_over(found) == item(
        note="new",
        params={"url": "https://new", "method": "POST", "headers": {"a": "b"}, "form": None},
        retry={"backoff_seconds": 2, "max_attempts": 5},
        tags={"owner": "me"},
    )
    assert found["note"] == "old"


def test_an_entry_replaces_the_map_that_has_its_name():
    laid = Given({}, {"params": {"json": {"a": 1}}}).laid_over(item(params={"json": {"b": 2}}))

    assert laid == item(params={"json": {"a": 1}})


def test_a_map_that_is_given_whole_replaces_the_one_that_is_there():
    options = {"params": '{"url": "https://new", "body": null}', "param": (("method", "GET"),)}

    assert given_in(options).laid_over(item(params={"headers": {}}))["params"] == {
        "url": "https://new",
        "body": None,
        "method": "GET",
    }
    assert given_in({"params": "{}"}).laid_over(item(params={"headers": {}})) == item(params={})


def test_an_entry_takes_the_place_of_a_field_that_should_be_a_map_and_is_none():
    assert Given({}, {"params": {"a": 1}}).laid_over(item(params="a=1")) == item(params={"a": 1})


def test_a_null_is_an_entry_like_another_where_the_target_is_written_whole():
    assert given_in({"param": (("result", None),)}).target() == {"params": {"result": None}}


def test_each_kind_of_error_has_its_exit_code():
    kinds = [NotFoundError, InvalidTargetError, ConflictError, NoStackError, NoAnswerError, RefusedError]

    assert [code_of(kind("x")) for kind in kinds] == [3, 4, 5, 6, 6, 1]

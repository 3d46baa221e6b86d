"""References to secrets are resolved, kept for a while, and never recorded."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from pydantic import JsonValue

from functions.runners.secrets import VALUES_REMEMBERED_MAX, Secrets, has_reference
from schedule_model.errors import RunnerError
from tests.unit.runners.circumstances import NOON

VALUES = {
    "ssm:/token": 'p@ss "word" ü/+&',
    "ssm:/pin": "42",
    "ssm:/number": "123456",
    "secretsmanager:db": '{"user": "admin", "password": "s3cret-pass", "port": 5432}',
    "secretsmanager:arn:aws:secretsmanager:eu-west-1:1:secret:db-AbC": "by arn",
}


class Shelf:
    """Where the tests' secrets lie; counts how often each is read."""

    def __init__(self) -> None:
        self.reads: list[str] = []

    def read(self, reference: str) -> str:
        self.reads.append(reference)
        return VALUES[reference]


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def secrets(shelf: Shelf) -> Secrets:
    return Secrets(shelf.read)


@pytest.mark.parametrize(
    ("written", "resolved"),
    [
        ("ssm:/token", VALUES["ssm:/token"]),
        ("Bearer <ssm:/token>!", f"Bearer {VALUES['ssm:/token']}!"),
        ("secretsmanager:db#password", "s3cret-pass"),
        ("<secretsmanager:db#user>:<secretsmanager:db#password>", "admin:s3cret-pass"),
        ("secretsmanager:arn:aws:secretsmanager:eu-west-1:1:secret:db-AbC", "by arn"),
        ({"ssm:/token": ["ssm:/pin", 1, None]}, {"ssm:/token": ["42", 1, None]}),
        ("see ssm:/token for more", None),
        ("ssm: a text", None),
        ("ssm:", None),
        ("ssm:/token\n", None),
        ("SSM:/token", None),
        (7, None),
    ],
)
def test_a_reference_is_a_whole_text_or_stands_in_angle_brackets(
    secrets: Secrets, written: JsonValue, resolved: JsonValue
) -> None:
    assert secrets.resolve(written, now=NOON) == (written if resolved is None else resolved)
    if isinstance(written, str):
        assert has_reference(written) is (resolved is not None)


def test_a_value_is_read_again_only_after_its_age(secrets: Secrets, shelf: Shelf) -> None:
    for minutes in (0, 1, 4.99, 5, 6):
        secrets.resolve("ssm:/token", now=NOON + timedelta(minutes=minutes))

    assert shelf.reads == ["ssm:/token"] * 2


def test_two_keys_of_one_secret_are_one_read(secrets: Secrets, shelf: Shelf) -> None:
    secrets.resolve(["secretsmanager:db#user", "secretsmanager:db#password"], now=NOON)

    assert shelf.reads == ["secretsmanager:db"]


@pytest.mark.parametrize(
    ("reference", "problem"),
    [
        ("secretsmanager:db#pass", "no text under that key"),
        ("secretsmanager:db#port", "no text under that key"),
        ("ssm:/token#key", "is not a JSON object"),
        ("ssm:/pin#key", "is not a JSON object"),
    ],
)
def test_a_key_that_the_secret_lacks_fails_for_good_without_telling_the_secret(
    secrets: Secrets, reference: str, problem: str
) -> None:
    with pytest.raises(RunnerError, match=problem) as caught:
        secrets.resolve(reference, now=NOON)

    assert not caught.value.is_retryable
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        'p@ss "word" ü/+&',
        "p%40ss%20%22word%22%20%C3%BC/%2B%26",
        "p%40ss%20%22word%22%20%C3%BC%2F%2B%26",
        "p%40ss+%22word%22+%C3%BC%2F%2B%26",
        json.dumps(VALUES["ssm:/token"])[1:-1],
        json.dumps(VALUES["ssm:/token"], ensure_ascii=False)[1:-1],
    ],
)
def test_a_secret_is_found_in_every_form_in_which_it_may_come_back(secrets: Secrets, text: str) -> None:
    secrets.resolve("ssm:/token", now=NOON)

    assert secrets.redact_text(f"a {text} b") == "a <ssm:/token> b"


def test_a_short_secret_is_replaced_only_where_it_is_the_whole_text(secrets: Secrets) -> None:
    secrets.resolve("ssm:/pin", now=NOON)

    assert secrets.redact(["42", "status 420", 42]) == ["ssm:/pin", "status 420", "ssm:/pin"]


def test_secrets_are_taken_out_of_keys_lists_and_numbers(secrets: Secrets) -> None:
    secrets.resolve("ssm:/number", now=NOON)

    redacted = secrets.redact({"123456": [123456, "x123456x", True, None, 1.5]})

    assert redacted == {"ssm:/number": ["ssm:/number", "x<ssm:/number>x", True, None, 1.5]}


def test_a_rotated_secret_is_still_redacted_in_runs_that_began_before() -> None:
    values = iter(["first-value", "second-value"])
    secrets = Secrets(lambda reference: next(values))
    secrets.resolve("ssm:/token", now=NOON)
    secrets.resolve("ssm:/token", now=NOON + timedelta(hours=1))

    assert secrets.redact_text("first-value second-value") == "<ssm:/token> <ssm:/token>"


def test_one_secret_within_another_leaves_nothing_behind() -> None:
    secrets = Secrets(lambda reference: {"ssm:/a": "abcd", "ssm:/b": "abcdefgh"}[reference])
    secrets.resolve(["ssm:/a", "ssm:/b"], now=NOON)

    assert secrets.redact_text("abcdefgh") == "ssm:/b"
    assert secrets.redact_text("x abcdefgh abcd") == "x <ssm:/b> <ssm:/a>"


def test_what_was_redacted_resolves_again(secrets: Secrets) -> None:
    written: JsonValue = {"a": "ssm:/token", "b": "Bearer <secretsmanager:db#password>"}

    assert secrets.redact(secrets.resolve(written, now=NOON)) == written


def test_an_empty_secret_garbles_nothing() -> None:
    secrets = Secrets(lambda reference: "")
    secrets.resolve("ssm:/empty", now=NOON)

    assert secrets.redact(["", "text", " "]) == ["", "text", " "]


def test_the_number_of_values_remembered_is_bounded() -> None:
    secrets = Secrets(lambda reference: f"value of {reference}", max_age=timedelta(0))
    for index in range(VALUES_REMEMBERED_MAX + 10):
        secrets.resolve(f"ssm:/{index}", now=NOON)

    assert secrets.redact_text("value of ssm:/0") == "value of ssm:/0"
    assert secrets.redact_text("value of ssm:/1009") == "ssm:/1009"


def test_many_threads_may_share_one_object(secrets: Secrets) -> None:
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: secrets.resolve("ssm:/token", now=NOON), range(200)))

    assert set(map(str, found)) == {VALUES["ssm:/token"]}

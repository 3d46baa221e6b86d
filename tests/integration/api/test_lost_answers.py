"""Answers that never arrive, from DynamoDB to the API and from the API to its caller."""

import pytest

from tests.unit.examples import item

HOMEPAGE = item()


@pytest.fixture
def lose_answer(hooks):
    """Let the next answer of an operation about targets get lost, so that botocore sends the request again."""

    def lose(operation, table="targets"):
        lost = iter([0])
        of_table = f'"TableName":"{table}"'.encode()

        def is_lost(request_dict, **_):
            return next(lost, None) if of_table in request_dict["body"].replace(b" ", b"") else None

        hooks(f"needs-retry.dynamodb.{operation}", is_lost)
        return lambda: next(lost, None) is None

    return lose


def test_a_creation_whose_answer_was_lost_is_no_conflict_with_itself(stack, http, lose_answer):
    is_lost = lose_answer("PutItem")
    created = http("POST", "/targets", HOMEPAGE)

    assert (created.status, is_lost()) == (201, True)
    assert http("POST", "/targets", HOMEPAGE).status == 409


def test_a_creation_whose_answer_was_lost_is_a_conflict_with_another_target(stack, http, lose_answer):
    stack.write(HOMEPAGE | {"note": "theirs"})

    lose_answer("PutItem")
    assert http("POST", "/targets", HOMEPAGE).status == 409
    assert stack.target("homepage")["note"] == "theirs"


@pytest.mark.parametrize(
    ("operation", "method", "path", "body"),
    [
        ("UpdateItem", "PUT", "", HOMEPAGE | {"note": "mine"}),
        ("UpdateItem", "PATCH", "", {"note": None, "tags": {"team": "web"}}),
        ("UpdateItem", "POST", ":pause", None),
        ("DeleteItem", "DELETE", "", None),
    ],
)
def test_an_edit_whose_answer_was_lost_is_no_edit_of_somebody_else(http, lose_answer, operation, method, path, body):
    seen = http("POST", "/targets", HOMEPAGE | {"note": "old"}).headers["ETag"]

    is_lost = lose_answer(operation)
    done = http(method, f"/targets/homepage{path}", body, If_Match=seen)

    assert (done.status in {200, 204}, is_lost()) == (True, True)
    assert http("GET", "/targets/homepage").headers.get("ETag") == done.headers.get("ETag")


def test_put_creates_what_it_has_made_itself_though_the_answer_was_lost(http, lose_answer):
    lose_answer("PutItem")

    assert http("PUT", "/targets/homepage", HOMEPAGE, If_None_Match="*").status == 201


def test_a_key_whose_first_answer_was_lost_is_not_taken_for_a_repetition(http, lose_answer):
    is_lost = lose_answer("PutItem", table="keys")
    first = http("POST", "/targets", HOMEPAGE, Idempotency_Key="k1")

    assert (first.status, is_lost()) == (201, True)
    assert "Idempotent-Replayed" not in first.headers
    assert http("POST", "/targets", HOMEPAGE, Idempotency_Key="k1").headers["Idempotent-Replayed"] == "true"


def test_askings_that_cross_under_one_key_make_one_target_and_keep_the_key(stack, http, hooks):
    theirs = iter([HOMEPAGE])

    def come_first(params, **_):
        if b'"targets"' in params["body"]:
            for fields in theirs:
                stack.write(fields)

    hooks("before-call.dynamodb.PutItem", come_first)
    crossed = http("POST", "/targets", HOMEPAGE, Idempotency_Key="k1")
    again = http("POST", "/targets", HOMEPAGE, Idempotency_Key="k1")

    assert (crossed.status, again.status, again.headers["Idempotent-Replayed"]) == (201, 201, "true")
    assert again.json == crossed.json


def test_without_a_key_an_equal_target_is_a_conflict(stack, http):
    stack.write(HOMEPAGE)

    assert http("POST", "/targets", HOMEPAGE).status == 409
    assert http("PUT", "/targets/homepage", HOMEPAGE, If_None_Match="*").status == 412


def test_a_creation_that_got_no_answer_is_completed_by_repeating_it(stack, http, hooks):
    broken = iter([True])

    def fail(**_):
        for _ in broken:
            raise ConnectionError("the function died before it could say that it was done")

    hooks("before-call.dynamodb.UpdateItem", fail)
    lost = http("POST", "/targets", HOMEPAGE, Idempotency_Key="k1")
    again = http("POST", "/targets", HOMEPAGE, Idempotency_Key="k1")

    assert lost.status == 500
    assert (again.status, again.headers["Idempotent-Replayed"]) == (201, "true")

"""`/targets` over HTTP, on moto."""

import json

import pytest

from functions.api.cursors import cursor_of
from functions.aws.items import encode_item
from tests.integration.moto_stack import NOON
from tests.unit.examples import item, minutes

HOMEPAGE = item()


def test_a_target_is_created_planned_and_read(stack, http):
    created = http("POST", "/targets", HOMEPAGE)
    stack.plan_all()
    read = http("GET", "/targets/homepage")

    assert (created.status, created.headers["Location"]) == (201, "targets/homepage")
    assert created.json["plan"] is None
    assert read.json["plan"]["status"] == "SCHEDULED"
    assert read.json["next_run_at"] == "2026-11-20T12:05:00Z"
    assert read.headers["ETag"] == created.headers["ETag"] == f'"{read.json["etag"]}"'


def test_an_id_with_slashes_is_found_however_its_path_is_written(stack, http):
    http("POST", "/targets", item(id="team/a"))

    assert http("GET", "/targets/team/a").json["id"] == "team/a"
    assert http("GET", "/targets/team%2Fa").json["id"] == "team/a"
    assert http("GET", "/targets/team/a/next?count=1").status == 200
    assert http("POST", "/targets/team/a:pause").json["active"] is False


@pytest.mark.parametrize("target_id", ["team/next", "team/runs", "task.mine"])
def test_an_id_under_which_a_target_could_not_be_found_again_is_refused(stack, http, target_id):
    refused = http("POST", "/targets", item(id=target_id))

    assert (refused.status, refused.fields_at_fault) == (422, ["id"])
    assert stack.target(target_id) == {}


def test_every_field_at_fault_is_named_and_nothing_is_written(stack, http, calls):
    refused = http("POST", "/targets", {"id": "a", "type": "echo", "shedule": "x", "retry": {"max_attempts": "3"}})

    assert (refused.status, refused.headers["Content-Type"]) == (422, "application/problem+json")
    assert refused.fields_at_fault == ["schedule", "retry.max_attempts", "shedule"]
    assert calls == {}


def test_a_start_within_a_second_is_stored_as_it_is_read(stack, http):
    starting = HOMEPAGE | {"schedule": "rate(1 day)", "starts_at": "2026-11-20T13:00:00.000250Z"}
    created = http("POST", "/targets", starting)
    stack.plan_all()
    checked = http("POST", "/expressions:check", {"schedule": "rate(1 day)", "starts_at": starting["starts_at"]})

    assert created.json["starts_at"] == "2026-11-20T13:00:01Z"
    assert http("GET", "/targets/homepage").json["next_run_at"] == "2026-11-20T13:00:01Z"
    assert checked.json["next"][0]["scheduled_at"] == "2026-11-20T13:00:01Z"
    assert http("PUT", "/targets/homepage", starting).headers["ETag"] == created.headers["ETag"]


@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/targets"), ("PUT", "/targets/a"), ("PATCH", "/targets/homepage")]
)
def test_what_is_wrong_with_form_schedule_and_params_is_told_at_once(stack, http, method, path):
    http("POST", "/targets", HOMEPAGE | {"type": "http", "params": {"url": "https://example.com/"}})
    body = {
        **({} if method == "PATCH" else {"id": "a"}),
        "type": "http",
        "params": {"url": 5},
        "schedule": "rate(5 minuets)",
        "timezone": "Mars/Olympus",
        "except": ["someday"],
        "timeout_seconds": 800,
        "shedule": "x",
    }

    refused = http(method, path, body)

    assert refused.status == 422
    assert refused.fields_at_fault == [
        "shedule",
        "schedule",
        "timezone",
        "except",
        "timeout_seconds",
        "params.url",
    ]


@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/targets"), ("PUT", "/targets/a"), ("PATCH", "/targets/homepage")]
)
def test_a_plan_is_the_systems_alone(stack, http, method, path):
    http("POST", "/targets", HOMEPAGE)
    stack.plan_all()

    refused = http(method, path, HOMEPAGE | {"id": path.rpartition("/")[2], "plan": {"status": "PAUSED"}})

    assert (refused.status, refused.fields_at_fault) == (422, ["plan"])
    assert stack.plan("homepage")["status"] == "SCHEDULED"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"schedule": "rate(5 minuets)"}, "schedule"),
        ({"timezone": "Mars/Olympus"}, "timezone"),
        ({"type": "ecko"}, "type"),
        ({"type": "http", "params": {"url": 5}}, "params.url"),
        ({"type": "http", "params": {}}, "params.url"),
        ({"timeout_seconds": 800}, "timeout_seconds"),
        ({"ends_at": "2026-01-01T00:00:00Z", "starts_at": "2026-02-01T00:00:00Z"}, "ends_at"),
    ],
)
def test_what_the_planner_would_refuse_is_refused_before_it_is_written(stack, http, changes, field):
    refused = http("POST", "/targets", HOMEPAGE | changes)

    assert refused.status == 422
    assert refused.fields_at_fault == [field]
    assert stack.target("homepage") == {}


def test_a_target_is_not_created_over_another(stack, http):
    http("POST", "/targets", HOMEPAGE)

    again = http("POST", "/targets", HOMEPAGE | {"note": "mine"})

    assert again.status == 409
    assert "note" not in stack.target("homepage")


def test_put_replaces_a_target_as_a_whole_and_leaves_its_plan(stack, http):
    http("POST", "/targets", HOMEPAGE | {"note": "old"})
    stack.plan_all()
    plan = stack.plan("homepage")

    replaced = http("PUT", "/targets/homepage", HOMEPAGE | {"params": {"message": "new"}})

    assert replaced.status == 200
    assert "note" not in stack.target("homepage")
    stack.plan_all()
    assert stack.plan("homepage") == plan


def test_put_creates_only_what_is_not_there_if_asked_so(stack, http):
    first = http("PUT", "/targets/homepage", HOMEPAGE, If_None_Match="*")
    second = http("PUT", "/targets/homepage", HOMEPAGE, If_None_Match="*")

    assert (first.status, first.headers["Location"]) == (201, "../targets/homepage")
    assert (second.status, second.headers["ETag"]) == (412, first.headers["ETag"])


def test_put_under_another_id_is_refused(http):
    assert http("PUT", "/targets/other", HOMEPAGE).fields_at_fault == ["id"]


def test_a_patch_changes_what_it_names_and_removes_what_is_null(stack, http):
    http("POST", "/targets", HOMEPAGE | {"note": "old", "params": {"message": "hi", "fail": False}})

    patch = {"note": None, "params": {"fail": None, "message": "new"}, "tags": {"team": "web"}}
    patched = http("PATCH", "/targets/homepage", patch, Content_Type="application/merge-patch+json")

    assert patched.status == 200
    assert stack.target("homepage") == HOMEPAGE | {"params": {"message": "new"}, "tags": {"team": "web"}}


@pytest.mark.parametrize(
    ("patch", "field"), [({"shedule": "x"}, "shedule"), ({"id": "b"}, "id"), ({"schedule": None}, "schedule")]
)
def test_a_patch_that_makes_a_target_invalid_is_refused(stack, http, patch, field):
    http("POST", "/targets", HOMEPAGE)

    refused = http("PATCH", "/targets/homepage", patch)

    assert (refused.status, refused.fields_at_fault) == (422, [field])
    assert stack.target("homepage") == HOMEPAGE


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", "", HOMEPAGE | {"note": "mine"}),
        ("PATCH", "", {"note": "mine"}),
        ("DELETE", "", None),
        ("POST", ":pause", None),
    ],
)
def test_an_edit_of_what_has_changed_since_is_refused_and_tells_the_etag(stack, http, method, path, body):
    seen = http("POST", "/targets", HOMEPAGE).headers["ETag"]
    current = http("PATCH", "/targets/homepage", {"note": "theirs"}).headers["ETag"]

    refused = http(method, f"/targets/homepage{path}", body, If_Match=seen)

    assert (refused.status, refused.headers["ETag"]) == (412, current)
    assert stack.target("homepage")["note"] == "theirs"
    assert http(method, f"/targets/homepage{path}", body, If_Match=f'"0000", {current}').status in {200, 204}


def test_a_plan_that_comes_between_does_not_make_an_edit_fail(stack, http):
    seen = http("POST", "/targets", HOMEPAGE).headers["ETag"]
    stack.plan_all()

    assert http("PATCH", "/targets/homepage", {"note": "mine"}, If_Match=seen).status == 200


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", "", HOMEPAGE | {"note": "mine"}),
        ("PATCH", "", {"except": ["2026-12-26"]}),
        ("POST", ":pause", None),
        ("POST", ":resume", None),
        ("DELETE", "", None),
    ],
)
def test_a_list_that_was_written_as_a_set_is_edited_as_any_other(stack, http, method, path, body):
    stack.write_typed(encode_item(HOMEPAGE) | {"except": {"SS": ["2026-12-25"]}})
    stack.plan_all()
    seen = http("GET", "/targets/homepage")

    done = http(method, f"/targets/homepage{path}", body, If_Match=seen.headers["ETag"])

    assert seen.json["next_run_at"] == "2026-11-20T12:05:00Z"
    assert done.status in {200, 204}
    assert http("GET", "/targets/homepage").headers.get("ETag") == done.headers.get("ETag")


def test_an_edit_that_comes_between_reading_and_writing_is_not_lost(stack, http, hooks):
    http("POST", "/targets", HOMEPAGE)
    theirs = iter([{"note": "theirs"}])

    def come_between(**_):
        for fields in theirs:
            stack.edit("homepage", **fields)

    hooks("before-call.dynamodb.UpdateItem", come_between)
    patched = http("PATCH", "/targets/homepage", {"tags": {"team": "web"}})

    assert patched.status == 200
    assert stack.target("homepage") == HOMEPAGE | {"note": "theirs", "tags": {"team": "web"}}


def test_an_etag_without_quotes_is_refused(http):
    assert http("DELETE", "/targets/homepage", If_Match="3f1c").fields_at_fault == ["If-Match"]


def test_a_deleted_target_is_gone_and_stays_gone(stack, http):
    http("POST", "/targets", HOMEPAGE)

    assert http("DELETE", "/targets/homepage").status == 204
    assert http("GET", "/targets/homepage").status == 404
    assert http("DELETE", "/targets/homepage").status == 404
    assert http("PATCH", "/targets/homepage", {"note": "x"}).status == 404


def test_creation_under_one_key_makes_one_target_and_answers_the_same(stack, http):
    first = http("POST", "/targets", HOMEPAGE, Idempotency_Key="k1")
    second = http("POST", "/targets", HOMEPAGE, Idempotency_Key="k1")

    assert (first.status, second.status) == (201, 201)
    assert first.json == second.json
    assert "Idempotent-Replayed" not in first.headers
    assert second.headers["Idempotent-Replayed"] == "true"


def test_a_key_repeated_with_another_body_or_after_deletion_is_told(stack, http):
    http("POST", "/targets", HOMEPAGE, Idempotency_Key="k1")

    assert http("POST", "/targets", HOMEPAGE | {"id": "other"}, Idempotency_Key="k1").status == 422
    http("DELETE", "/targets/homepage")
    assert http("POST", "/targets", HOMEPAGE, Idempotency_Key="k1").status == 410
    assert stack.target("homepage") == {}


def test_a_key_is_its_callers_own_and_free_again_after_a_refusal(stack, http):
    http("POST", "/targets", HOMEPAGE, Idempotency_Key="k1")

    assert http("POST", "/targets", item(id="b"), Idempotency_Key="k1", caller="arn:bob").status == 201
    other = HOMEPAGE | {"note": "other"}
    assert http("POST", "/targets", other, Idempotency_Key="k2").status == 409
    http("DELETE", "/targets/homepage")
    assert http("POST", "/targets", other, Idempotency_Key="k2").status == 201


def test_a_key_is_forgotten_after_a_day_whether_or_not_ttl_has_come(stack, http):
    http("POST", "/targets", HOMEPAGE, Idempotency_Key="k1")
    http("DELETE", "/targets/homepage")

    stack.clock.at = NOON + minutes(24 * 60)
    assert http("POST", "/targets", HOMEPAGE, Idempotency_Key="k1").status == 201


def test_all_targets_are_listed_once_page_by_page(stack, http):
    for place in range(7):
        stack.write(item(id=f"t{place}"))

    pages, cursor = [], ""
    while cursor is not None:
        page = http("GET", f"/targets?limit=3{cursor and f'&cursor={cursor}'}").json
        pages.append([one["id"] for one in page["targets"]])
        cursor = page["next_cursor"]

    assert sorted(one for page in pages for one in page) == [f"t{place}" for place in range(7)]
    assert [len(page) for page in pages[:2]] == [3, 3]


def test_a_page_ends_where_its_targets_would_be_more_than_lambda_answers(stack, http):
    for place in range(40):
        stack.write(item(id=f"t{place}", params={"message": '"' * 60_000}))

    pages, cursor = [], ""
    while cursor is not None:
        page = http("GET", f"/targets?limit=200{cursor and f'&cursor={cursor}'}")
        assert len(json.dumps({"body": json.dumps(page.json)})) < 6 * 1024 * 1024
        pages.append([one["id"] for one in page.json["targets"]])
        cursor = page.json["next_cursor"]

    assert sorted(one for page in pages for one in page) == sorted(f"t{place}" for place in range(40))
    assert len(pages) > 1


def test_a_listing_is_filtered_by_type_tag_and_status_over_page_bounds(stack, http):
    for place in range(9):
        tags = {"team": "web"} if place % 3 == 0 else {"team": "ops"}
        stack.write(item(id=f"t{place}", tags=tags, active=place != 3))
    stack.plan_all()

    first = http("GET", "/targets?tag=team=web&status=SCHEDULED&limit=1&type=echo").json
    second = http("GET", f"/targets?tag=team=web&status=SCHEDULED&limit=5&cursor={first['next_cursor']}").json

    assert {one["id"] for one in first["targets"] + second["targets"]} == {"t0", "t6"}
    assert second["next_cursor"] is None
    assert http("GET", "/targets?tag=team&status=PAUSED").json["targets"][0]["id"] == "t3"
    assert http("GET", "/targets?type=http").json == {"targets": [], "next_cursor": None}


def test_a_tag_may_have_commas_and_percent_signs(stack, http):
    http("POST", "/targets", item(id="both", tags={"share": "100%,%2C", "team": "web"}))
    http("POST", "/targets", item(id="first", tags={"share": "100%"}))

    found = http("GET", "/targets?tag=share=100%25%2C%252C&tag=team").json

    assert [one["id"] for one in found["targets"]] == ["both"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [("tag=env=prod&tag=env", ["live"]), ("tag=env&tag=env=prod", ["live"]), ("tag=env&tag=env", ["live", "tried"])],
)
def test_a_tag_that_is_asked_for_twice_is_both(http, query, expected):
    http("POST", "/targets", item(id="live", tags={"env": "prod"}))
    http("POST", "/targets", item(id="tried", tags={"env": "test"}))

    found = http("GET", f"/targets?{query}").json

    assert sorted(one["id"] for one in found["targets"]) == expected


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=many", "limit"),
        ("cursor=xyz", "cursor"),
        ("cursor=WyJydW5zIiwiYSJd", "cursor"),
        (f"cursor={cursor_of('targets', chr(0xD800))}", "cursor"),
        ("status=RUNNING", "status.0"),
        ("tags=team", "tags"),
        ("tag=env=prod&tag=env=test", "tag"),
    ],
)
def test_a_listing_asked_for_wrongly_is_refused(http, query, field):
    refused = http("GET", f"/targets?{query}")

    assert (refused.status, refused.fields_at_fault) == (422, [field])

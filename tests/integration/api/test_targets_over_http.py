"""`/targets` over HTTP, on moto."""

from tests.unit.examples import item

HOMEPAGE = item()


def test_a_target_is_created_planned_and_read(stack, http):
    created = http("POST", "/targets", HOMEPAGE)
    stack.plan_all()
    read = http("GET", "/targets/homepage")

    assert (created.status, created.headers["Location"]) == (201, "targets/homepage")
    assert created.json["plan"] is None
    assert read.status == 200
    assert read.json["plan"]["status"] == "SCHEDULED"
    assert read.json["next_run_at"] == "2026-11-20T12:05:00Z"
    assert read.headers["ETag"] == created.headers["ETag"] == f'"{read.json["etag"]}"'

"""The HTTP API on the deployed stack of the embedded engine, over HTTP."""

import json
import re
import subprocess
import urllib.error
import urllib.request
import uuid

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode

from local.http_api import HttpApi
from local.paths import ROOT
from tests.e2e.waiting import needs_curl, wait_for

pytestmark = pytest.mark.e2e
BLOCKS = re.findall(r"```sh\n(.*?)```", (ROOT / "docs" / "api.md").read_text(), re.DOTALL)


@pytest.fixture(scope="module")
def api(stack):
    return HttpApi(stack.outputs["ApiUrl"])


@pytest.fixture
def target_id():
    return f"api-{uuid.uuid4().hex[:8]}"


def status_of(api, path):
    return api.call("GET", path).json.get("status")


def test_a_targets_whole_life(api, target_id):
    path = f"/targets/{target_id}"
    fields = {"id": target_id, "type": "echo", "schedule": "rate(2 seconds)", "params": {"message": "hi"}}

    created = api.call("POST", "/targets", fields, {"Idempotency-Key": target_id})
    assert created.status == 201
    wait_for(lambda: (api.call("GET", path).json["plan"] or {}).get("status") == "SCHEDULED")
    runs = wait_for(lambda: [r for r in api.call("GET", f"{path}/runs").json["runs"] if r["status"] == "COMPLETED"])
    assert runs[0]["output"] == {"message": "hi"}

    seen = created.headers["ETag"]
    assert api.call("POST", f"{path}:pause", {"note": "moving house"}, {"If-Match": seen}).json["active"] is False
    wait_for(lambda: api.call("GET", path).json["plan"]["status"] == "PAUSED")
    assert api.call("PATCH", path, {"note": "late"}, {"If-Match": seen}).status == 412
    assert api.call("POST", f"{path}:resume", {"note": ""}).status == 200
    wait_for(lambda: api.call("GET", path).json["plan"]["status"] == "SCHEDULED")
    assert any(run["target_id"] == target_id for run in api.call("GET", "/upcoming?within_minutes=1").json["runs"])

    assert api.call("DELETE", path).status == 204
    assert api.call("GET", path).status == 404
    assert api.call("GET", f"{path}/runs").json["runs"]


def test_a_run_now_is_watched_where_the_answer_says(api, target_id):
    fields = {"id": f"{target_id}/a", "type": "echo", "schedule": "rate(1 day)", "params": {"message": "now"}}
    api.call("POST", "/targets", fields)

    asked = api.call("POST", f"/targets/{target_id}%2Fa:run")
    place = asked.headers["Location"].removeprefix("..")

    wait_for(lambda: status_of(api, place) == "COMPLETED")
    api.call("DELETE", f"/targets/{target_id}%2Fa")


def test_tasks_are_watched_until_they_are_done_and_cancelled_before(api):
    soon = {"type": "echo", "params": {"message": "hi"}, "delay": {"seconds": 3}}
    later = soon | {"delay": {"hours": 5}}
    first, second = api.call("POST", "/tasks:batch", {"tasks": [soon, later]}).json["tasks"]

    assert (first["status"], second["time_left"]["hours"]) == ("SCHEDULED", 5)
    wait_for(lambda: status_of(api, f"/tasks/{first['id']}") == "COMPLETED")
    assert status_of(api, f"/tasks/{second['id']}") == "SCHEDULED"
    assert api.call("DELETE", f"/tasks/{second['id']}").status == 204
    assert api.call("GET", f"/tasks/{second['id']}").status == 404
    assert api.call("DELETE", f"/tasks/{first['id']}").status == 409


def test_who_is_not_authorised_is_refused_except_for_the_docs(stack):
    url = stack.outputs["ApiUrl"]

    with pytest.raises(urllib.error.HTTPError, match="403"):
        urllib.request.urlopen(f"{url}/targets")
    with urllib.request.urlopen(f"{url}/docs") as page:
        assert b"SwaggerUIBundle" in page.read()


def test_the_running_api_answers_as_its_document_says(api):
    schema = schemathesis.openapi.from_dict(api.call("GET", "/openapi.json").json)
    schema.config.checks.positive_data_acceptance.expected_statuses = ["2xx", "404", "409", "410", "412", "422"]
    signed = {"Authorization": "AWS4-HMAC-SHA256 Credential=test/20261120/us-east-1/execute-api/aws4_request"}

    def try_out(operation):
        @given(case=operation.as_strategy(generation_mode=GenerationMode.POSITIVE))
        @settings(max_examples=5, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
        def answers(case):
            case.call_and_validate(base_url=api.url, headers=signed)

        answers()

    for found in schema.get_all_operations():
        try_out(found.ok())


@needs_curl
def test_the_commands_of_the_docs_do_what_they_say(stack, tmp_path):
    known = {"endpoint": stack.endpoint, "region": "us-east-1", "outputs": dict(stack.outputs)}
    (tmp_path / ".local").mkdir()
    (tmp_path / ".local" / "stack.json").write_text(json.dumps(known))
    script = "\n".join(block for block in BLOCKS if not block.startswith("sam "))

    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stdout + done.stderr
    said = [line for line in done.stdout.splitlines() if line]
    assert len(said) == script.count("\nask ") - 1
    assert json.loads(said[2])["note"] == "patched"
    assert json.loads(said[-1])["tasks"][1]["status"] == "SCHEDULED"

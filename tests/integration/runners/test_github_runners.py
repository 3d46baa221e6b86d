"""The GitHub runners against a stub of its API."""

import json
from datetime import timedelta
from email.utils import format_datetime
from urllib.parse import parse_qs, urlsplit

import pytest

from functions.runners import github_repositories, github_users
from schedule_model.clock import SystemClock
from schedule_model.errors import RunnerError
from schedule_model.run_result import RunResult
from tests.integration.runners.servers import Answer, Handler, Received, Server, reply
from tests.unit.runners.circumstances import real_context


def repositories(server: Server, **params: object) -> RunResult:
    checked = github_repositories.Params.model_validate({"api_url": server.url(""), "owner": "octocat", **params})
    return github_repositories.run(checked, real_context())


def users(server: Server, **params: object) -> RunResult:
    checked = github_users.Params.model_validate({"api_url": server.url(""), **params})
    return github_users.run(checked, real_context())


def failure(server: Server) -> RunnerError:
    with pytest.raises(RunnerError) as caught:
        repositories(server)
    return caught.value


def output(result: RunResult) -> dict[str, object]:
    assert isinstance(result.output, dict)
    return dict(result.output)


def listing(server: Server, *, pages: int, per_page: int = 2, **headers: str) -> Answer:
    """Return an answer that serves numbered repositories over several pages."""

    def answer(received: Received, handler: Handler) -> None:
        query = parse_qs(urlsplit(received.path).query)
        page = int(query.get("page", ["1"])[0])
        numbers = range((page - 1) * per_page + 1, page * per_page + 1)
        entries = [
            {"id": n, "full_name": f"octocat/{n}", "login": f"user{n}", "stargazers_count": n, "private_note": "x"}
            for n in numbers
        ]
        path = received.path.partition("?")[0]
        if page < pages:
            headers["Link"] = (
                f'<{server.url(path)}?page={page + 1}>; rel="next", <{server.url(path)}?page=9>; rel="last"'
            )
        else:
            headers.pop("Link", None)
        reply(200, json.dumps(entries).encode(), **headers)(received, handler)

    return answer


def test_all_pages_of_an_owner_are_read(server: Server) -> None:
    server.answers["/users/octocat/repos"] = listing(server, pages=3, X_RateLimit_Remaining="41")

    result = repositories(server)

    found = output(result)
    assert (found["count"], found["stars"], found["is_complete"], found["requests_left"]) == (6, 21, True, 41)
    assert found["repositories"] == [{"full_name": f"octocat/{n}", "stargazers_count": n} for n in range(1, 7)]
    assert (result.new_params, result.next_run_at) == (None, None)


def test_reading_ends_after_the_pages_allowed(server: Server) -> None:
    server.answers["/users/octocat/repos"] = listing(server, pages=9)

    found = output(repositories(server, pages_max=2))

    assert (found["count"], found["is_complete"]) == (4, False)
    assert len(server.received) == 2


def test_the_listing_of_everything_goes_on_where_the_last_run_ended(server: Server) -> None:
    server.answers["/users"] = listing(server, pages=1)

    result = users(server, since=7)

    assert parse_qs(urlsplit(server.received[0].path).query)["since"] == ["7"]
    assert result.new_params == {"since": 2}
    assert output(result)["users"] == [{"login": "user1", "id": 1}, {"login": "user2", "id": 2}]


def test_the_listing_of_all_repositories_goes_on_too(server: Server) -> None:
    server.answers["/repositories"] = listing(server, pages=1)

    assert repositories(server, owner=None).new_params == {"since": 2}


def test_members_of_an_organization_are_read(server: Server) -> None:
    server.answers["/orgs/github/public_members"] = listing(server, pages=1)

    result = users(server, organization="github")

    assert output(result)["count"] == 2
    assert result.new_params is None


def test_an_empty_listing_keeps_its_place(server: Server) -> None:
    server.answers["/users"] = reply(200, b"[]")

    result = users(server, since=7)

    assert (output(result)["count"], result.new_params) == (0, None)


@pytest.mark.parametrize("status", [403, 429])
def test_a_rate_limit_sets_the_next_run_to_its_end(server: Server, status: int) -> None:
    reset = SystemClock().now() + timedelta(minutes=30)
    headers = {"X_RateLimit_Remaining": "0", "X_RateLimit_Reset": str(int(reset.timestamp()))}
    server.answers["/users/octocat/repos"] = reply(status, b"{}", **headers)

    result = repositories(server)

    assert result.next_run_at is not None
    assert timedelta(0) <= result.next_run_at - reset <= timedelta(seconds=2)
    assert output(result)["is_rate_limited"] is True


def test_a_secondary_rate_limit_sets_the_next_run_by_retry_after(server: Server) -> None:
    server.answers["/users/octocat/repos"] = reply(403, b"{}", Retry_After="90")

    before = SystemClock().now()
    result = repositories(server)

    assert result.next_run_at is not None
    assert timedelta(seconds=90) <= result.next_run_at - before <= timedelta(seconds=100)


def test_a_secondary_rate_limit_may_name_a_date(server: Server) -> None:
    date = format_datetime(SystemClock().now() + timedelta(minutes=30), usegmt=True)
    server.answers["/users/octocat/repos"] = reply(429, b"{}", Retry_After=date)

    before = SystemClock().now()
    result = repositories(server)

    assert result.next_run_at is not None
    assert timedelta(minutes=29) <= result.next_run_at - before <= timedelta(minutes=31)


def test_an_outage_of_github_is_left_alone_for_as_long_as_it_asks(server: Server) -> None:
    server.answers["/users/octocat/repos"] = reply(503, b"{}", Retry_After="600")

    error = failure(server)

    assert error.is_retryable
    assert error.retry_after == timedelta(seconds=600)


@pytest.mark.parametrize("reset", ["", "soon", "-5", "1", "9" * 15, "9" * 400])
def test_a_senseless_reset_waits_between_a_second_and_two_hours(server: Server, reset: str) -> None:
    server.answers["/users/octocat/repos"] = reply(429, b"{}", X_RateLimit_Remaining="0", X_RateLimit_Reset=reset)

    before = SystemClock().now()
    result = repositories(server)

    assert result.next_run_at is not None
    assert timedelta(seconds=1) <= result.next_run_at - before <= timedelta(hours=2, seconds=20)


def test_reading_stops_before_a_request_that_the_limit_would_refuse(server: Server) -> None:
    server.answers["/users/octocat/repos"] = listing(server, pages=9, X_RateLimit_Remaining="0")

    result = repositories(server)

    assert len(server.received) == 1
    assert (output(result)["count"], output(result)["is_complete"]) == (2, False)
    assert result.next_run_at is not None


def test_the_token_is_sent_and_left_out_without_one(server: Server) -> None:
    server.answers["/users/octocat/repos"] = reply(200, b"[]")

    repositories(server, token="abc")
    repositories(server)

    first, second = server.received
    assert first.headers["authorization"] == "Bearer abc"
    assert "authorization" not in second.headers


def test_a_next_page_on_another_host_is_refused(server: Server) -> None:
    server.answers["/users/octocat/repos"] = reply(200, b"[]", Link='<http://evil.example/>; rel="next"')

    error = failure(server)

    assert not error.is_retryable
    assert "another host" in str(error)


@pytest.mark.parametrize(
    ("status", "is_retryable", "text"),
    [
        (404, False, "does not exist or was renamed"),
        (301, False, "does not exist or was renamed"),
        (401, False, "refused params.token"),
        (403, False, "answered 403"),
        (500, True, "answered 500"),
        (502, True, "answered 502"),
    ],
)
def test_other_statuses_are_failures_that_say_what_to_change(
    server: Server, status: int, *, is_retryable: bool, text: str
) -> None:
    server.answers["/users/octocat/repos"] = reply(status, b"{}")

    error = failure(server)

    assert error.is_retryable is is_retryable
    assert text in str(error)


@pytest.mark.parametrize("body", [b"", b"<html>", b"{}", b"[1]", b"\xff"])
def test_an_answer_that_is_no_listing_is_refused(server: Server, body: bytes) -> None:
    server.answers["/users/octocat/repos"] = reply(200, body)

    assert "answered no list" in str(failure(server))


@pytest.mark.parametrize("owner", ["../x", "a/b", "", "a?b", "-x"])
def test_an_owner_that_would_change_the_path_is_refused(server: Server, owner: str) -> None:
    with pytest.raises(ValueError, match="owner"):
        repositories(server, owner=owner)

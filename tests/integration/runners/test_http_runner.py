"""The `http` runner against real servers."""

import json
import threading
from datetime import timedelta
from email.utils import format_datetime

import pytest

from functions.runners import http
from functions.runners.network import exchange
from schedule_model.clock import SystemClock
from tests.integration.runners.requests_sent import failure, output, request
from tests.integration.runners.servers import Handler, Received, Server, reply
from tests.unit.runners.circumstances import real_context


def test_a_request_records_status_latency_size_and_final_url(server: Server) -> None:
    found = output(request(server.url("/a?token=1")))

    latency = found.pop("latency_ms")
    assert found == {"status": 200, "size_bytes": 2, "final_url": server.url("/a?…")}
    assert isinstance(latency, int)
    assert 0 <= latency < 5000


@pytest.mark.parametrize(
    ("target_id", "sent"),
    [("a.b_c:d@e/f=g+h-i", "a.b_c:d@e/f=g+h-i"), ("größe 日本", "gr%C3%B6%C3%9Fe%20%E6%97%A5%E6%9C%AC")],
)
def test_the_idempotency_key_is_sent_and_survives_any_target_id(server: Server, target_id: str, sent: str) -> None:
    http.run(http.Params(url=server.url()), real_context(target_id=target_id))

    assert server.received[0].headers["idempotency-key"] == f"{sent}/2026-11-20T12:00:00Z"


def test_headers_of_the_user_replace_ours_whatever_their_case(server: Server) -> None:
    request(server.url(), headers={"user-agent": "mine", "IDEMPOTENCY-KEY": "own", "X-One": "1"})

    headers = server.received[0].headers
    assert (headers["user-agent"], headers["idempotency-key"], headers["x-one"]) == ("mine", "own", "1")


@pytest.mark.parametrize(
    ("body", "sent", "kind"),
    [
        ("text é", "text é".encode(), "text/plain; charset=utf-8"),
        ({"a": [1, None]}, b'{"a": [1, null]}', "application/json"),
        (0, b"0", "application/json"),
        (False, b"false", "application/json"),
        ("", b"", "text/plain; charset=utf-8"),
    ],
)
def test_a_text_body_is_sent_as_it_is_and_any_other_as_json(
    server: Server, body: object, sent: bytes, kind: str
) -> None:
    request(server.url(), method="POST", body=body)

    assert server.received[0].body == sent
    assert server.received[0].headers["content-type"] == kind


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_every_method_is_sent(server: Server, method: str) -> None:
    request(server.url(), method=method)

    assert server.received[0].method == method


@pytest.mark.parametrize("expected", [404, [200, 404], "400-499", ["200-299", "404-404"]])
def test_an_expected_status_is_a_success_in_each_way_of_writing_it(server: Server, expected: object) -> None:
    server.answers["/"] = reply(404)

    assert output(request(server.url(), expected_status=expected))["status"] == 404


@pytest.mark.parametrize(
    ("status", "is_retryable"), [(404, False), (400, False), (429, True), (500, True), (503, True), (204, False)]
)
def test_an_unexpected_status_is_retryable_only_when_it_may_pass(
    server: Server, status: int, *, is_retryable: bool
) -> None:
    server.answers["/"] = reply(status, b"")

    error = failure(server.url(), expected_status=200)

    assert error.is_retryable is is_retryable
    assert f"answered {status}, expected 200" in str(error)
    assert error.retry_after is None


@pytest.mark.parametrize("status", [429, 503])
def test_a_server_that_asks_to_wait_is_heard(server: Server, status: int) -> None:
    server.answers["/"] = reply(status, b"", Retry_After="120")

    error = failure(server.url())

    assert error.is_retryable
    assert error.retry_after == timedelta(seconds=120)
    assert f"answered {status}, expected 200-299 and asks to wait 120 s;" in str(error)


def test_a_server_may_ask_to_wait_until_a_date(server: Server) -> None:
    date = format_datetime(SystemClock().now() + timedelta(minutes=30), usegmt=True)
    server.answers["/"] = reply(503, b"", Retry_After=date)

    wait = failure(server.url()).retry_after

    assert wait is not None
    assert timedelta(minutes=25) < wait <= timedelta(minutes=30)


def test_a_wish_to_wait_that_makes_no_sense_is_a_failure_like_any_other(server: Server) -> None:
    server.answers["/"] = reply(503, b"", Retry_After="after lunch")

    error = failure(server.url())

    assert error.is_retryable
    assert error.retry_after is None


def test_a_failure_for_good_asks_for_no_further_attempt_whatever_its_server_says(server: Server) -> None:
    server.answers["/"] = reply(404, b"", Retry_After="120")

    error = failure(server.url())

    assert not error.is_retryable
    assert error.retry_after is None


def test_a_body_is_recorded_on_request_and_cut(server: Server) -> None:
    server.answers["/"] = reply(200, b"\xff" + b"x" * 20_000)

    found = output(request(server.url(), record_body=True))

    assert found["size_bytes"] == 20_001
    assert found["body"] == "\ufffd" + "x" * 16_383


def test_a_body_over_the_cap_is_read_no_further_and_marked(server: Server) -> None:
    server.answers["/"] = reply(200, b"x" * (exchange.BODY_BYTES_MAX + 500_000))

    found = output(request(server.url()))

    assert found["size_bytes"] == exchange.BODY_BYTES_MAX
    assert found["is_size_capped"] is True


def test_an_endless_body_is_left_at_the_cap(server: Server) -> None:
    def endless(received: Received, handler: Handler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            handler.wfile.write(b"x" * 65_536)

    server.answers["/"] = endless

    assert output(request(server.url()))["size_bytes"] == exchange.BODY_BYTES_MAX


def test_a_chunked_body_is_counted(server: Server) -> None:
    def chunked(received: Received, handler: Handler) -> None:
        handler.send_response(200)
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        handler.wfile.write(b"3\r\nabc\r\n5\r\ndefgh\r\n0\r\n\r\n")

    server.answers["/"] = chunked

    assert output(request(server.url(), record_body=True))["body"] == "abcdefgh"


def test_a_body_that_ends_too_early_is_a_retryable_failure(server: Server) -> None:
    def broken(received: Received, handler: Handler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "100")
        handler.end_headers()
        handler.wfile.write(b"half")
        handler.close_connection = True

    server.answers["/"] = broken

    error = failure(server.url())
    assert error.is_retryable
    assert "broke off" in str(error)


def test_a_silent_server_times_out(server: Server) -> None:
    release = threading.Event()
    server.answers["/"] = lambda received, handler: (release.wait(5), None)[1]

    error = failure(server.url(), timeout_seconds=0.2)

    release.set()
    assert error.is_retryable
    assert "did not answer in time" in str(error)


@pytest.mark.parametrize("where", ["headers", "body"])
def test_a_server_that_trickles_is_cut_off_at_the_total_time(server: Server, where: str) -> None:
    release = threading.Event()

    def trickle(received: Received, handler: Handler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n" + (b"Content-Length: 1000\r\n\r\n" if where == "body" else b""))
        while not release.wait(0.02):
            handler.wfile.write(b"x")

    server.answers["/"] = trickle

    error = failure(server.url(), timeout_seconds=0.3)

    release.set()
    assert "did not answer in time" in str(error)


def test_an_answer_that_is_not_http_is_a_retryable_failure(server: Server) -> None:
    def garbage(received: Received, handler: Handler) -> None:
        handler.wfile.write(b"SSH-2.0-OpenSSH\r\n")
        handler.close_connection = True

    server.answers["/"] = garbage

    assert "did not answer in HTTP" in str(failure(server.url()))


def test_a_path_beyond_ascii_is_encoded(server: Server) -> None:
    request(server.url("/größe?q=ä&x=%20[1]"))

    assert server.received[0].path == "/gr%C3%B6%C3%9Fe?q=%C3%A4&x=%20[1]"


def test_json_sent_is_json_received(server: Server) -> None:
    request(server.url(), method="PUT", body={"ключ": "値"})

    assert json.loads(server.received[0].body) == {"ключ": "値"}

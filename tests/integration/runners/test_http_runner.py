"""The `http` runner against real servers."""

import json
import socket
import threading
from pathlib import Path

import pytest

from functions.runners import http
from functions.runners.network import exchange
from functions.runners.network.connection import Lookup, look_up
from functions.runners.registry import validate_params
from schedule_model.errors import RunnerError
from schedule_model.run_result import RunResult
from tests.integration.runners.certificates import Authority, make_certificate
from tests.integration.runners.servers import Handler, Received, Server, reply, serve
from tests.unit.runners.circumstances import real_context


def request(url: str, lookup: Lookup = look_up, **params: object) -> RunResult:
    checked = validate_params("http", {"url": url, **params})
    assert isinstance(checked, http.Params)
    return http.request(checked, real_context(), lookup)


def failure(url: str, lookup: Lookup = look_up, **params: object) -> RunnerError:
    with pytest.raises(RunnerError) as caught:
        request(url, lookup, **params)
    return caught.value


def output(result: RunResult) -> dict[str, object]:
    assert isinstance(result.output, dict)
    return dict(result.output)


def test_a_request_records_status_latency_size_and_final_url(server: Server) -> None:
    found = output(request(server.url("/a?token=1")))

    latency = found.pop("latency_ms")
    assert found == {"status": 200, "size_bytes": 2, "final_url": server.url("/a?…")}
    assert isinstance(latency, int)
    assert 0 <= latency < 5000


def test_the_idempotency_key_is_sent_and_survives_any_target_id(server: Server) -> None:
    params = http.Params(url=server.url())
    http.run(params, real_context(target_id="größe 日本"))

    assert server.received[0].headers["idempotency-key"] == "gr%C3%B6%C3%9Fe%20%E6%97%A5%E6%9C%AC/2026-11-20T12:00:00Z"


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
    server: Server, status: int, is_retryable: bool
) -> None:
    server.answers["/"] = reply(status, b"")

    error = failure(server.url(), expected_status=200)

    assert error.is_retryable is is_retryable
    assert f"answered {status}, expected 200" in str(error)


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


def test_redirects_are_followed_and_the_final_url_recorded(server: Server) -> None:
    server.answers["/old"] = reply(301, b"", Location="/new page")
    server.answers["/new%20page"] = reply(302, b"", Location=f"//127.0.0.1:{server.port}/end#part")

    assert output(request(server.url("/old")))["final_url"] == server.url("/end")


@pytest.mark.parametrize(
    ("status", "method", "becomes", "body"),
    [
        (301, "POST", "GET", b""),
        (302, "POST", "GET", b""),
        (303, "PUT", "GET", b""),
        (302, "PUT", "PUT", b"x"),
        (307, "POST", "POST", b"x"),
        (308, "POST", "POST", b"x"),
    ],
)
def test_a_redirect_keeps_or_changes_the_method_as_browsers_do(
    server: Server, status: int, method: str, becomes: str, body: bytes
) -> None:
    server.answers["/"] = reply(status, b"", Location="/end")

    request(server.url(), method=method, body="x")

    last = server.received[-1]
    assert (last.method, last.body, "content-type" in last.headers) == (becomes, body, bool(body))


def test_credentials_stay_with_the_origin_that_they_were_written_for(server: Server) -> None:
    secret = {"Authorization": "Bearer x", "Cookie": "a=b", "X-Api-Key": "k", "Accept": "text/css"}
    with serve() as other:
        server.answers["/same"] = reply(302, b"", Location="/cross")
        server.answers["/cross"] = reply(302, b"", Location=other.url("/end"))

        request(server.url("/same"), headers=secret)

        assert server.received[1].headers["authorization"] == "Bearer x"
        received = other.received[0].headers
        assert not {"authorization", "cookie", "x-api-key"} & set(received)
        assert received["accept"] == "text/css"


def test_a_redirect_loop_ends_after_the_redirects_allowed(server: Server) -> None:
    server.answers["/"] = reply(302, b"", Location="/")

    error = failure(server.url(), max_redirects=3)

    assert len(server.received) == 4
    assert "after 3 redirects" in str(error)
    assert not error.is_retryable


def test_without_redirects_the_redirect_itself_is_judged(server: Server) -> None:
    server.answers["/"] = reply(301, b"", Location="http://10.0.0.1/")

    found = output(request(server.url(), max_redirects=0, expected_status=301))

    assert (found["status"], found["final_url"]) == (301, server.url("/"))


@pytest.mark.parametrize(
    "location", ["http://169.254.169.254/latest/meta-data/", "http://[fd00:ec2::254]/", "http://10.1.2.3/", "http://0/"]
)
def test_a_redirect_to_an_address_that_is_not_public_is_refused(server: Server, location: str) -> None:
    server.answers["/"] = reply(302, b"", Location=location)

    error = failure(server.url())

    assert not error.is_retryable
    assert "which runners may not reach" in str(error)


@pytest.mark.parametrize(
    "location", ["file:///etc/passwd", "ftp://example.com/", "http://u:p@example.com/", "http://["]
)
def test_a_redirect_to_anything_but_plain_http_is_refused(server: Server, location: str) -> None:
    server.answers["/"] = reply(302, b"", Location=location)

    error = failure(server.url())

    assert not error.is_retryable
    assert "redirects to an address that" in str(error)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.1", "2130706433", "0x7f000001", "[::1]", "0.0.0.0"])
def test_loopback_is_refused_however_it_is_written(server: Server, host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ALLOWED_HOSTS")

    error = failure(server.url(host=host))

    assert not error.is_retryable
    assert "ALLOWED_HOSTS" in str(error)
    assert server.received == []


@pytest.mark.parametrize("allowed", ["127.0.0.1", "127.0.0.1:{port}", "10.0.0.0/8,127.0.0.0/8", "LOCALHOST:{port}"])
def test_the_owner_allows_a_host_by_name_address_port_or_network(
    server: Server, allowed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALLOWED_HOSTS", allowed.format(port=server.port))

    host = "localhost" if "LOCAL" in allowed else "127.0.0.1"
    assert output(request(server.url(host=host)))["status"] == 200


def test_a_port_that_the_owner_did_not_name_stays_refused(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALLOWED_HOSTS", "127.0.0.1:1")

    assert "which runners may not reach" in str(failure(server.url()))


def test_a_name_that_changes_its_address_after_the_check_gains_nothing(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALLOWED_HOSTS", f"127.0.0.1:{server.port}")
    answers = iter([["127.0.0.1"], ["169.254.169.254"]])

    found = output(request(server.url(host="rebind.example"), lambda host, port: next(answers)))

    assert found["status"] == 200
    assert server.received[0].headers["host"] == f"rebind.example:{server.port}"
    assert next(answers) == ["169.254.169.254"]


def test_one_refused_address_among_public_ones_refuses_the_host(server: Server) -> None:
    error = failure(server.url(host="mixed.example"), lambda host, port: ["93.184.215.14", "10.0.0.1"])

    assert "mixed.example resolves to 10.0.0.1, a private address" in str(error)


def test_the_next_address_is_tried_when_the_first_does_not_answer(server: Server) -> None:
    found = request(server.url(host="twin.example"), lambda host, port: ["127.0.0.2", "::1", "127.0.0.1"])

    assert output(found)["status"] == 200


def test_a_closed_port_is_a_retryable_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALLOWED_HOSTS", "127.0.0.1")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    error = failure(f"http://127.0.0.1:{port}/")

    assert error.is_retryable
    assert "could not be reached" in str(error)


def test_a_name_that_does_not_resolve_is_a_retryable_failure() -> None:
    def unknown(host: str, port: int) -> list[str]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    error = failure("http://nowhere.example/", unknown)

    assert error.is_retryable
    assert "nowhere.example: the name does not resolve" in str(error)


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


def test_https_is_verified_against_the_system_authorities(tls_server: Server) -> None:
    assert output(request(tls_server.url(host="localhost")))["status"] == 200


def test_the_certificate_is_checked_for_the_name_and_not_for_the_address(tls_server: Server) -> None:
    error = failure(tls_server.url(host="other.example"), lambda host, port: ["127.0.0.1"])

    assert not error.is_retryable
    assert "its certificate is not trusted (Hostname mismatch" in str(error)


def test_an_expired_certificate_fails_for_good(
    authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALLOWED_HOSTS", "localhost")
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.path))
    with serve(make_certificate(tmp_path, authority, days=-1)) as expired:
        error = failure(expired.url(host="localhost"))

    assert not error.is_retryable
    assert "certificate has expired" in str(error)


def test_a_path_beyond_ascii_is_encoded(server: Server) -> None:
    request(server.url("/größe?q=ä&x=%20[1]"))

    assert server.received[0].path == "/gr%C3%B6%C3%9Fe?q=%C3%A4&x=%20[1]"


def test_json_sent_is_json_received(server: Server) -> None:
    request(server.url(), method="PUT", body={"ключ": "値"})

    assert json.loads(server.received[0].body) == {"ключ": "値"}

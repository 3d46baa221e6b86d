"""Where the `http` runner goes and where it does not: redirects, addresses, certificates."""

import socket
from pathlib import Path

import pytest

from tests.integration.runners.certificates import Authority, make_certificate
from tests.integration.runners.requests_sent import failure, output, request
from tests.integration.runners.servers import Server, reply, serve


def test_redirects_are_followed_and_the_final_url_recorded(server: Server) -> None:
    server.answers["/old"] = reply(301, b"", Location="/new page")
    server.answers["/new%20page"] = reply(302, b"", Location=f"//127.0.0.1:{server.port}/end#part")

    assert output(request(server.url("/old")))["final_url"] == server.url("/end")


@pytest.mark.parametrize("spelling", ["utf-8", "latin-1"])
def test_a_redirect_to_an_address_that_is_not_ascii_is_followed_as_it_was_sent(server: Server, spelling: str) -> None:
    server.answers["/old"] = reply(301, b"", Location="/café".encode(spelling).decode("latin-1"))

    request(server.url("/old"))

    assert server.received[-1].path == "/caf%C3%A9"


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


def test_the_connection_goes_to_the_address_that_was_looked_up(server: Server) -> None:
    error = failure(server.url(host="127.0.0.1"), lambda host, port: ["127.0.0.2"])

    assert "could not be reached" in str(error)
    assert server.received == []


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

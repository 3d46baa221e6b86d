"""The `certificate` runner against real TLS servers."""

import socket
import threading
from pathlib import Path

import pytest

from functions.runners import certificate
from schedule_model.errors import RunnerError
from tests.integration.runners.certificates import Authority, make_certificate
from tests.integration.runners.servers import Server, serve
from tests.unit.runners.circumstances import real_context


def report(server: Server, **params: object) -> dict[str, object]:
    checked = certificate.Params.model_validate({"host": "localhost", "port": server.port, **params})
    output = certificate.run(checked, real_context()).output
    assert isinstance(output, dict)
    return dict(output)


def failure(params: certificate.Params) -> RunnerError:
    with pytest.raises(RunnerError) as caught:
        certificate.run(params, real_context())
    return caught.value


def test_a_trusted_certificate_is_reported_in_full(tls_server: Server) -> None:
    found = report(tls_server)

    assert found["issuer"] == "CN=Root,O=Example\\, Inc."
    assert found["subject"] == "CN=localhost"
    assert found["alternative_names"] == ["localhost", "127.0.0.1"]
    assert found["days_left"] == 89
    assert (found["trusted"], found["distrust_reason"]) == (True, None)
    assert str(found["valid_to"]).endswith("Z")
    assert len(str(found["fingerprint_sha256"])) == 64


def test_an_address_may_stand_for_the_host(tls_server: Server) -> None:
    assert report(tls_server, host="127.0.0.1")["trusted"] is True


def test_an_expired_certificate_is_reported_with_the_reason(
    authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALLOWED_HOSTS", "localhost")
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.path))
    with serve(make_certificate(tmp_path, authority, days=-3)) as expired:
        found = report(expired)

    assert (found["trusted"], found["distrust_reason"]) == (False, "certificate has expired")
    assert found["days_left"] == -4


def test_a_self_signed_certificate_is_reported_with_the_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALLOWED_HOSTS", "localhost")
    with serve(make_certificate(tmp_path, None, days=10)) as self_signed:
        found = report(self_signed)

    assert found["trusted"] is False
    assert "self-signed" in str(found["distrust_reason"]).replace("self signed", "self-signed")
    assert found["issuer"] == found["subject"] == "CN=localhost"


def test_another_name_than_the_certificates_is_reported(tls_server: Server) -> None:
    found = report(tls_server, server_name="other.example")

    assert found["trusted"] is False
    assert "Hostname mismatch" in str(found["distrust_reason"])


def test_a_certificate_within_the_warning_days_fails_the_run_for_good(tls_server: Server) -> None:
    error = failure(certificate.Params(host="localhost", port=tls_server.port, warn_days=90))

    assert not error.is_retryable
    assert "runs out in 89 days" in str(error)


def test_a_certificate_outside_the_warning_days_succeeds(tls_server: Server) -> None:
    assert report(tls_server, warn_days=89)["days_left"] == 89


def test_an_address_that_is_not_public_is_refused(tls_server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ALLOWED_HOSTS")

    error = failure(certificate.Params(host="localhost", port=tls_server.port))

    assert not error.is_retryable
    assert "a loopback address" in str(error)


def test_a_port_without_tls_is_a_retryable_failure_that_says_so(server: Server) -> None:
    error = failure(certificate.Params(host="127.0.0.1", port=server.port))

    assert error.is_retryable
    assert "check that the port speaks TLS" in str(error)


def test_a_server_that_says_nothing_times_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALLOWED_HOSTS", "127.0.0.1")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        error = failure(certificate.Params(host="127.0.0.1", port=silent.getsockname()[1], timeout_seconds=0.2))

    assert error.is_retryable
    assert "did not answer in time" in str(error)


def test_a_server_that_hangs_up_is_a_retryable_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALLOWED_HOSTS", "127.0.0.1")
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def hang_up() -> None:
            listener.accept()[0].close()

        threading.Thread(target=hang_up, daemon=True).start()
        error = failure(certificate.Params(host="127.0.0.1", port=listener.getsockname()[1]))

    assert error.is_retryable

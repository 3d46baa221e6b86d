"""Servers and certificates for the runner tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from moto.server import ThreadedMotoServer

from tests.integration.runners.aws_account import REGION, clear_clients
from tests.integration.runners.certificates import Authority, make_authority, make_certificate
from tests.integration.runners.servers import Server, serve


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """An HTTP server that the stack's owner allows."""
    monkeypatch.setenv("ALLOWED_HOSTS", "127.0.0.0/8, ::1/128")
    with serve() as running:
        yield running


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return make_authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def tls_server(authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """An HTTPS server that the stack's owner allows and whose authority is trusted."""
    monkeypatch.setenv("ALLOWED_HOSTS", "127.0.0.0/8, ::1/128")
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.path))
    with serve(make_certificate(tmp_path, authority, days=90)) as running:
        yield running


@pytest.fixture(scope="session")
def moto_url() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def aws(moto_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An account on moto's server, with fresh clients."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", moto_url)
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    clear_clients()
    yield
    clear_clients()


@pytest.fixture
def lambdas(aws: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A stub of Lambda's endpoint."""
    with serve() as stub:
        monkeypatch.setenv("AWS_ENDPOINT_URL_LAMBDA", stub.url(""))
        yield stub

"""Servers and certificates for the runner tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

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

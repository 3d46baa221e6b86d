"""The `http_ping` runner against real servers."""

import time

import pytest

from functions.runners import http_ping
from functions.runners.network.connection import look_up
from schedule_model.errors import RunnerError
from tests.integration.runners.servers import Handler, Received, Server, reply
from tests.unit.runners.circumstances import real_context


def output(url: str, **params: object) -> dict[str, object]:
    checked = http_ping.Params.model_validate({"url": url, **params})
    found = http_ping.run(checked, real_context()).output
    assert isinstance(found, dict)
    return dict(found)


def numbers(found: dict[str, object]) -> dict[str, float]:
    return {name: value for name, value in found.items() if name.endswith("_ms") and isinstance(value, float)}


def test_the_phases_of_a_plain_request_add_up_to_the_total(server: Server) -> None:
    found = output(server.url())

    phases = numbers(found)
    total = phases.pop("total_ms")
    assert list(phases) == ["dns_ms", "connect_ms", "first_byte_ms", "download_ms"]
    assert sum(phases.values()) == pytest.approx(total, abs=0.5)
    assert (found["status"], found["size_bytes"], found["address"]) == (200, 2, "127.0.0.1")


def test_a_request_over_tls_has_that_phase_too(tls_server: Server) -> None:
    phases = numbers(output(tls_server.url(host="localhost")))

    assert phases["tls_ms"] > 0


def test_time_that_the_server_takes_counts_as_time_to_the_first_byte(server: Server) -> None:
    def slow(received: Received, handler: Handler) -> None:
        time.sleep(0.1)
        reply()(received, handler)

    server.answers["/"] = slow

    phases = numbers(output(server.url()))

    assert phases["first_byte_ms"] >= 90


@pytest.mark.parametrize("status", [204, 301, 404, 503])
def test_any_status_is_an_answer(server: Server, status: int) -> None:
    server.answers["/"] = reply(status, b"", Location="/elsewhere")

    assert output(server.url(), method="HEAD")["status"] == status


def test_an_address_that_is_not_public_is_refused(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ALLOWED_HOSTS")

    with pytest.raises(RunnerError, match="which runners may not reach") as caught:
        output(server.url())

    assert not caught.value.is_retryable


def test_a_server_that_does_not_answer_is_a_retryable_failure(server: Server) -> None:
    server.answers["/"] = lambda received, handler: time.sleep(0.5)

    with pytest.raises(RunnerError, match="did not answer in time") as caught:
        output(server.url(), timeout_seconds=0.1)

    assert caught.value.is_retryable


def test_the_host_is_resolved_once(server: Server) -> None:
    asked: list[str] = []

    def lookup(host: str, port: int) -> list[str]:
        asked.append(host)
        return list(look_up("127.0.0.1", port))

    http_ping.ping(http_ping.Params(url=server.url(host="some.example")), real_context(), lookup)

    assert asked == ["some.example"]

"""Which addresses runners may connect to."""

from ipaddress import IPv6Address

import pytest
from hypothesis import given, settings, strategies

from functions.runners.network.addresses import AllowedHosts, refusal


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("127.0.0.1", "a loopback"),
        ("127.255.255.254", "a loopback"),
        ("0.0.0.0", "an unspecified"),  # an address to refuse, not one to bind
        ("0.1.2.3", "an unspecified"),
        ("10.0.0.1", "a private"),
        ("172.16.0.1", "a private"),
        ("172.31.255.255", "a private"),
        ("192.168.1.1", "a private"),
        ("100.64.0.1", "a carrier-grade NAT"),
        ("100.127.255.255", "a carrier-grade NAT"),
        ("169.254.169.254", "a metadata service's"),
        ("169.254.170.2", "a metadata service's"),
        ("169.254.1.1", "a link-local"),
        ("192.0.0.1", "a reserved"),
        ("192.0.2.1", "a documentation"),
        ("198.18.0.1", "a benchmarking"),
        ("224.0.0.1", "a multicast"),
        ("239.255.255.250", "a multicast"),
        ("240.0.0.1", "a reserved"),
        ("255.255.255.255", "a reserved"),
        ("::", "an unspecified"),
        ("::1", "a loopback"),
        ("fd00:ec2::254", "a metadata service's"),
        ("fd12::1", "a private"),
        ("fc00::1", "a private"),
        ("fe80::1", "a link-local"),
        ("fe80::1%eth0", "a link-local"),
        ("fec0::1", "a private"),
        ("ff02::1", "a multicast"),
        ("2001:db8::1", "a documentation"),
        ("2001::1", "a reserved"),
        ("2002:7f00:1::", "a reserved"),
        ("100::1", "a reserved"),
        ("::127.0.0.1", "a reserved"),
        ("64:ff9b:1::1", "a reserved"),
        ("::ffff:127.0.0.1", "a loopback"),
        ("::ffff:169.254.169.254", "a metadata service's"),
        ("::ffff:a00:1", "a private"),
        ("64:ff9b::10.0.0.1", "a private"),
    ],
)
def test_an_address_that_is_not_public_is_refused_by_its_kind(address: str, kind: str) -> None:
    assert refusal(address) == kind


@pytest.mark.parametrize(
    "address",
    [
        "1.1.1.1",
        "93.184.215.14",
        "172.15.255.255",
        "172.32.0.1",
        "100.63.255.255",
        "100.128.0.0",
        "223.255.255.255",
        "2606:4700:4700::1111",
        "2a00:1450:4001::200e",
        "::ffff:1.1.1.1",
        "64:ff9b::1.1.1.1",
    ],
)
def test_a_public_address_is_not_refused(address: str) -> None:
    assert refusal(address) is None


@settings(max_examples=40, deadline=None)
@given(strategies.ip_addresses(v=4))
def test_an_ipv4_address_within_ipv6_is_judged_as_itself(address: object) -> None:
    assert refusal(f"::ffff:{address}") == refusal(f"64:ff9b::{address}") == refusal(str(address))


@settings(max_examples=40, deadline=None)
@given(strategies.ip_addresses())
def test_what_the_standard_library_calls_private_is_refused(address: object) -> None:
    is_private = getattr(address, "is_private", False) and not isinstance(address, IPv6Address)
    assert refusal(str(address)) is not None or not is_private


@pytest.mark.parametrize(
    ("allowed", "host", "port", "address"),
    [
        ("internal.example", "internal.example", 80, "10.0.0.1"),
        ("Internal.Example", "INTERNAL.example", 80, "10.0.0.1"),
        ("internal.example:8080", "internal.example", 8080, "10.0.0.1"),
        ("10.0.0.1", "any.example", 80, "10.0.0.1"),
        ("10.0.0.1:80", "any.example", 80, "10.0.0.1"),
        ("10.0.0.0/8", "any.example", 80, "10.255.0.1"),
        ("10.0.0.1/8", "any.example", 80, "10.255.0.1"),
        ("10.0.0.0/8", "any.example", 80, "::ffff:10.0.0.1"),
        (" , x.example ,fd00::/8 ", "any.example", 80, "fd00::5"),
        ("[::1]:8443", "::1", 8443, "::1"),
        ("::1", "localhost", 1, "::1"),
    ],
)
def test_an_owner_allows_by_name_address_port_or_network(allowed: str, host: str, port: int, address: str) -> None:
    assert AllowedHosts.parse(allowed).allows(host, port, address)


@pytest.mark.parametrize(
    ("allowed", "host", "port", "address"),
    [
        ("", "internal.example", 80, "10.0.0.1"),
        ("internal.example:8080", "internal.example", 80, "10.0.0.1"),
        ("internal.example", "evil.internal.example", 80, "10.0.0.1"),
        ("internal.example", "internal.example.evil", 80, "10.0.0.1"),
        ("10.0.0.0/8", "x", 80, "11.0.0.1"),
        ("10.0.0.0/99,*,/,0.0.0.0/x", "x", 80, "10.0.0.1"),
        ("10.0.0.0/8", "x", 80, "fd00::1"),
    ],
)
def test_nothing_else_is_allowed(allowed: str, host: str, port: int, address: str) -> None:
    assert not AllowedHosts.parse(allowed).allows(host, port, address)

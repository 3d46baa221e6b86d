"""The certificate reader against the `cryptography` library."""

from contextlib import suppress
from datetime import UTC, datetime
from ipaddress import ip_address

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.x509.oid import NameOID
from hypothesis import given, settings, strategies

from functions.runners.network.x509 import read_certificate

KEY = ed25519.Ed25519PrivateKey.generate()
KINDS = [NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME, NameOID.LOCALITY_NAME, NameOID.DOMAIN_COMPONENT]
KINDS += [NameOID.EMAIL_ADDRESS, NameOID.SERIAL_NUMBER, NameOID.ORGANIZATIONAL_UNIT_NAME, NameOID.STREET_ADDRESS]


def name(*parts: tuple[x509.ObjectIdentifier, str]) -> x509.Name:
    return x509.Name([x509.NameAttribute(kind, text) for kind, text in parts])


def make(
    subject: x509.Name,
    *,
    valid_to: datetime = datetime(2049, 1, 1, tzinfo=UTC),
    names: list[x509.GeneralName] | None = None,
) -> x509.Certificate:
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(name((NameOID.COUNTRY_NAME, "US"), (NameOID.COMMON_NAME, "R11")))
        .public_key(KEY.public_key())
        .serial_number(1)
        .not_valid_before(datetime(1999, 12, 31, 23, 59, 59, tzinfo=UTC))
        .not_valid_after(valid_to)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    )
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=True)
    return builder.sign(KEY, None)


def der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.DER)


def test_all_fields_are_read() -> None:
    made = make(
        name((NameOID.COMMON_NAME, "example.com")),
        names=[
            x509.DNSName("example.com"),
            x509.DNSName("*.example.com"),
            x509.IPAddress(ip_address("10.0.0.1")),
            x509.IPAddress(ip_address("2001:db8::1")),
            x509.RFC822Name("a@example.com"),
            x509.UniformResourceIdentifier("https://example.com"),
            x509.RegisteredID(x509.ObjectIdentifier("1.2.3")),
        ],
    )

    found = read_certificate(der(made))

    assert found.issuer == "CN=R11,C=US"
    assert found.subject == "CN=example.com"
    assert found.valid_from == datetime(1999, 12, 31, 23, 59, 59, tzinfo=UTC)
    assert found.fingerprint == made.fingerprint(hashes.SHA256()).hex()
    assert found.names == (
        "example.com",
        "*.example.com",
        "10.0.0.1",
        "2001:db8::1",
        "a@example.com",
        "https://example.com",
    )


@pytest.mark.parametrize("year", [2049, 2050, 9999])
def test_years_in_both_notations_are_read(year: int) -> None:
    made = make(name((NameOID.COMMON_NAME, "x")), valid_to=datetime(year, 12, 31, 23, 59, 59, tzinfo=UTC))

    assert read_certificate(der(made)).valid_to == made.not_valid_after_utc


def test_a_certificate_without_a_subject_or_names_is_read() -> None:
    found = read_certificate(der(make(x509.Name([]))))

    assert (found.subject, found.names) == ("", ())


@settings(max_examples=60, deadline=None)
@given(strategies.lists(strategies.tuples(strategies.sampled_from(KINDS), strategies.text(min_size=1, max_size=12))))
def test_names_are_written_as_rfc_4514_has_it(parts: list[tuple[x509.ObjectIdentifier, str]]) -> None:
    try:
        made = make(name(*parts))
    except (ValueError, UnicodeError):
        return

    assert read_certificate(der(made)).subject == made.subject.rfc4514_string()


@pytest.mark.parametrize(
    "broken", [b"", b"\x30", b"\x30\x80", b"\x30\x03\x02\x01\x05", b"not der at all", b"\x30" * 99]
)
def test_what_is_no_certificate_is_refused(broken: bytes) -> None:
    with pytest.raises(ValueError, match="not a readable certificate"):
        read_certificate(broken)


@settings(max_examples=100, deadline=None)
@given(strategies.data())
def test_a_damaged_certificate_is_read_or_refused_and_nothing_else(data: strategies.DataObject) -> None:
    damaged = bytearray(der(make(name((NameOID.COMMON_NAME, "x")), names=[x509.DNSName("x")])))
    for _ in range(data.draw(strategies.integers(1, 3))):
        damaged[data.draw(strategies.integers(0, len(damaged) - 1))] = data.draw(strategies.integers(0, 255))
    cut = data.draw(strategies.integers(0, len(damaged)))

    with suppress(ValueError):
        read_certificate(bytes(damaged[:cut]))

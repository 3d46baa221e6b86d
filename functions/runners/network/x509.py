"""Reads the fields of an X.509 certificate out of its DER bytes.

The standard library decodes only certificates that it trusts, and the interesting ones here are those that it does not.

Source: RFC 5280 (certificates), X.690 (DER), RFC 4514 (names as text).
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import ip_address

_NAMES: Mapping[str, str] = {
    "2.5.4.3": "CN",
    "2.5.4.6": "C",
    "2.5.4.7": "L",
    "2.5.4.8": "ST",
    "2.5.4.9": "STREET",
    "2.5.4.10": "O",
    "2.5.4.11": "OU",
    "0.9.2342.19200300.100.1.1": "UID",
    "0.9.2342.19200300.100.1.25": "DC",
}
_ENCODINGS: Mapping[int, str] = {0x14: "latin-1", 0x1C: "utf-32-be", 0x1E: "utf-16-be"}
_UTC_TIME, _VERSION, _EXTENSIONS = 0x17, 0xA0, 0xA3
_DNS_NAME, _URI, _IP_ADDRESS, _EMAIL = 0x82, 0x86, 0x87, 0x81
_SUBJECT_ALTERNATIVE_NAME = "2.5.29.17"


@dataclass(frozen=True, slots=True)
class Certificate:
    """The fields that a reader of a Run wants.

    Attributes:
        issuer, subject: as RFC 4514 writes them, such as `CN=R11,O=Let's Encrypt,C=US`.
        valid_from, valid_to: aware UTC.
        names: the subject's alternative names: hosts, addresses, e-mail addresses, URIs.
        fingerprint: SHA-256 of the certificate, hexadecimal.
    """

    issuer: str
    subject: str
    valid_from: datetime
    valid_to: datetime
    names: tuple[str, ...]
    fingerprint: str


@dataclass(frozen=True, slots=True)
class _Element:
    tag: int
    content: bytes


def read_certificate(der: bytes) -> Certificate:
    """Return the fields of a certificate.

    Raises:
        ValueError: the bytes are not one DER certificate.
    """
    try:
        fields = _elements(_elements(_elements(der)[0].content)[0].content)
        if fields[0].tag == _VERSION:
            fields = fields[1:]
        _serial, _algorithm, issuer, validity, subject, _key, *optional = fields
        valid_from, valid_to = (_instant(element) for element in _elements(validity.content))
        names = tuple(_alternative_names(optional))
        return Certificate(_name(issuer), _name(subject), valid_from, valid_to, names, hashlib.sha256(der).hexdigest())
    except (IndexError, ValueError) as error:
        raise ValueError(f"not a readable certificate: {error}") from None


def _elements(content: bytes) -> list[_Element]:
    found, position = [], 0
    while position < len(content):
        tag, length, start = content[position], content[position + 1], position + 2
        if length & 0x80:
            length_end = start + (length & 0x7F)
            length, start = int.from_bytes(content[start:length_end], "big"), length_end
        if start + length > len(content):
            raise ValueError("it ends too early")
        found.append(_Element(tag, content[start : start + length]))
        position = start + length
    return found


def _instant(element: _Element) -> datetime:
    text = element.content.decode("ascii")
    if element.tag == _UTC_TIME:
        # RFC 5280: two-digit years from 50 on belong to the 20th century.
        text = ("19" if text >= "50" else "20") + text
    return datetime.strptime(text, "%Y%m%d%H%M%SZ").replace(tzinfo=UTC)


def _name(name: _Element) -> str:
    # RFC 4514 writes the most specific part first, DER holds it last.
    return ",".join("+".join(map(_attribute, _elements(part.content))) for part in reversed(_elements(name.content)))


def _attribute(attribute: _Element) -> str:
    kind, value = _elements(attribute.content)
    oid = _oid(kind.content)
    return f"{_NAMES.get(oid, oid)}={_escaped(_text(value))}"


def _text(value: _Element) -> str:
    return value.content.decode(_ENCODINGS.get(value.tag, "utf-8"), errors="replace")


def _escaped(value: str) -> str:
    text = value.replace("\\", "\\\\")
    for character in '"+,;<>':
        text = text.replace(character, f"\\{character}")
    text = text.replace("\0", "\\00")
    if text[:1] in ("#", " "):
        text = f"\\{text}"
    return f"{text[:-1]}\\ " if len(text) > 1 and text.endswith(" ") else text


def _oid(content: bytes) -> str:
    numbers, number = [], 0
    for byte in content:
        number = (number << 7) | (byte & 0x7F)
        if not byte & 0x80:
            numbers.append(number)
            number = 0
    first = min(numbers[0] // 40, 2)
    return ".".join(map(str, [first, numbers[0] - 40 * first, *numbers[1:]]))


def _alternative_names(optional: list[_Element]) -> list[str]:
    for field in optional:
        if field.tag != _EXTENSIONS:
            continue
        for extension in _elements(_elements(field.content)[0].content):
            kind, *_critical, value = _elements(extension.content)
            if _oid(kind.content) == _SUBJECT_ALTERNATIVE_NAME:
                names = _elements(_elements(value.content)[0].content)
                return [text for name in names if (text := _general_name(name))]
    return []


def _general_name(name: _Element) -> str | None:
    match name.tag:
        case tag if tag in (_DNS_NAME, _URI, _EMAIL):
            return name.content.decode("ascii", errors="replace")
        case tag if tag == _IP_ADDRESS:
            return str(ip_address(name.content))
        case _:
            return None

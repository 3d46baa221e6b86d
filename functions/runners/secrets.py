"""Secret references in params: `ssm:/name` and `secretsmanager:name`, resolved at run time and never recorded.

A reference is either a whole text (`"ssm:/hourglass/token"`) or stands inside one in angle brackets
(`"Bearer <ssm:/hourglass/token>"`). `#key` picks one text out of a secret that holds a JSON object.
"""

import json
import re
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from urllib.parse import quote, quote_plus

from pydantic import JsonValue

from functions.runners.templating import map_texts
from schedule_model.errors import RunnerError

# Shorter values are replaced only where they are a whole text: within a text they would garble it.
LENGTH_TO_REDACT_MIN = 4
VALUES_REMEMBERED_MAX = 1000

_NAME = r"(?:ssm|secretsmanager):[A-Za-z0-9/_+=.@:-]+(?:#[^<>\s#]+)?"
_WHOLE = re.compile(_NAME)
_EMBEDDED = re.compile(rf"<({_NAME})>")


def has_reference(text: str) -> bool:
    """Return whether `text` is, or holds, a reference to a secret."""
    return _WHOLE.fullmatch(text) is not None or _EMBEDDED.search(text) is not None


def _may_refer(text: str) -> bool:
    """Return False for nearly every text without a reference, at a tenth of what a pattern takes."""
    return "ssm:" in text or "secretsmanager:" in text


def read_from_aws(reference: str) -> str:
    """Read one secret: a parameter from SSM (decrypted), or a secret's text from Secrets Manager.

    Raises:
        RunnerError: it does not exist, is not a text, or may not be read; retryable when AWS was the cause.
    """
    # botocore costs a third of a second to import, and most runs have no secret.
    from functions.aws import clients  # noqa: PLC0415

    service, name = reference.split(":", 1)
    try:
        if service == "ssm":
            answer = clients.call("ssm", "get_parameter", {"Name": name, "WithDecryption": True}).get("Parameter")
        else:
            answer = clients.call("secretsmanager", "get_secret_value", {"SecretId": name})
    except RunnerError as error:
        raise error.retold(f"{reference}: {error}") from None
    match answer:
        case {"Value": str(value)} | {"SecretString": str(value)}:
            return value
        case _:
            raise RunnerError(f"{reference}: holds no text; store the secret as a text", is_retryable=False)


class Secrets:
    """Resolves references, keeps their values for a while, and takes them out of whatever is recorded.

    One object serves all runs of a process, from any thread.

    Args:
        read: returns the text of a reference without `#key`.
        max_age: how long a value is used before it is read again; a rotated secret is seen after that.
    """

    def __init__(
        self, read: Callable[[str], str] = read_from_aws, *, max_age: timedelta = timedelta(minutes=5)
    ) -> None:
        self._read = read
        self._max_age = max_age
        self._cached: dict[str, tuple[str, datetime]] = {}
        self._references: dict[str, str] = {}
        self._guard = threading.Lock()

    @property
    def has_resolved_any(self) -> bool:
        """Return whether there is anything to take out of what is recorded."""
        return bool(self._references)

    def resolve(self, value: JsonValue, *, now: datetime) -> JsonValue:
        """Return `value` with every reference replaced by its secret.

        Raises:
            RunnerError: a secret cannot be read, or has no such key; the message names the reference.
        """
        return map_texts(value, lambda text: self._resolve_text(text, now))

    def redact(self, value: JsonValue) -> JsonValue:
        """Return `value` with every secret resolved so far replaced by its reference, in keys and numbers too.

        Found as it is, URL-encoded and JSON-escaped.
        """
        if not self.has_resolved_any:
            return value
        match value:
            case str():
                return self.redact_text(value)
            case list():
                return [self.redact(inner) for inner in value]
            case dict():
                return {self.redact_text(key): self.redact(inner) for key, inner in value.items()}
            case int() | float() if not isinstance(value, bool):
                return self._references.get(str(value), value)
            case _:
                return value

    def redact_text(self, text: str) -> str:
        """Return `text` with every secret resolved so far replaced by its reference, in brackets within a text.

        That is how references are written, so params that a runner hands back can be resolved again.
        """
        if not self.has_resolved_any:
            return text
        with self._guard:
            known = sorted(self._references.items(), key=lambda item: len(item[0]), reverse=True)
        for secret, reference in known:
            if text == secret:
                return reference
            if len(secret) >= LENGTH_TO_REDACT_MIN:
                for form in _forms(secret):
                    text = text.replace(form, f"<{reference}>")
        return text

    def _resolve_text(self, text: str, now: datetime) -> str:
        if not _may_refer(text):
            return text
        if _WHOLE.fullmatch(text):
            return self._value(text, now)
        return _EMBEDDED.sub(lambda found: self._value(found[1], now), text)

    def _value(self, reference: str, now: datetime) -> str:
        name, _, key = reference.partition("#")
        with self._guard:
            value, read_at = self._cached.get(name, ("", None))
        if read_at is None or now - read_at >= self._max_age:
            value = self._read(name)
            with self._guard:
                self._cached[name] = (value, now)
        chosen = _pick(value, key, reference) if key else value
        self._remember(chosen, reference)
        return chosen

    def _remember(self, secret: str, reference: str) -> None:
        with self._guard:
            if secret and not secret.isspace():
                self._references.pop(secret, None)
                self._references[secret] = reference
            while len(self._references) > VALUES_REMEMBERED_MAX:
                del self._references[next(iter(self._references))]


def _pick(value: str, key: str, reference: str) -> str:
    try:
        fields = json.loads(value)
    except ValueError:
        fields = None
    if not isinstance(fields, dict):
        raise RunnerError(f"{reference}: the secret is not a JSON object; leave #{key} out", is_retryable=False)
    if not isinstance(fields.get(key), str):
        raise RunnerError(f"{reference}: the secret has no text under that key; correct #{key}", is_retryable=False)
    return str(fields[key])


def _forms(secret: str) -> set[str]:
    escaped = json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]
    return {secret, quote(secret), quote(secret, safe=""), quote_plus(secret), *escaped}

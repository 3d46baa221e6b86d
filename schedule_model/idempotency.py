"""Idempotency keys: a caller that repeats what it asked for, because no answer came, gets what it got."""

import hashlib
import json
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Self

from pydantic import JsonValue

KEPT = timedelta(hours=24)
"""How long a key is remembered; after that it is a new one."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked for under an idempotency key.

    Attributes:
        fingerprint: of what was asked; another under the same key is a mistake.
        seed: what the ids of everything made are drawn from, so that a repetition draws the same.
        is_done: whether everything was made; if not, a repetition makes what is missing.
        until: when the key is forgotten, in whole seconds.
    """

    fingerprint: str
    seed: str
    is_done: bool
    until: datetime

    @classmethod
    def now_for(cls, content: JsonValue, *, seed: str, now: datetime) -> Self:
        """Return what is asked for the first time."""
        text = json.dumps(content, sort_keys=True)
        return cls(
            hashlib.sha256(text.encode()).hexdigest()[:32], seed, is_done=False, until=now.replace(microsecond=0) + KEPT
        )

    @property
    def at(self) -> datetime:
        """Return when it was asked for the first time, in whole seconds."""
        return self.until - KEPT

    def done(self) -> Self:
        """Return the same, done."""
        return replace(self, is_done=True)


def key_of(caller: str, operation: str, key: str) -> str:
    """Return the name under which a key is kept: nobody meets another caller's, or the same one of another operation.

    Args:
        caller: who asks; an ARN, a subject, or empty where nobody is told apart.
        operation: such as `POST /targets`.
        key: as the caller has chosen it.
    """
    return hashlib.sha256(json.dumps([caller, operation, key]).encode()).hexdigest()


def id_of(seed: str, place: int) -> str:
    """Return 32 hexadecimal digits: the same for the same seed and place, and for no other."""
    return hashlib.sha256(f"{seed}/{place}".encode()).hexdigest()[:32]

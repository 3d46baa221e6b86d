"""Doing once what is asked for twice under one idempotency key."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus

from pydantic import JsonValue

from functions.api.problems import Kind, ProblemError, problem_of
from functions.user_ports import UserPorts
from schedule_model.errors import SchedulerError
from schedule_model.idempotency import Asked, key_of

REPLAYED = {"Idempotent-Replayed": "true"}
"""The header of an answer that repeats an earlier one."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One asking.

    Attributes:
        seed: what ids are drawn from: the same at every asking under a key, another each time without one.
        is_repeated: it was asked for before.
        is_done: it was asked for before, and everything was made.
        asked_at: when it was asked for the first time, in whole seconds under a key.
        has_key: it may be asked for again, and again while it is being made.
    """

    seed: str
    asked_at: datetime
    is_repeated: bool
    is_done: bool
    has_key: bool

    @property
    def headers(self) -> dict[str, str]:
        """Return the headers that tell a repetition."""
        return dict(REPLAYED) if self.is_repeated else {}


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks for what.

    Attributes:
        caller: as API Gateway has found out.
        operation: such as `POST /targets`.
        key: the caller's idempotency key; None without one.
        content: what is asked for.
    """

    caller: str
    operation: str
    key: str | None
    content: JsonValue


@contextmanager
def one_turn(asking: Asking, ports: UserPorts) -> Iterator[Turn]:
    """Remember what is asked for, let it be made, and remember that it was.

    What is refused makes nothing, so its key is free again. What may have been made keeps its key, and the next asking
    makes what is missing. Without a key it costs nothing.

    Raises:
        ProblemError: the key was used for something else.
    """
    seed, now = f"{ports.random.getrandbits(128):032x}", ports.clock.now()
    if asking.key is None:
        yield Turn(seed, now, is_repeated=False, is_done=False, has_key=False)
        return
    name = key_of(asking.caller, asking.operation, asking.key)
    asked = Asked.now_for(asking.content, seed=seed, now=now)
    before = ports.keys.begin(name, asked, now=now)
    if before is not None and before.fingerprint != asked.fingerprint:
        raise ProblemError(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            Kind.KEY_REUSED,
            "this Idempotency-Key was used for something else; draw a new one",
            ["Idempotency-Key: was used with another body; draw a new one"],
        )
    first = before or asked
    turn = Turn(first.seed, first.at, is_repeated=before is not None, is_done=first.is_done, has_key=True)
    try:
        yield turn
    except SchedulerError as error:
        if before is None and problem_of(error).status < HTTPStatus.INTERNAL_SERVER_ERROR:
            ports.keys.forget(name)
        raise
    if not turn.is_done:
        ports.keys.finish(name)

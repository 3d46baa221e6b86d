"""How runs are carried out: the ports of what can be run, and of doing so at the same time."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, Protocol, TypeVar

from functions.runners.contract import RunContext
from schedule_model.run_result import RunResult
from schedule_model.target import Target

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class TimedOut:
    """A piece of work did not return by its deadline; it may still be going on."""


@dataclass(frozen=True, slots=True)
class Work(Generic[Answer]):
    """Something to do, and until when."""

    do: Callable[[], Answer]
    deadline: datetime


class Crew(Protocol):
    """Does pieces of work at the same time."""

    def carry_out(self, work: Sequence[Work[Answer]]) -> Iterator[Mapping[int, Answer | TimedOut]]:
        """Start all, and yield the answers by position as they come, those that came together in one mapping.

        `do` must not raise. Work past its deadline is answered with TimedOut and left to itself.
        """
        ...


class Runners(Protocol):
    """What can be run."""

    def check(self, target: Target) -> None:
        """Return if a runner takes the target's type and params.

        Raises:
            InvalidTargetError: names the field and what to write.
        """
        ...

    def run(self, target: Target, context: RunContext) -> RunResult | None:
        """Carry out one attempt.

        Raises:
            RunnerError: it failed in a way that the runner understands.
        """
        ...

    def redact(self, text: str) -> str:
        """Return `text` without any secret that a run has used."""
        ...

"""Runners that do as a script says."""

from collections.abc import Callable

from functions.runners.contract import RunContext
from schedule_model.errors import InvalidTargetError
from schedule_model.run_result import RunResult
from schedule_model.target import Target

Script = Callable[[Target, RunContext], RunResult | None]


def answer_nothing_special(target: Target, context: RunContext) -> RunResult | None:
    """Return the params as the output."""
    return RunResult(output=dict(target.params))


class ScriptedRunners:
    """Runs every target by one script; knows the types it is given, and keeps account of the attempts."""

    def __init__(self, script: Script = answer_nothing_special, types: tuple[str, ...] = ("echo",)) -> None:
        self.script = script
        self.started: list[RunContext] = []
        self._types = types

    def check(self, target: Target) -> None:
        """Return if the type is known and no param is called `wrong`."""
        if target.type not in self._types:
            raise InvalidTargetError(f"type: {target.type!r} is not a known type; write {' or '.join(self._types)}")
        if "wrong" in target.params:
            raise InvalidTargetError("params.wrong: is not a field of this type; remove it")

    def run(self, target: Target, context: RunContext) -> RunResult | None:
        """Carry out one attempt as the script says."""
        self.started.append(context)
        return self.script(target, context)

    def redact(self, text: str) -> str:
        """Return `text` without the one secret there is."""
        return text.replace("hunter2", "***")

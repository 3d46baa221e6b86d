"""The runners of this installation, behind the port that handlers use."""

from functions.runners.contract import InvalidParamsError, RunContext, UnknownTypeError
from functions.runners.execute import execute
from functions.runners.registry import check_params
from functions.runners.secrets import Secrets
from schedule_model.errors import InvalidTargetError
from schedule_model.run_result import RunResult
from schedule_model.target import Target


class RegisteredRunners:
    """Finds a target's runner by its type, among the files in `functions/runners/`."""

    def __init__(self) -> None:
        self._secrets = Secrets()

    def check(self, target: Target) -> None:
        """Return if a runner takes the target's type and params.

        Raises:
            InvalidTargetError: names the field and what to write.
        """
        try:
            check_params(target.type, target.params)
        except InvalidParamsError as error:
            raise InvalidTargetError(str(error), error.problems) from error
        except UnknownTypeError as error:
            raise InvalidTargetError(str(error)) from error

    def run(self, target: Target, context: RunContext) -> RunResult | None:
        """Carry out one attempt.

        Raises:
            RunnerError: it failed in a way that the runner understands.
        """
        return execute(target.type, target.params, context, secrets=self._secrets)

    def redact(self, text: str) -> str:
        """Return `text` without any secret that a run has used."""
        return self._secrets.redact_text(text)

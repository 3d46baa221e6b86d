"""One attempt of one run: params are filled in and checked, the runner runs, and its answer is checked and cleaned."""

import json
from dataclasses import dataclass, replace

from pydantic import JsonValue

from functions.runners import templating
from functions.runners.contract import InvalidParamsError, RunContext, RunLogger, UnknownTypeError
from functions.runners.registry import Runner, load
from functions.runners.secrets import Secrets
from functions.runners.validation import plain_params, validate_plain
from schedule_model.errors import RunnerError
from schedule_model.run_result import RunResult

_encode = json.JSONEncoder(allow_nan=False).encode


def execute(type_name: str, raw_params: object, context: RunContext, *, secrets: Secrets) -> RunResult | None:
    """Run a target's runner once and return its answer, with no resolved secret in it.

    Args:
        type_name: the target type.
        raw_params: as read from DynamoDB: numbers may be Decimal.
        context: the circumstances of this attempt.
        secrets: resolves references; its `redact_text` cleans the text of any other error for the record.

    Raises:
        RunnerError: unknown type, wrong params, an answer that is not a RunResult, or the runner's own failure.
            Its message holds no secret, and nothing is chained to it.
    """
    try:
        return _redacted(_run(type_name, raw_params, context, secrets), secrets)
    except (UnknownTypeError, InvalidParamsError) as error:
        raise RunnerError(secrets.redact_text(str(error)), is_retryable=False) from None
    except RunnerError as error:
        raise error.retold(secrets.redact_text(str(error))) from None


def _run(type_name: str, raw_params: object, context: RunContext, secrets: Secrets) -> RunResult | None:
    runner = load(type_name)
    filled = templating.fill(plain_params(raw_params), context)
    resolved = secrets.resolve(filled, now=context.clock.now())
    params = validate_plain(runner.params, resolved, type_name=type_name)
    answer = runner.run(params, replace(context, log=_RedactingLogger(context.log, secrets)))
    return _checked(runner, answer)


def _checked(runner: Runner, answer: object) -> RunResult | None:
    if answer is None:
        return None
    if not isinstance(answer, RunResult):
        raise RunnerError(
            f"runner {runner.name} answered a {type(answer).__name__}; make it return a RunResult or None",
            is_retryable=False,
        )
    try:
        _encode([answer.output, answer.new_params, answer.follow_ups])
    except (TypeError, ValueError, RecursionError) as error:
        message = f"runner {runner.name} answered something that is not JSON ({error}); make it return plain values"
        raise RunnerError(message, is_retryable=False) from None
    return answer


def _redacted(answer: RunResult | None, secrets: Secrets) -> RunResult | None:
    if answer is None or not secrets.has_resolved_any:
        return answer
    new_params = answer.new_params
    return answer.model_copy(
        update={
            "output": secrets.redact(answer.output),
            "new_params": None if new_params is None else secrets.redact(new_params),
            "follow_ups": tuple(secrets.redact(follow_up) for follow_up in answer.follow_ups),
        }
    )


@dataclass(frozen=True, slots=True)
class _RedactingLogger:
    """Passes log lines on without the secrets that have been resolved."""

    log: RunLogger
    secrets: Secrets

    def info(self, message: str, /, **facts: object) -> None:
        """Record a normal step."""
        self.log.info(self.secrets.redact_text(message), **self._clean(facts))

    def warning(self, message: str, /, **facts: object) -> None:
        """Record something that the owner should know."""
        self.log.warning(self.secrets.redact_text(message), **self._clean(facts))

    def _clean(self, facts: dict[str, object]) -> dict[str, object]:
        return {key: self._clean_fact(fact) for key, fact in facts.items()}

    def _clean_fact(self, fact: object) -> JsonValue:
        is_json = isinstance(fact, (str, int, float, list, dict)) or fact is None
        return self.secrets.redact(fact if is_json else str(fact))  # type: ignore[arg-type]

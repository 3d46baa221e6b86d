"""Type `python`: calls a function of your own, dropped as one file into `functions/runners/python_functions/`."""

import inspect
import pkgutil
from collections.abc import Callable
from difflib import get_close_matches
from importlib import import_module
from typing import Annotated

from pydantic import AfterValidator, Field, JsonValue, TypeAdapter, ValidationError

from functions.runners import python_functions
from functions.runners.contract import RunContext, RunnerParams
from schedule_model.errors import RunnerError
from schedule_model.run_result import RunResult

_JSON: TypeAdapter[JsonValue] = TypeAdapter(JsonValue)
_FOLDER = python_functions.__name__.replace(".", "/")


def _function_rule(name: str) -> str:
    names = sorted(module.name for module in pkgutil.iter_modules(python_functions.__path__))
    if name not in names:
        near = get_close_matches(name, names, n=1)
        advice = f"write {near[0]}" if near else f"its functions are {', '.join(names) or 'none yet'}"
        raise ValueError(f"is no file in {_FOLDER}/; {advice}")
    return name


class Params(RunnerParams):
    """Which function to call and with what.

    Attributes:
        function: the name of the function and of its file.
        args: its keyword arguments.
    """

    function: Annotated[str, AfterValidator(_function_rule)] = Field(max_length=64, examples=["greet"])
    args: dict[str, JsonValue] = Field(default={}, examples=[{"name": "you"}])


def run(params: Params, context: RunContext) -> RunResult | None:
    """Call `function(context, **args)`; a RunResult or None it answers counts as such, any other JSON as the output.

    Raises:
        RunnerError: not retryable when the function is missing, does not take `args`, or answers no JSON. Whatever the
            function raises itself rises.
    """
    function = _find(params.function)
    try:
        inspect.signature(function).bind(context, **params.args)
    except TypeError as error:
        text = f"params.args: {params.function} does not take them ({error}); see its file for what it takes"
        raise RunnerError(text, is_retryable=False) from None
    answer = function(context, **params.args)
    if answer is None or isinstance(answer, RunResult):
        return answer
    try:
        return RunResult(output=_JSON.validate_python(answer))
    except ValidationError:
        text = f"{params.function} answered a {type(answer).__name__}; make it return JSON, a RunResult or None"
        raise RunnerError(text, is_retryable=False) from None


def _find(name: str) -> Callable[..., object]:
    file_name = f"{_FOLDER}/{name}.py"
    try:
        found = getattr(import_module(f"{python_functions.__name__}.{name}"), name, None)
    except (ImportError, SyntaxError) as error:
        raise RunnerError(f"{file_name} cannot be imported: {error}", is_retryable=False) from None
    if not callable(found):
        raise RunnerError(f"{file_name} must define `def {name}(context)`", is_retryable=False)
    return found  # type: ignore[no-any-return]  # getattr knows no type

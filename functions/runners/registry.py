"""Finds the runner of a target type: type `http` is the file `http.py` beside this one, `lambda` is `lambda_.py`."""

import keyword
import pkgutil
import re
from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from importlib import import_module
from types import ModuleType

from functions import runners
from functions.runners.contract import InvalidParamsError, RunContext, RunnerParams, UnknownTypeError
from functions.runners.validation import check, validate
from schedule_model.run_result import RunResult

__all__ = [
    "SUPPORT",
    "InvalidParamsError",
    "Runner",
    "UnknownTypeError",
    "check_params",
    "forget",
    "load",
    "types",
    "validate_params",
]

# The files in this folder that serve the runners; every other file is a runner.
SUPPORT = frozenset({"aws_call", "contract", "execute", "registry", "secrets", "templating", "validation"})

# Where it looks: in an installed command this is the copy that came with it, `hourglass/_functions/runners`.
_FOLDER = runners.__name__.replace(".", "/")
_SIMPLE_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")


@dataclass(frozen=True, slots=True)
class Runner:
    """The code of one target type.

    Attributes:
        name: the target type, such as `http`.
        params: the model of the target's `params`.
        run: carries out one attempt; raises RunnerError for a failure that it understands.
    """

    name: str
    params: type[RunnerParams]
    run: Callable[[RunnerParams, RunContext], RunResult | None]


@cache
def types() -> tuple[str, ...]:
    """Return every available target type, sorted; imports none of them."""
    modules = (m.name for m in pkgutil.iter_modules(runners.__path__) if not m.ispkg and m.name not in SUPPORT)
    return tuple(sorted(_type_of(name) for name in modules if _SIMPLE_NAME.fullmatch(name)))


def load(type_name: str) -> Runner:
    """Return the runner of a type; its file is imported on first use.

    Raises:
        UnknownTypeError: there is no such type, or its file cannot be imported or lacks `Params` or `run`.
    """
    if type_name not in types():
        raise UnknownTypeError(_unknown(type_name))
    module = _module(type_name)
    params, run = getattr(module, "Params", None), getattr(module, "run", None)
    if not (isinstance(params, type) and issubclass(params, RunnerParams) and callable(run)):
        raise UnknownTypeError(
            f"type {type_name!r}: {_file_of(type_name)} must define `class Params(RunnerParams)` and "
            "`def run(params, context)`"
        )
    return Runner(name=type_name, params=params, run=run)


@cache
def _module(type_name: str) -> ModuleType:
    try:
        return import_module(f"{runners.__name__}.{_module_of(type_name)}")
    except (Exception, SystemExit) as error:
        # Whatever a person's file raises is that type's fault alone: every other target of the batch is planned.
        why = f"{type(error).__name__}: {error}"
        raise UnknownTypeError(f"type {type_name!r}: {_file_of(type_name)} cannot be imported: {why}") from error


def forget() -> None:
    """Look for the files again when they are next asked for; for whoever drops one in while the process goes on."""
    types.cache_clear()
    _module.cache_clear()


def validate_params(type_name: str, raw: object) -> RunnerParams:
    """Return a target's `params` as its runner takes them.

    Args:
        type_name: the target type.
        raw: JSON-like, as written or as read from DynamoDB: numbers may be Decimal; None counts as no params.

    Raises:
        UnknownTypeError: there is no such type.
        InvalidParamsError: names each wrong field and says what to write.
    """
    return validate(load(type_name).params, raw, type_name=type_name)


def check_params(type_name: str, raw: object) -> None:
    """Check `params` before their template expressions and secret references are resolved.

    Like `validate_params`, but a text that will be replaced at run time is not judged by its present value.

    Raises:
        UnknownTypeError: there is no such type.
        InvalidParamsError: names each wrong field and says what to write.
    """
    check(load(type_name).params, raw, type_name=type_name)


def _type_of(module_name: str) -> str:
    without = module_name.removesuffix("_")
    return without if keyword.iskeyword(without) else module_name


def _file_of(type_name: str) -> str:
    return f"{_FOLDER}/{_module_of(type_name)}.py"


def _module_of(type_name: str) -> str:
    return f"{type_name}_" if keyword.iskeyword(type_name) else type_name


def _unknown(type_name: object) -> str:
    near = get_close_matches(type_name.lower(), types(), n=2, cutoff=0.6) if isinstance(type_name, str) else []
    hint = f"; did you mean {' or '.join(map(repr, near))}?" if near else ";"
    shown = repr(type_name) if len(repr(type_name)) <= 80 else f"{repr(type_name)[:77]}..."
    return f"type: {shown} is not a known type of {_FOLDER}{hint} write one of {', '.join(types())}"

"""The engine as published, and the check that it still is what our changes were written for."""

# ruff: noqa: SLF001 - what this changes is private to the engine; `module` checks that it is there.

import asyncio
import importlib
import importlib.metadata
from collections.abc import Callable
from types import ModuleType
from typing import Any, ParamSpec, TypeVar

VERSION = "1.5.33"
"""The one ministack that these changes fit; requirements/engine.in pins it."""
ON_LOOP_TIMEOUT_SECONDS = 60
P = ParamSpec("P")
R = TypeVar("R")


class EngineChangedError(Exception):
    """The installed engine is not the one that our changes were written for, so it must not run with them."""


def check_version() -> None:
    """Raise EngineChangedError unless the pinned engine is installed."""
    installed = importlib.metadata.version("ministack")
    if installed != VERSION:
        raise EngineChangedError(f"ministack {installed} is installed; local/engine was written for {VERSION}")


def module(name: str, *needed: str) -> Any:
    """Import one of the engine's modules and check that it has all the names that a change replaces or calls."""
    found: ModuleType = importlib.import_module(f"ministack.{name}")
    if missing := [attribute for attribute in needed if not hasattr(found, attribute)]:
        raise EngineChangedError(f"ministack.{name} has no {', '.join(missing)}; local/engine must be adapted")
    return found


def on_loop(call: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Run `call` on the engine's event loop, where every API request runs, and return its answer.

    The engine keeps its state consistent by running requests one after another there; its own threads do not
    take part in that, and could lose a message that was sent while another was deleted.
    """

    async def called() -> R:
        return call(*args, **kwargs)

    loop = module("app", "_MAIN_LOOP")._MAIN_LOOP
    return asyncio.run_coroutine_threadsafe(called(), loop).result(ON_LOOP_TIMEOUT_SECONDS)

"""Waiting for the stack to do something, with a deadline; and what else tests of the stack share."""

import shutil
import time
from collections.abc import Callable
from typing import TypeVar

import pytest

Found = TypeVar("Found")

# `make test` asks for Python, git and make, and the docs show requests by curl.
needs_curl = pytest.mark.skipif(shutil.which("curl") is None, reason="this machine has no curl")


def wait_for(look: Callable[[], Found], *, seconds: float = 20, pause: float = 0.25) -> Found:
    """Return what `look` finds as soon as it is true; fail when it is not within `seconds`."""
    deadline = time.monotonic() + seconds
    while not (found := look()):
        if time.monotonic() > deadline:
            raise AssertionError(f"nothing was found within {seconds} s")
        time.sleep(pause)
    return found

"""Waiting for the stack to do something, with a deadline."""

import time
from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")


def wait_for(look: Callable[[], Found], *, seconds: float = 20, pause: float = 0.25) -> Found:
    """Return what `look` finds as soon as it is true; fail when it is not within `seconds`."""
    deadline = time.monotonic() + seconds
    while not (found := look()):
        if time.monotonic() > deadline:
            raise AssertionError(f"nothing was found within {seconds} s")
        time.sleep(pause)
    return found

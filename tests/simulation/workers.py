"""Processes that live seeds, and end with the process that started them, however that ends."""

import gc
import os
import threading
from multiprocessing import get_context, parent_process
from multiprocessing.pool import Pool


def workers(number: int) -> Pool:
    """Return a pool of so many processes.

    Each does one piece of work and ends: that takes no time, while freeing the worlds it lived takes a tenth of theirs.
    """
    return get_context("fork").Pool(number, initializer=_begin, maxtasksperchild=1)


def _begin() -> None:
    threading.Thread(target=_end_with_parent, name="end with parent", daemon=True).start()
    gc.disable()


def _end_with_parent() -> None:
    """Wait for the parent's end: one that was killed told nobody, and the pool would wait for work for ever."""
    parent = parent_process()
    assert parent is not None, "only a pool's process has this to wait for"
    parent.join()
    os._exit(1)

"""Processes that live seeds, and end with the process that started them, however that ends."""

import gc
import os
import threading
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import parent_process


def workers(number: int) -> ProcessPoolExecutor:
    """Return a pool of so many processes."""
    return ProcessPoolExecutor(number, initializer=_begin)


def _begin() -> None:
    threading.Thread(target=_end_with_parent, name="end with parent", daemon=True).start()
    # What is imported by now stays; nobody has to look through it again after each day.
    gc.freeze()


def _end_with_parent() -> None:
    """Wait for the parent's end: one that was killed told nobody, and the pool would wait for work for ever."""
    parent = parent_process()
    assert parent is not None, "only a pool's process has this to wait for"
    parent.join()
    os._exit(1)

"""Where an engine unpacks the artefact, once for each function process: thousands of files, slow to remove.

So an engine leaves its folder behind, and whoever starts one next removes it beside its other work.
"""

import fcntl
import os
import shutil
import threading
import time
from contextlib import suppress
from pathlib import Path

NAME = "scratch"


def make(folder: Path) -> int:
    """Make the scratch folder of the engine whose folder this is.

    Returns:
        a descriptor for the engine to inherit: the scratch folder is in use for as long as it is open somewhere.
    """
    # Locked before it has its name, so that nobody finds it unused.
    unnamed = folder / f"unnamed-{os.getpid()}"
    unnamed.mkdir()
    lock = os.open(unnamed, os.O_RDONLY)
    fcntl.flock(lock, fcntl.LOCK_EX)
    unnamed.rename(folder / NAME)
    return lock


def discard(own: Path, engines: Path) -> threading.Thread:
    """Take away what ended engines left behind; return the thread that removes it, which does not keep us alive.

    Args:
        own: the folder of the engine that is about to start; whatever it holds has had its day.
        engines: the folder that holds those of all engines.
    """
    for found in engines.glob(f"engine-*/{NAME}"):
        if found.parent == own or not _is_in_use(found):
            # Another start may be faster.
            with suppress(FileNotFoundError):
                found.rename(engines / f"discarded-{time.time_ns()}")
    remover = threading.Thread(target=_remove_discarded, args=(engines,), daemon=True)
    remover.start()
    return remover


def _is_in_use(scratch: Path) -> bool:
    try:
        lock = os.open(scratch, os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(lock)
    return False


def _remove_discarded(engines: Path) -> None:
    for folder in engines.glob("discarded-*"):
        shutil.rmtree(folder, ignore_errors=True)

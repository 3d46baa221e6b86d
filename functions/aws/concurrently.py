"""Several calls to AWS at once; boto3's clients may be shared between threads."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from typing import TypeVar

Given = TypeVar("Given")
Answer = TypeVar("Answer")

_POOL: list[ThreadPoolExecutor] = []
_THREADS = 16


def concurrently(call: Callable[[Given], Answer], given: Sequence[Given]) -> list[Answer]:
    """Return what `call` answers for each, in order; the first exception rises once all have ended."""
    if len(given) < 2:
        return [call(one) for one in given]
    if not _POOL:
        _POOL.append(ThreadPoolExecutor(_THREADS, thread_name_prefix="aws"))
    started = [_POOL[0].submit(call, one) for one in given]
    wait(started)
    return [one.result() for one in started]

"""The clients of the stack's own tables and queue: lean, since nearly all that a run costs is spent in them."""

import threading
from collections.abc import Callable
from functools import cache
from typing import Any

from botocore.config import Config
from botocore.session import Session, get_session

_making = threading.Lock()


def client(service: str, region: str | None = None) -> Any:
    """Return the client of `dynamodb` or `sqs`, the same one at every asking; safe to use from any thread.

    Made by botocore itself, whose clients boto3 hands out, to spare each start the import of what boto3 adds.

    Args:
        service: as boto3 names it.
        region: None for the region of the function.
    """
    with _making:
        return _make(service, region)


@cache
def _make(service: str, region: str | None) -> Any:
    session = _session()
    config = Config(
        # Together less than RECORDING_MARGIN, so that a call that stalls is made again before Lambda ends the function.
        connect_timeout=1,
        read_timeout=3,
        retries={"mode": "standard", "total_max_attempts": 3},
        max_pool_connections=20,
        # What is sent has one form each, which the contract suite tries with validation on. It is a fifth of a
        # batch's CPU, and building the user agent anew for each call a twentieth.
        parameter_validation=False,
        user_agent=session.user_agent(),
    )
    return session.create_client(service, region_name=region, config=config)


@cache
def _session() -> Session:
    return get_session()


class LazyClient:
    """A client that is made when it is first asked for something: a function pays only for those that it uses."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self._make = make

    def __getattr__(self, name: str) -> Any:
        return getattr(self._make(), name)

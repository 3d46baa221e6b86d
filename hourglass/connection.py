"""boto3 clients of one stack."""

from functools import cached_property
from typing import Any

from botocore.config import Config

from functions.settings import loop_settings
from hourglass.errors import answered
from hourglass.stack import Stack
from schedule_model.settings import LoopSettings

_CONFIG = Config(
    connect_timeout=3,
    read_timeout=70,
    retries={"mode": "standard", "total_max_attempts": 4},
    max_pool_connections=32,
)
# An engine on this machine is up or it is not: to ask again and again only delays the answer, and no proxy reaches it.
_LOCAL_CONFIG = _CONFIG.merge(Config(retries={"mode": "standard", "total_max_attempts": 2}, proxies={}))
_LOCAL_KEYS = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}


class Connection:
    """Makes clients for a stack, each once.

    Args:
        session: boto3's Session.
        stack: a local one is reached at its endpoint with made-up keys, never with the user's own.
    """

    def __init__(self, session: Any, stack: Stack) -> None:
        self.stack = stack
        self._session = session
        self._clients: dict[str, Any] = {}

    def client(self, service: str, region: str | None = None) -> Any:
        """Return boto3's client of a service, in the stack's region unless another is named."""
        made = service if region in {None, self.stack.region} else f"{service} in {region}"
        if made not in self._clients:
            keys = _LOCAL_KEYS if self.stack.is_local else {}
            with answered():
                self._clients[made] = self._session.client(
                    service,
                    endpoint_url=self.stack.endpoint,
                    region_name=region or self.stack.region,
                    config=_LOCAL_CONFIG if self.stack.is_local else _CONFIG,
                    **keys,
                )
        return self._clients[made]

    @cached_property
    def settings(self) -> LoopSettings:
        """Return how the stack's loop is tuned, from its planner's environment; one free call, then remembered."""
        with answered():
            found = self.client("lambda").get_function_configuration(FunctionName=self.stack.output("PlannerFunction"))
        return loop_settings(found.get("Environment", {}).get("Variables", {}))

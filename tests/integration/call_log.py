"""Keeps account of what the functions call on moto, and refuses what their role on AWS would not allow."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from tests.integration.permissions import LOGICAL_IDS, Permission, granted, needed_by_call


@dataclass
class CallLog:
    """The permissions that each function has used, and those that it lacked.

    A queue that is not of the stack belongs to a target's owner, who grants it by `RunnerPolicyArn`.
    """

    used: dict[str, set[Permission]] = field(default_factory=dict)
    lacking: list[tuple[str, Permission]] = field(default_factory=list)
    _acting: str | None = None

    @contextmanager
    def acting(self, step: str | None) -> Iterator[None]:
        """Take every call meanwhile for one of this function; None for what is no function of the stack."""
        self._acting = step
        try:
            yield
        finally:
            self._acting = None

    def hear(self, params: dict[str, Any], model: Any, **_: object) -> None:
        """Note a call before it is sent; botocore's `provide-client-params` event."""
        step = self._acting
        if step is None:
            return
        service, operation = model.service_model.service_name, model.name
        needed = {one for one in needed_by_call(service, operation, params) if one.resource in LOGICAL_IDS.values()}
        self.used.setdefault(step, set()).update(needed)
        missing = needed - granted(step)
        if missing:
            self.lacking += [(step, one) for one in sorted(missing)]
            error = {"Code": "AccessDeniedException", "Message": f"{step} may not {operation}"}
            raise ClientError({"Error": error, "ResponseMetadata": {"HTTPStatusCode": 400}}, operation)

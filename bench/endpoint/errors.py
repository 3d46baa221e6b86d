"""What the endpoint answers in place of a result."""

from typing import Any


class EndpointError(Exception):
    """An error as AWS names it.

    Attributes:
        code: such as `ValidationException`.
        content: further fields of the answer, such as the item that was found.
    """

    def __init__(self, code: str, message: str, **content: Any) -> None:
        super().__init__(message)
        self.code = code
        self.content = content


def refused(found: dict[str, Any] | None) -> EndpointError:
    """Return the answer to a write whose condition did not hold."""
    content = {"Item": found} if found else {}
    return EndpointError("ConditionalCheckFailedException", "The conditional request failed", **content)

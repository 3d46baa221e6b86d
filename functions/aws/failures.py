"""From botocore's errors to ours: each named code to one class, the rest rise."""

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as BotoConnectionError

from functions.ports import TooLargeError, UnavailableError

CONDITION_FAILED = "ConditionalCheckFailedException"

_UNAVAILABLE = frozenset(
    {
        "InternalError",
        "InternalFailure",
        "InternalServerError",
        "OverLimit",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "ServiceUnavailable",
        "ThrottledException",
        "Throttling",
        "ThrottlingException",
        "TransactionConflictException",
        "TransactionInProgressException",
    }
)


@contextmanager
def named_failures() -> Iterator[None]:
    """Raise our class for what AWS calls by name; leave everything else as it is.

    Raises:
        UnavailableError: throttled, a 5xx, or no answer.
        TooLargeError: the item would exceed 400 KB.
    """
    try:
        yield
    except ClientError as error:
        code = code_of(error)
        if code in _UNAVAILABLE or status_of(error) >= 500:
            raise UnavailableError(code) from error
        if code == "ValidationException" and "item size" in str(error).lower():
            raise TooLargeError("the item would be larger than DynamoDB's 400 KB") from error
        raise
    except (BotoConnectionError, HTTPClientError) as error:
        raise UnavailableError(type(error).__name__) from error


def code_of(error: ClientError) -> str:
    """Return the code by which AWS names an error."""
    return str(error.response.get("Error", {}).get("Code", ""))


def status_of(error: ClientError) -> int:
    """Return the HTTP status of an error, 0 when it has none."""
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))


def is_refused(error: ClientError) -> bool:
    """Return whether a condition of the write did not hold."""
    return code_of(error) == CONDITION_FAILED


def was_repeated(error: ClientError) -> bool:
    """Return whether botocore had sent the request before: that may have taken effect, and its answer was lost."""
    return int(error.response.get("ResponseMetadata", {}).get("RetryAttempts", 0)) > 0

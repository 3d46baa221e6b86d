"""What AWS means by a refusal: whether it passes, and how long that takes where the service does not say."""

from datetime import timedelta

# Names with which services ask to be called again, apart from statuses 408, 429 and 5xx.
_RETRYABLE_CODES = frozenset(
    {
        "BandwidthLimitExceeded",
        "EC2ThrottledException",
        "ExecutionLimitExceeded",
        # A queue's, topic's, stream's or state machine's key is throttled; that with a dot is SQS's, in a header.
        "KMS.ThrottlingException",
        "KMSThrottling",
        "KMSThrottlingException",
        "KmsThrottled",
        "KmsThrottlingException",
        "LimitExceededException",
        "PriorRequestNotComplete",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "RequestTimeout",
        "RequestTimeoutException",
        "SlowDown",
        "ThrottledException",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
        "TransactionInProgressException",
    }
)
_INITIALISING_CODES = frozenset(
    {
        "CodeArtifactUserPendingException",
        "ResourceConflictException",
        "ResourceNotReadyException",
        "SnapStartNotReadyException",
    }
)
INITIALISING = timedelta(seconds=60)
"""How long to leave a function alone that is being initialised: two such waits outlast the slowest seen, 106 s."""


def is_passing(action: str, code: str, status: int) -> bool:
    """Return whether a later call may succeed.

    Args:
        action: service and operation, such as `lambda:invoke`.
        code: the service's own name for the refusal.
        status: of the HTTP response.

    Source: the errors of Lambda's Invoke (EFSMountTimeoutException and SnapStartTimeoutException have status 408), of
    SQS SendMessage, SNS Publish and Step Functions StartExecution, whose throttles have status 400; botocore's models.
    """
    return code in _RETRYABLE_CODES or status in {408, 429} or status >= 500 or is_initialising(action, code)


def is_initialising(action: str, code: str) -> bool:
    """Return whether Lambda refused to invoke a function since it makes it ready: a new, changed or long idle one.

    Of other calls these codes say something else, ResourceConflictException mostly that there is such a thing already.

    Source: Lambda developer guide, "Lambda function states": to invoke an Inactive function fails and makes it Pending,
    and to invoke a Pending one fails. boto3 issue 3788 has seen it as CodeArtifactUserPendingException.
    """
    return code in _INITIALISING_CODES and action.startswith("lambda:invoke")

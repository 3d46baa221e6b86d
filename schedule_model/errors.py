"""Every error that Hourglass raises on purpose: one class per thing that a caller does differently."""


class SchedulerError(Exception):
    """Base of all errors that Hourglass raises on purpose."""


class InvalidExpressionError(SchedulerError, ValueError):
    """A schedule expression cannot be read; the message says what is wrong, where, and what to write instead."""


class InvalidTimezoneError(SchedulerError, ValueError):
    """A timezone is not in the IANA database; the message names a near one where there is one."""


class RunnerError(SchedulerError):
    """A run failed in a way that its runner understands.

    Args:
        message: what went wrong, for the reader of the Run; never a credential.
        is_retryable: whether another attempt may succeed. A wrong parameter is not retryable, a timeout is.
    """

    def __init__(self, message: str, *, is_retryable: bool = True) -> None:
        super().__init__(message)
        self.is_retryable = is_retryable


class InvalidTargetError(SchedulerError, ValueError):
    """A target cannot be accepted; the message names each field at fault and what to write instead."""


class InvalidRequestError(SchedulerError, ValueError):
    """A message on the run queue cannot be read; the message names the field at fault."""


class TooFarToQueueError(SchedulerError):
    """A run is further away than SQS can hold a message."""

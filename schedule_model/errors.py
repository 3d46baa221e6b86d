"""Every error that Hourglass raises on purpose: one class per thing that a caller does differently."""

from collections.abc import Sequence
from datetime import timedelta


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
        retry_after: how long the other side asks to be left alone from now on, as HTTP's header of that name does; the
            backoff comes on top. None if it does not ask.
    """

    def __init__(self, message: str, *, is_retryable: bool = True, retry_after: timedelta | None = None) -> None:
        super().__init__(message)
        self.is_retryable = is_retryable
        self.retry_after = retry_after

    def retold(self, message: str) -> "RunnerError":
        """Return the same failure in other words."""
        return RunnerError(message, is_retryable=self.is_retryable, retry_after=self.retry_after)


class InvalidTargetError(SchedulerError, ValueError):
    """A target cannot be accepted; the message names each field at fault and what to write instead.

    Args:
        message: all problems in one line, cut where it gets too long.
        problems: each as `field: what to write`; the message itself where there is one.
    """

    def __init__(self, message: str, problems: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.problems = tuple(problems) or (message,)


class InvalidRequestError(SchedulerError, ValueError):
    """A message on the run queue cannot be read; the message names the field at fault."""


class NewerFormatError(InvalidRequestError):
    """A message was written by a newer version, which can read it; this one cannot."""


class TooFarToQueueError(SchedulerError):
    """A run is further away than SQS can hold a message."""

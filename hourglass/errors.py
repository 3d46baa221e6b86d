"""What can go wrong for a caller of the client: one class per thing that one does differently."""

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError, NoCredentialsError, NoRegionError
from botocore.exceptions import ConnectionError as BotoConnectionError

from functions.aws.failures import code_of, is_refused, named_failures
from functions.ports import TooLargeError, UnavailableError
from schedule_model.errors import SchedulerError


class HourglassError(SchedulerError):
    """Base of what the client itself raises; an invalid target is the model's InvalidTargetError."""


class NotFoundError(HourglassError):
    """There is no such target or run; the message says how to list those that are there."""


class ConflictError(HourglassError):
    """Somebody else changed the target meanwhile, or it exists already; read it again."""


class ConditionFailedError(HourglassError):
    """A conditional write found something else than it expected; callers turn it into what that means."""


class NoStackError(HourglassError):
    """No stack was named and none is up on this machine, or what was named is none."""


class NoAnswerError(HourglassError):
    """AWS did not answer, or there are no credentials; whether a write took effect is not known."""


class RefusedError(HourglassError):
    """AWS refused a call; the message has its reason and what is needed."""


_DENIED = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"})
_GONE = frozenset({"ResourceNotFoundException", "AWS.SimpleQueueService.NonExistentQueue", "NoSuchBucket"})


@contextmanager
def answered() -> Iterator[None]:
    """Turn what boto3 raises into the errors of this module.

    Raises:
        NoAnswerError: no credentials, no region, throttled for too long, or no connection.
        RefusedError: everything else that AWS refuses.
    """
    try:
        with named_failures():
            yield
    except (NoCredentialsError, NoRegionError) as error:
        advice = "sign in with the aws command, or set AWS_PROFILE and AWS_DEFAULT_REGION"
        raise NoAnswerError(f"{str(error).rstrip('.')}; {advice}") from error
    except UnavailableError as error:
        raise NoAnswerError(f"AWS did not answer ({error}); is the stack up? Try again in a moment") from error
    except TooLargeError as error:
        raise RefusedError(str(error)) from error
    except ClientError as error:
        if is_refused(error):
            raise ConditionFailedError(code_of(error)) from error
        raise RefusedError(_reason(error)) from error
    except (BotoConnectionError, HTTPClientError) as error:
        raise NoAnswerError(f"AWS did not answer ({type(error).__name__})") from error
    except BotoCoreError as error:
        raise RefusedError(str(error)) from error


def _reason(error: ClientError) -> str:
    code, call = code_of(error), getattr(error, "operation_name", "the call")
    message = str(error.response.get("Error", {}).get("Message", ""))[:500]
    if code in _DENIED:
        return f"{call} was denied: {message} (your own role needs this permission, see docs/cli.md)"
    if code in _GONE:
        return f"{call} found nothing to work on: {message} (is this the right stack and region?)"
    return f"{call} was refused with {code}: {message}"

"""boto3 clients for the runners: cached, with tight timeouts, and with errors in Hourglass's own words."""

import base64
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any

import boto3
from botocore.config import Config
from botocore.credentials import (
    AssumeRoleCredentialFetcher,
    CredentialProvider,
    DeferredRefreshableCredentials,
)
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    HTTPClientError,
    ParamValidationError,
)
from botocore.exceptions import (
    ConnectionError as UnreachableError,
)
from botocore.response import StreamingBody
from botocore.session import get_session
from pydantic import JsonValue

from functions.aws.refusals import INITIALISING, is_initialising, is_passing
from functions.runners.network.retry_after import read_retry_after, told
from schedule_model.errors import RunnerError

CONNECT_TIMEOUT_SECONDS = 3
STREAM_BYTES_MAX = 256 * 1024

_making = threading.Lock()


class AwsCallError(RunnerError):
    """AWS refused or did not answer a call; `code` is the service's own, empty when there was no answer."""

    def __init__(
        self, message: str, *, is_retryable: bool, code: str = "", retry_after: timedelta | None = None
    ) -> None:
        super().__init__(message, is_retryable=is_retryable, retry_after=retry_after)
        self.code = code


@dataclass(frozen=True, slots=True)
class CallSettings:
    """How a call is made.

    Attributes:
        region: None for the region of the function.
        role_arn: a role to assume; its credentials renew themselves.
        read_timeout_seconds: how long one attempt waits for the service.
        attempts_max: 1 for calls that must not be repeated on a time-out.
    """

    region: str | None = None
    role_arn: str | None = None
    read_timeout_seconds: float = 10
    attempts_max: int = 3


def client(service: str, settings: CallSettings = CallSettings()) -> Any:
    """Return a boto3 client, the same one for the same arguments; safe to use from any thread.

    Args:
        service: as boto3 names it, such as `sqs`.
        settings: how its calls are made.

    Raises:
        AwsCallError: there is no such service, or no region is known; not retryable.
    """
    with _making:
        try:
            return _make(service, settings)
        except (BotoCoreError, ValueError) as error:
            raise AwsCallError(f"{service}: {error}", is_retryable=False) from None


def call(
    service: str,
    operation: str,
    parameters: Mapping[str, JsonValue],
    settings: CallSettings = CallSettings(),
    *,
    idempotency_token: str | None = None,
) -> dict[str, JsonValue]:
    """Call one operation and return its answer as JSON, without `ResponseMetadata`.

    Instants become ISO 8601, bytes and streams become text (base64 if they are not UTF-8), streams end at 256 KiB.

    Args:
        service: as boto3 names it, such as `sqs`.
        operation: as boto3 names it, such as `send_message`.
        parameters: as boto3 takes them.
        settings: how the call is made.
        idempotency_token: fills whichever parameter the service takes for that, unless it is given.

    Raises:
        AwsCallError: the call failed or there is no such operation; retryable when a later attempt may succeed.
    """
    made = client(service, settings)
    api_name = made.meta.method_to_api_mapping.get(operation)
    if api_name is None:
        raise AwsCallError(f"{service} has no operation {operation}; write it as boto3 does", is_retryable=False)
    tokens = made.meta.service_model.operation_model(api_name).idempotent_members if idempotency_token else []
    try:
        answer = getattr(made, operation)(**{**dict.fromkeys(tokens, idempotency_token), **parameters})
        return {key: _plain(value) for key, value in answer.items() if key != "ResponseMetadata"}
    except (BotoCoreError, ClientError) as error:
        raise _failure(service, operation, error) from None


@lru_cache(maxsize=64)
def _make(service: str, settings: CallSettings) -> Any:
    config = Config(
        connect_timeout=CONNECT_TIMEOUT_SECONDS,
        read_timeout=settings.read_timeout_seconds,
        retries={"mode": "standard", "total_max_attempts": settings.attempts_max},
        max_pool_connections=20,
    )
    return _session(settings.role_arn).client(service, region_name=settings.region, config=config)


@lru_cache(maxsize=16)
def _session(role_arn: str | None) -> Any:
    if role_arn is None:
        return boto3.Session()
    base = get_session()
    fetcher = AssumeRoleCredentialFetcher(
        base.create_client, base.get_credentials(), role_arn, extra_args={"RoleSessionName": "hourglass"}
    )
    assuming = get_session()
    assuming.get_component("credential_provider").insert_before("env", _AssumedRole(fetcher))
    return boto3.Session(botocore_session=assuming)


class _AssumedRole(CredentialProvider):  # type: ignore[misc]  # botocore has no types
    METHOD = "hourglass-assumed-role"
    CANONICAL_NAME = None

    def __init__(self, fetcher: AssumeRoleCredentialFetcher) -> None:
        super().__init__()
        self._fetcher = fetcher

    def load(self) -> DeferredRefreshableCredentials:
        return DeferredRefreshableCredentials(refresh_using=self._fetcher.fetch_credentials, method=self.METHOD)


def _failure(service: str, operation: str, error: BotoCoreError | ClientError) -> AwsCallError:
    where = f"{service}:{operation}"
    if isinstance(error, ClientError):
        return _refusal(where, error)
    if isinstance(error, ParamValidationError):
        problems = " ".join(str(error).split("\n")[1:])[:500]
        return AwsCallError(f"{where} does not take these parameters: {problems}", is_retryable=False)
    is_retryable = isinstance(error, (UnreachableError, HTTPClientError))
    return AwsCallError(f"{where} failed: {error}", is_retryable=is_retryable)


def _refusal(where: str, error: ClientError) -> AwsCallError:
    code = str(error.response.get("Error", {}).get("Code", "Unknown"))
    metadata = error.response.get("ResponseMetadata", {})
    status = int(metadata.get("HTTPStatusCode", 0))
    message = str(error.response.get("Error", {}).get("Message", ""))[:500]
    # Lambda says so when it throttles; a service that does, says it in seconds.
    asked = read_retry_after(metadata.get("HTTPHeaders", {}).get("retry-after"), now=None)
    wait = INITIALISING if asked is None and is_initialising(where, code) else asked
    text = f"{where} was refused with {code}{told(asked)}: {message}"
    return AwsCallError(text, is_retryable=is_passing(where, code, status), code=code, retry_after=wait)


def _plain(value: Any) -> JsonValue:
    match value:
        case None | bool() | str() | int() | float():
            return value
        case datetime():
            return value.isoformat()
        case Decimal():
            return int(value) if value == value.to_integral_value() else float(value)
        case bytes() | bytearray():
            return _text(bytes(value))
        case StreamingBody():
            return _text(value.read(STREAM_BYTES_MAX))
        case Mapping():
            return {str(key): _plain(inner) for key, inner in value.items()}
        case list() | tuple() | set():
            return [_plain(inner) for inner in value]
        case _:
            return str(value)


def _text(content: bytes) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError:
        return base64.b64encode(content).decode()

"""Calls the HTTP API of a stack, signed as IAM authorisation wants it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import urllib3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from local.engine_process import REGION

_NO_HEADERS: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; `json` is None where there is no body."""

    status: int
    headers: Mapping[str, str]
    json: Any


class HttpApi:
    """One HTTP API; safe to share between threads.

    Args:
        url: of the API, without a slash at its end.
        connections: how many requests may be on their way at once.
    """

    def __init__(self, url: str, *, connections: int = 10) -> None:
        self.url = url
        self._pool = urllib3.PoolManager(maxsize=connections, block=True)
        # The engine takes any keys; on AWS these would be the caller's own.
        self._signer = SigV4Auth(Credentials("test", "test"), "execute-api", REGION)

    def call(self, method: str, path: str, body: object = None, headers: Mapping[str, str] = _NO_HEADERS) -> Answer:
        """Send one request and return its answer, whatever its status.

        Raises:
            urllib3.exceptions.HTTPError: there was no answer.
        """
        content = b"" if body is None else json.dumps(body).encode()
        given = {"Host": urlsplit(self.url).netloc, **({"Content-Type": "application/json"} if content else {})}
        request = AWSRequest(method, self.url + path, data=content, headers=given | dict(headers))
        self._signer.add_auth(request)
        answer = self._pool.request(
            method, self.url + path, body=content, headers=dict(request.headers), retries=False, timeout=60
        )
        return Answer(answer.status, answer.headers, json.loads(answer.data) if answer.data else None)

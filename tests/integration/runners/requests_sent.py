"""Sends requests by the `http` runner, for its tests."""

import pytest

from functions.runners import http
from functions.runners.network.connection import Lookup, look_up
from functions.runners.registry import validate_params
from schedule_model.errors import RunnerError
from schedule_model.run_result import RunResult
from tests.unit.runners.circumstances import real_context


def request(url: str, lookup: Lookup = look_up, **params: object) -> RunResult:
    checked = validate_params("http", {"url": url, **params})
    assert isinstance(checked, http.Params)
    return http.request(checked, real_context(), lookup)


def failure(url: str, lookup: Lookup = look_up, **params: object) -> RunnerError:
    with pytest.raises(RunnerError) as caught:
        request(url, lookup, **params)
    return caught.value


def output(result: RunResult) -> dict[str, object]:
    assert isinstance(result.output, dict)
    return dict(result.output)

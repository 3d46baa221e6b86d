"""Every file in events/ against the built functions, on the runtime interface emulator; see `make replay`."""

from contextlib import ExitStack

import pytest

from local import environments
from local.interpreters import find_lambda_python
from tests.replay.account import account
from tests.replay.building import built
from tests.replay.emulated import Emulated
from tests.replay.replaying import files, replay


@pytest.fixture(scope="module")
def place():
    with account() as made:
        yield made


@pytest.fixture(scope="module")
def functions(place):
    if find_lambda_python() is None:
        pytest.skip("this machine has no Python of the functions' version; name one in HOURGLASS_PYTHON")
    environments.make([environments.SAM], print)
    with ExitStack() as open_things:
        yield Emulated(built(), place, open_things)


@pytest.mark.parametrize("name", files())
def test_a_built_function_does_with_an_event_what_it_must(name, functions, place):
    assert replay(name, functions, place) == []


def test_a_wrong_outcome_is_told(functions, place, monkeypatch):
    monkeypatch.setattr(functions, "invoke", lambda *_: '{"errorMessage": "no module named functions"}')

    problems = replay("target-inserted", functions, place)

    assert "no module named functions" in problems[0]
    assert problems[1].startswith("led to State(plan=None")

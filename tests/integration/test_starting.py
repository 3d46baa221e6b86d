"""What a function does not do while it starts: look for garbage, and build what it may not need."""

import os
import subprocess
import sys

import pytest

FUNCTIONS = ("planner", "dispatcher", "sweeper", "executor", "api")
_PROGRAM = """
import gc
from types import SimpleNamespace
from functions.{function} import app
is_looking_at_first = gc.isenabled()
try:
    app.lambda_handler({event}, SimpleNamespace(function_name="f", aws_request_id="1"))
except Exception:
    pass
print(is_looking_at_first, gc.isenabled(), gc.get_freeze_count() > 0)
"""


def said_by(function: str, **variables: str) -> str:
    event = {} if function == "api" else {"Records": []}
    command = [sys.executable, "-c", _PROGRAM.format(function=function, event=event)]
    own = {name: value for name, value in os.environ.items() if name != "AWS_LAMBDA_FUNCTION_NAME"}
    own |= {"AWS_DEFAULT_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x"}
    own |= {"AWS_ENDPOINT_URL": "http://127.0.0.1:9"} | variables
    done = subprocess.run(command, env=own, capture_output=True, text=True, check=True)
    return done.stdout.strip().rpartition("\n")[2]


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_looks_for_garbage_from_its_first_invocation_on(function: str) -> None:
    assert said_by(function, AWS_LAMBDA_FUNCTION_NAME="f") == "False True True"


def test_elsewhere_nothing_is_changed() -> None:
    assert said_by("planner") == "True True False"


@pytest.mark.parametrize("function", ["dispatcher", "planner"])
def test_a_function_starts_without_the_validators_that_it_may_not_need(function: str) -> None:
    program = f"""
from functions.{function} import app
from functions.aws.wiring import ports
from schedule_model.open_runs import OpenRuns
from schedule_model.plan import Plan
from schedule_model.run import Run
from schedule_model.run_request import RunRequest
from schedule_model.run_result import RunResult
from schedule_model.target import Target
from schedule_model.timer import Timer
models = (OpenRuns, Plan, Run, RunRequest, RunResult, Target, Timer)
print([model.__name__ for model in models if model.__pydantic_complete__])
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"

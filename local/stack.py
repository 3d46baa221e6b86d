"""Builds and deploys the real template to the engine with the SAM CLI, and tells others where it is."""

import hashlib
import json
import math
import os
import shlex
import shutil
import time
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import yaml

from local import environments
from local.engine_process import REGION
from local.parameters import TemplateLoader
from local.paths import LOCAL, ROOT, STACK_FILE, TEMPLATE
from local.sam_cli import run_sam

NAME = "hourglass"
BUCKET = "hourglass-artefacts"
_BUILDS = LOCAL / "build"
_BUILD_KEPT_SECONDS = 3600
_BUILT_FROM = ("functions", "schedule_model", "requirements/functions.txt", "local/artefact.py", "template.yaml")


@dataclass(frozen=True, slots=True)
class Stack:
    """A deployed stack."""

    endpoint: str
    outputs: Mapping[str, str]

    def client(self, service: str) -> Any:
        """Return a boto3 client of the engine."""
        return _client(service, self.endpoint)

    def publish(self) -> None:
        """Write `.local/stack.json`, whole or not at all."""
        unfinished = STACK_FILE.with_suffix(".unfinished")
        content = {"endpoint": self.endpoint, "region": REGION, "outputs": dict(self.outputs)}
        unfinished.write_text(json.dumps(content, indent=2) + "\n")
        unfinished.replace(STACK_FILE)


def build(function_python: Path) -> Path:
    """Run `sam build` unless this very content was built before; return the folder of the built template.

    Raises:
        LocalError: the build failed.
    """
    folder = _BUILDS / _content_key(function_python)
    if (folder / "template.yaml").exists():
        return folder
    for outdated in _BUILDS.glob("*"):
        # A younger one may be on its way to another engine of this checkout.
        if time.time() - outdated.stat().st_mtime > _BUILD_KEPT_SECONDS:
            shutil.rmtree(outdated, ignore_errors=True)
    unfinished = _BUILDS / f"unfinished-{os.getpid()}"
    settings = {
        "HOURGLASS_BUILD_PYTHON": str(function_python),
        "PYTHON": str(environments.python_of(environments.PROJECT)),
    }
    run_sam(["build", "--config-env", "local", "--build-dir", str(unfinished)], settings)
    unfinished.rename(folder)
    return folder


def deploy(built: Path, endpoint: str, parameters: Sequence[tuple[str, str]]) -> Stack:
    """Deploy what was built with samconfig.toml's local profile, and switch TTL on.

    Args:
        built: the folder that `build` returned.
        endpoint: of the engine.
        parameters: of the template; they win over those of the profile.

    Raises:
        LocalError: the deployment failed.
    """
    _client("s3", endpoint).create_bucket(Bucket=BUCKET)
    chosen = profile_parameters() | {"RunnerPolicyArn": _runner_policy(endpoint)} | dict(parameters)
    template = str(built / "template.yaml")
    profile = ["--config-file", str(ROOT / "samconfig.toml"), "--config-env", "local"]
    run_sam(
        ["deploy", *profile, "--template-file", template, "--parameter-overrides", *_overrides(chosen)],
        {"AWS_ENDPOINT_URL": endpoint, "SAM_CLI_POLL_DELAY": "0.2"},
    )
    cloudformation = _client("cloudformation", endpoint)
    described = cloudformation.describe_stacks(StackName=NAME)["Stacks"][0]["Outputs"]
    _switch_ttl_on(cloudformation, _client("dynamodb", endpoint))
    outputs = {output["OutputKey"]: output["OutputValue"] for output in described}
    if "ApiUrl" in outputs:
        _limit_concurrency(
            cloudformation, _client("lambda", endpoint), math.ceil(float(chosen.get("ApiConcurrency", "0")))
        )
        outputs["ApiUrl"] = _api_url(endpoint, outputs["ApiUrl"])
    return Stack(endpoint, outputs)


def _overrides(parameters: Mapping[str, str]) -> list[str]:
    """Return parameters as SAM reads them: without quotes, a value ends at its first blank and cannot be empty."""
    return [f'{name}="{value}"' for name, value in parameters.items()]


def _limit_concurrency(cloudformation: Any, functions: Any, limit: int) -> None:
    """Do what the engine's CloudFormation leaves out: each request at once has a process here, and they are many."""
    if limit:
        found = cloudformation.describe_stack_resource(StackName=NAME, LogicalResourceId="ApiFunction")
        name = found["StackResourceDetail"]["PhysicalResourceId"]
        functions.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=limit)


def _api_url(endpoint: str, url: str) -> str:
    """Return where the engine serves an HTTP API, whose URL on AWS begins with its id; the stage is `$default`."""
    api_id = url.removeprefix("https://").partition(".")[0]
    return f"{endpoint}/_aws/execute-api/{api_id}/%24default"


def _runner_policy(endpoint: str) -> str:
    """Return a policy of what the runners of the examples need, as a stack's owner would write it for their own."""
    actions = [
        "events:PutEvents",
        "lambda:InvokeFunction",
        "sns:Publish",
        "sqs:ListQueues",
        "sqs:SendMessage",
        "states:StartExecution",
    ]
    statement = {"Effect": "Allow", "Action": actions, "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    made = _client("iam", endpoint).create_policy(PolicyName=f"{NAME}-runners", PolicyDocument=document)
    arn: str = made["Policy"]["Arn"]
    return arn


def _switch_ttl_on(cloudformation: Any, dynamodb: Any) -> None:
    """Do what the engine's CloudFormation leaves out: give each table the TTL that the template names."""
    deployed = cloudformation.describe_stack_resources(StackName=NAME)["StackResources"]
    names = {found["LogicalResourceId"]: found["PhysicalResourceId"] for found in deployed}
    for logical_id, resource in yaml.load(TEMPLATE.read_text(), TemplateLoader)["Resources"].items():
        specification = resource.get("Properties", {}).get("TimeToLiveSpecification")
        # What stands under a condition that does not hold is not there.
        if specification and logical_id in names:
            dynamodb.update_time_to_live(TableName=names[logical_id], TimeToLiveSpecification=specification)


def profile_parameters() -> dict[str, str]:
    """Return the template parameters of samconfig.toml's local profile, without the quotes that SAM reads there."""
    profile = tomllib.loads((ROOT / "samconfig.toml").read_text())["local"]["deploy"]["parameters"]
    return dict(part.split("=", 1) for override in profile["parameter_overrides"] for part in shlex.split(override))


def _content_key(function_python: Path) -> str:
    paths = [
        path for name in _BUILT_FROM for path in ([ROOT / name] if (ROOT / name).is_file() else _files(ROOT / name))
    ]
    digest = hashlib.sha256(str(function_python).encode())
    for path in paths:
        digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)


def _client(service: str, endpoint: str) -> Any:
    keys: dict[str, Any] = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
    return boto3.client(service, endpoint_url=endpoint, region_name=REGION, **keys)

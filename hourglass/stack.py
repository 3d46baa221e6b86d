"""Which stack a client works on, and how it is found without being told."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from functions.aws.failures import code_of
from hourglass.errors import NoStackError, answered

STACK_VARIABLE = "HOURGLASS_STACK"
LOCAL_FILE = Path(".local") / "stack.json"


@dataclass(frozen=True, slots=True)
class Stack:
    """A deployed stack.

    Attributes:
        name: as CloudFormation has it, or where the local one was found; for people.
        outputs: of the template, by name.
        endpoint: of an engine on this machine; None for AWS.
        region: None for the session's own.
    """

    name: str
    outputs: Mapping[str, str]
    endpoint: str | None = None
    region: str | None = None

    def output(self, name: str) -> str:
        """Return one output of the template.

        Raises:
            NoStackError: this stack has no such output.
        """
        if name not in self.outputs:
            raise NoStackError(
                f"stack {self.name} has no output {name}; is it Hourglass, and of this version? Deploy again"
            )
        return self.outputs[name]

    @property
    def is_local(self) -> bool:
        """Return whether the stack is one of `make run`."""
        return self.endpoint is not None


def find_stack(name: str | None, environment: Mapping[str, str], folder: Path, *, cloudformation: Any = None) -> Stack:
    """Return the stack that was named, or the one that is up on this machine.

    Args:
        name: of a CloudFormation stack; None for that of `HOURGLASS_STACK`, else for `.local/stack.json`.
        environment: of this process.
        folder: where to begin to look for `.local/stack.json`; its parents are looked into as well.
        cloudformation: makes boto3's CloudFormation client; only called for a stack with a name.

    Raises:
        NoStackError: there is none; the message says how to name or to start one.
    """
    wanted = name or environment.get(STACK_VARIABLE)
    if wanted:
        return named_stack(wanted, cloudformation())
    for place in (folder, *folder.parents):
        if (place / LOCAL_FILE).is_file():
            return local_stack(place / LOCAL_FILE)
    raise NoStackError(
        f"no stack: name a deployed one with --stack NAME or {STACK_VARIABLE}, "
        "or start one on this machine with `make run` and call this from its folder"
    )


def named_stack(name: str, cloudformation: Any) -> Stack:
    """Return the stack that CloudFormation knows by this name; costs one DescribeStacks call, which is free.

    Raises:
        NoStackError: there is none in this account and region.
    """
    with answered():
        try:
            (found,) = cloudformation.describe_stacks(StackName=name)["Stacks"]
        except ClientError as error:
            if code_of(error) != "ValidationError":
                raise
            region = cloudformation.meta.region_name
            raise NoStackError(
                f"there is no stack {name!r} in {region}; is it the right account and region?"
            ) from error
    outputs = {output["OutputKey"]: output["OutputValue"] for output in found.get("Outputs", ())}
    return Stack(name=name, outputs=outputs, region=cloudformation.meta.region_name)


def local_stack(file: Path) -> Stack:
    """Return the stack that `make run` has written down.

    Raises:
        NoStackError: the file cannot be read.
    """
    try:
        content = json.loads(file.read_text())
        return Stack(
            name=f"local ({file})",
            outputs=dict(content["outputs"]),
            endpoint=str(content["endpoint"]),
            region=str(content["region"]),
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise NoStackError(f"{file} cannot be read ({error}); stop `make run` and start it again") from error

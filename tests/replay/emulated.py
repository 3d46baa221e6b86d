"""The built functions on the runtime interface emulator that the SAM CLI carries, without containers."""

import os
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Any

import yaml

from local.failure import LocalError
from local.processes import kill_group
from local.sam_cli import sam_program
from tests.replay.account import CREDENTIALS, REGION, Account
from tests.replay.building import FOLDER, Built

_START_SECONDS_MAX = 30
_ANSWER_SECONDS_MAX = 60


class Emulated:
    """One emulator per function, started when it is first invoked; it takes one invocation at a time.

    Each function sees its artefact, the runtime client and the standard library: nothing else that is installed here.
    """

    def __init__(self, built: Built, account: Account, open_things: ExitStack) -> None:
        self._built = built
        self._account = account
        self._open_things = open_things
        self._addresses: dict[str, str] = {}

    def invoke(self, name: str, event: str) -> str:
        """Return the payload that a function answers."""
        if name not in self._addresses:
            self._addresses[name] = self._open_things.enter_context(self._emulator(name))
        url = f"http://{self._addresses[name]}/2015-03-31/functions/function/invocations"
        with urllib.request.urlopen(url, event.encode(), timeout=_ANSWER_SECONDS_MAX) as answer:
            payload: bytes = answer.read()
        return payload.decode()

    @contextmanager
    def _emulator(self, name: str) -> Iterator[str]:
        address, inner = (f"127.0.0.1:{_free_port()}" for _ in range(2))
        options = ["--runtime-interface-emulator-address", address, "--runtime-api-address", inner]
        declared = yaml.safe_load(self._built.template.read_text())["Resources"][name]["Properties"]
        handler = str(declared["Handler"])
        # Without site, so that what else this Python has installed stays out of sight.
        function = [str(self._built.python), "-S", "-m", "awslambdaric", handler]
        log = FOLDER / f"{name}.log"
        with log.open("wb") as said:
            process = self._start([str(_program(self._built)), *options, *function], name, said)
            try:
                _wait_for(address, process, log)
                yield address
            finally:
                kill_group(process)

    def _start(self, command: list[str], name: str, log: IO[bytes]) -> "subprocess.Popen[bytes]":
        artefact = str(self._built.artefact(name))
        return subprocess.Popen(
            command,
            cwd=artefact,
            env=_environment(_variables(self._built, self._account), artefact, self._built.runtime),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )


def _variables(built: Built, account: Account) -> dict[str, str]:
    """Return the template's variables with its parameters' defaults, and the account's over them.

    Raises:
        LocalError: the template says something of a variable that is not understood here.
    """
    template: Any = yaml.safe_load(built.template.read_text())
    defaults = {name: str(parameter["Default"]) for name, parameter in template["Parameters"].items()}
    found = dict(account.variables())
    for name, said in template["Globals"]["Function"]["Environment"]["Variables"].items():
        match said:
            case _ if name in found:
                continue
            case str():
                found[name] = said
            case {"Ref": str(parameter)} if parameter in defaults:
                found[name] = defaults[parameter]
            case {"Fn::FindInMap": [mapping, {"Ref": str(parameter)}, part]}:
                found[name] = str(template["Mappings"][mapping][defaults[parameter]][part])
            case _:
                raise LocalError(f"{name} is {said} in the template, which the replay on the emulator cannot resolve")
    return found


def _environment(variables: Mapping[str, str], artefact: str, runtime: Path) -> dict[str, str]:
    lambdas = {
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
        "LAMBDA_TASK_ROOT": artefact,
        "PYTHONPATH": f"{artefact}:{runtime}",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    return {"PATH": os.environ["PATH"]} | lambdas | CREDENTIALS | dict(variables)


def _program(built: Built) -> Path:
    """Return the emulator that lies in the SAM CLI's environment."""
    library = sam_program().parents[1] / "lib"
    found = sorted(library.glob(f"python*/site-packages/samcli/local/rapid/aws-lambda-rie-{built.architecture}"))
    if not found:
        raise LocalError("this version of the SAM CLI carries no runtime interface emulator")
    found[0].chmod(0o755)
    return found[0]


def _wait_for(address: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    host, port = address.split(":")
    deadline = time.monotonic() + _START_SECONDS_MAX
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            probe.settimeout(1)
            if probe.connect_ex((host, int(port))) == 0:
                return
        time.sleep(0.05)
    raise LocalError(f"the runtime interface emulator did not start; see {log}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port

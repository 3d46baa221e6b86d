"""The built functions in containers, by `sam local invoke`."""

import json
import os
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml

from local.paths import ROOT
from local.sam_cli import sam_environment, sam_program
from tests.replay.account import CREDENTIALS, REGION, Account
from tests.replay.building import FOLDER, Built
from tests.replay.docker_engine import docker


class Contained:
    """One container for each invocation, with the image that the engine has; nothing is pulled.

    The SAM CLI passes on only variables that the template sets, so the account's address is written into a copy of it.
    """

    def __init__(self, built: Built, account: Account, address: str) -> None:
        self._environment = sam_environment() | CREDENTIALS | {"DOCKER_HOST": address, "AWS_DEFAULT_REGION": REGION}
        self._architecture = built.architecture
        self._template = _with_variables(built, account)

    def invoke(self, name: str, event: str) -> str:
        """Return the payload that a function answers; the exit code is 0 even if it raised."""
        with TemporaryDirectory() as folder:
            file = Path(folder, "event.json")
            file.write_text(event)
            options = ["--event", str(file), "--template-file", str(self._template), "--skip-pull-image"]
            options += ["--config-env", "local", "--parameter-overrides", f"Architecture={self._architecture}"]
            command = [str(sam_program()), "local", "invoke", name, *options]
            done = subprocess.run(
                command, cwd=ROOT, env=self._environment, capture_output=True, text=True, timeout=300, check=False
            )
        (FOLDER / f"{name}.log").write_text(done.stderr)
        lines = [line for line in done.stdout.splitlines() if line.strip()]
        return lines[-1] if lines else f"nothing was answered; see {FOLDER / f'{name}.log'}"


def gateway(address: str) -> str:
    """Return the address of this machine in the engine's own network."""
    described: Any = json.loads(docker(address, "network", "inspect", "bridge"))
    found: str = described[0]["IPAM"]["Config"][0].get("Gateway") or "172.17.0.1"
    return found


def _with_variables(built: Built, account: Account) -> Path:
    template = yaml.safe_load(built.template.read_text())
    functions = [one["Properties"] for one in template["Resources"].values() if "Handler" in one["Properties"]]
    for declared in [template["Globals"]["Function"], *functions]:
        if "Environment" in declared:
            declared["Environment"]["Variables"] |= dict(account.variables())
    copy = built.template.with_name(f"replayed-{os.getpid()}.yaml")
    copy.write_text(yaml.safe_dump(template))
    return copy

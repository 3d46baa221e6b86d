"""Cold first invocations of built artefacts, under the runtime interface emulator that comes with the SAM CLI."""

import json
import os
import platform
import shutil
import socket
import stat
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.endpoint.server import Endpoint, served
from bench.lambda_python import environment, interpreter
from bench.report import Figures, median, tell
from bench.template_resources import makings
from local import environments
from local.paths import LOCAL, REQUIREMENTS, ROOT
from local.sam_cli import run_sam, sam_program

ROUNDS = 5
EVENTS = {
    "planner": "target-inserted",
    "dispatcher": "timer-near-inserted",
    "sweeper": "sweep-tick",
    "executor": "run-due",
}
_FOLDER = LOCAL / "bench"
_PATIENCE_S = 20
_PLAIN_TEMPLATE = """
AWSTemplateFormatVersion: "2010-09-09"
Transform: AWS::Serverless-2016-10-31
Resources:
  PlainFunction:
    Type: AWS::Serverless::Function
    Properties: {Runtime: python3.13, CodeUri: code/, Handler: functions.executor.app.lambda_handler}
"""


def cold_starts() -> Figures:
    """Build both artefacts, and return their sizes and the milliseconds of each function's first invocation."""
    environments.make([environments.SAM], tell)
    ours, plain = _built(), _built_plainly()
    runtime = _runtime_client()
    times: dict[str, dict[str, list[float]]] = {name: {"ours": [], "plain": []} for name in EVENTS}
    for number in range(ROUNDS):
        for function in EVENTS:
            tell(f"startup: cold {function}, round {number + 1} of {ROUNDS}")
            for name, code in (("ours", ours), ("plain", plain)):
                times[function][name].append(_first_invocation_ms(function, code, runtime))
    return {
        "cold": {
            function: {f"{name}_ms": median(values) for name, values in found.items()}
            for function, found in times.items()
        },
        "artefact": {"ours_mb": _zipped_mb(ours), "plain_mb": _zipped_mb(plain)},
    }


def _built() -> Path:
    """Run `sam build` as an owner does, for this machine's architecture."""
    tell("startup: sam build")
    folder = _emptied("sam")
    architecture = "arm64" if platform.machine() in {"arm64", "aarch64"} else "x86_64"
    settings = {"HOURGLASS_ARCHITECTURE": architecture, "PYTHON": sys.executable}
    run_sam(
        ["build", "ExecutorFunction", "--template", str(ROOT / "template.yaml"), "--build-dir", str(folder)], settings
    )
    return folder / "ExecutorFunction"


def _built_plainly() -> Path:
    """Run `sam build` on the same code with nothing done about its start."""
    tell("startup: plain sam build")
    source, folder = _emptied("plain-source"), _emptied("plain")
    ignored = shutil.ignore_patterns("__pycache__", "Makefile")
    for name in ("functions", "schedule_model"):
        shutil.copytree(ROOT / name, source / "code" / name, ignore=ignored)
    shutil.copy(REQUIREMENTS / "functions.txt", source / "code" / "requirements.txt")
    (source / "template.yaml").write_text(_PLAIN_TEMPLATE)
    path = f"{interpreter().parent}{os.pathsep}{os.environ['PATH']}"
    run_sam(["build", "--template", str(source / "template.yaml"), "--build-dir", str(folder)], {"PATH": path})
    return folder / "PlainFunction"


def _runtime_client() -> Path:
    """Install what Lambda's Python runtime talks to the emulator with; return its folder."""
    folder = _emptied("runtime")
    options = ["--quiet", "--no-deps", "--require-hashes", "--disable-pip-version-check", "--root-user-action=ignore"]
    requirements = ["--target", str(folder), "--requirement", str(REQUIREMENTS / "emulator.txt")]
    subprocess.run([str(interpreter()), "-m", "pip", "install", *options, *requirements], check=True)
    return folder


def _first_invocation_ms(function: str, code: Path, runtime: Path) -> float:
    """Return how long the first invocation of a fresh environment takes, its start included."""
    event = (ROOT / "events" / f"{EVENTS[function]}.json").read_bytes()
    endpoint = Endpoint()
    for target, asked in makings():
        endpoint.answer(target, asked)
    with served(endpoint) as url, _emulator(function, code, runtime, url) as port:
        address = f"http://127.0.0.1:{port}/2015-03-31/functions/function/invocations"
        request = urllib.request.Request(address, data=event)
        began = time.perf_counter()
        with urllib.request.urlopen(request, timeout=60) as answer:
            content = json.loads(answer.read() or b"null")
        took = (time.perf_counter() - began) * 1000
    if isinstance(content, dict) and "errorMessage" in content:
        raise RuntimeError(f"{function}: {content['errorMessage']}")
    return took


@contextmanager
def _emulator(function: str, code: Path, runtime: Path, url: str) -> Iterator[int]:
    """Start the emulator, which starts the runtime at the first invocation; give its port."""
    api, port = _free_port(), _free_port()
    variables = environment(code, AWS_ENDPOINT_URL=url, LAMBDA_TASK_ROOT=str(code))
    variables = {**variables, "PYTHONPATH": f"{code}{os.pathsep}{runtime}", "PYTHONDONTWRITEBYTECODE": "1"}
    command = [str(_program()), "--runtime-api-address", f"127.0.0.1:{api}"]
    command += ["--runtime-interface-emulator-address", f"127.0.0.1:{port}"]
    command += [str(interpreter()), "-m", "awslambdaric", f"functions.{function}.app.lambda_handler"]
    log = (_FOLDER / "emulator.log").open("w")
    with log, subprocess.Popen(command, env=variables, cwd=code, stdout=log, stderr=log) as process:
        try:
            _wait_for(port)
            yield port
        finally:
            process.terminate()


def _program() -> Path:
    """Return the emulator, as a program that may be run."""
    machine = "arm64" if platform.machine() in {"arm64", "aarch64"} else "x86_64"
    (found,) = sam_program().parent.parent.glob(
        f"lib/python*/site-packages/samcli/local/rapid/aws-lambda-rie-{machine}"
    )
    copied = _FOLDER / found.name
    if not copied.exists():
        shutil.copyfile(found, copied)
        copied.chmod(stat.S_IRWXU)
    return copied


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + _PATIENCE_S
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise RuntimeError(f"the emulator did not start; see {_FOLDER / 'emulator.log'}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _zipped_mb(folder: Path) -> float:
    archive = Path(shutil.make_archive(str(_FOLDER / "zipped"), "zip", folder))
    size = archive.stat().st_size / 1e6
    archive.unlink()
    return size


def _emptied(name: str) -> Path:
    folder = _FOLDER / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder

"""A stand-in for Lambda's base image, for machines without a registry: this machine's Python and the runtime client."""

import hashlib
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from local.interpreters import LAMBDA_VERSION
from tests.replay.building import FOLDER, Built
from tests.replay.docker_engine import docker

_TOOLS = ("sh", "mv", "chmod")
"""What the SAM CLI calls when it puts its emulator on top of the image."""
_LEFT_OUT = ("test", "tests", "idlelib", "tkinter", "ensurepip", "site-packages", "__pycache__")
_BOOTSTRAP = """#!/bin/sh
export PYTHONPATH=/var/task:/var/runtime
exec /var/lang/bin/python{version} -S -m awslambdaric "$_HANDLER"
"""


def image_name(architecture: str) -> str:
    """Return what the SAM CLI calls Lambda's base image."""
    return f"public.ecr.aws/lambda/python:{LAMBDA_VERSION}-{architecture}"


def ensure_image(built: Built, address: str) -> str:
    """Return the image's name; one that is there stays, unless we made it from something else."""
    name = image_name(built.architecture)
    label = hashlib.sha256(Path(__file__).read_bytes() + f"{built.python}{built.runtime}".encode()).hexdigest()[:16]
    if docker(address, "images", "--quiet", name):
        made_from = docker(address, "image", "inspect", "--format", '{{index .Config.Labels "hourglass"}}', name)
        if made_from in {"", label}:
            return name
    with TemporaryDirectory(dir=FOLDER) as folder:
        root, tar = Path(folder, "root"), Path(folder, "image.tar")
        _fill(root, built)
        subprocess.run(["tar", "--create", "--file", str(tar), "--directory", str(root), "."], check=True)
        changes = ["--change", "WORKDIR /var/task", "--change", f"LABEL hourglass={label}"]
        docker(address, "import", *changes, str(tar), name)
    # The SAM CLI keeps what it has put on top of an earlier one.
    rapid = f"public.ecr.aws/lambda/python:{LAMBDA_VERSION}-rapid-{built.architecture}"
    if docker(address, "images", "--quiet", rapid):
        docker(address, "image", "rm", "--force", rapid)
    return name


def _fill(root: Path, built: Built) -> None:
    prefix = built.python.parents[1]
    library = f"lib/python{LAMBDA_VERSION}"
    shutil.copytree(prefix / library, root / "var/lang" / library, ignore=shutil.ignore_patterns(*_LEFT_OUT))
    shutil.copytree(built.runtime, root / "var/runtime")
    _put(built.python, root / f"var/lang/bin/python{LAMBDA_VERSION}")
    programs = [Path(found) for tool in _TOOLS if (found := shutil.which(tool))]
    for program in programs:
        _put(program, root / "bin" / program.name)
    places = (prefix / library / "lib-dynload", built.runtime, built.artefact("ExecutorFunction"))
    modules = [module for place in places for module in place.rglob("*.so")]
    for needed in {one for path in (built.python, *programs, *modules) for one in _shared_libraries(path)}:
        _put(needed, root / str(needed).lstrip("/"))
    for folder in ("tmp", "var/task", "opt"):
        (root / folder).mkdir(parents=True, exist_ok=True)
    bootstrap = root / "var/runtime/bootstrap"
    bootstrap.write_text(_BOOTSTRAP.format(version=LAMBDA_VERSION))
    bootstrap.chmod(0o755)


def _shared_libraries(program: Path) -> Iterator[Path]:
    """Yield the libraries that a program loads, where it looks for them."""
    said = subprocess.run(["ldd", str(program)], capture_output=True, text=True, check=False).stdout
    for line in said.splitlines():
        for word in line.split():
            if word.startswith("/"):
                yield Path(word)


def _put(source: Path, destination: Path) -> None:
    destination.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(source.resolve(), destination)

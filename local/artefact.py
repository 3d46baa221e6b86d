"""Builds the one artefact of all functions: their code, the model and pinned dependencies, nothing else.

`sam build` calls it through functions/Makefile, once per function; all but the first call copy.
Without settings it is built for AWS: manylinux wheels for Lambda's Python, whatever runs this file.

    HOURGLASS_ARCHITECTURE   arm64 or x86_64; default: that of template.yaml
    HOURGLASS_BUILD_PYTHON   build for this interpreter on this machine instead, as `make run` does
"""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from local.failure import LocalError
from local.interpreters import LAMBDA_VERSION, find_lambda_python
from local.paths import LOCAL, REQUIREMENTS, ROOT, TEMPLATE

CODE = ("functions", "schedule_model")
KEPT_SERVICES = ("dynamodb", "events", "lambda", "secretsmanager", "sns", "sqs", "ssm", "stepfunctions", "sts")
"""AWS services whose API descriptions are shipped: botocore carries 400, which is most of its size.

The runner `aws_sdk` finds the others in Lambda's own botocore, through AWS_DATA_PATH.
"""
PLATFORMS = ("manylinux_2_28", "manylinux_2_17", "manylinux2014")
"""Newest first; Lambda's Amazon Linux 2023 has glibc 2.34."""
EPOCH = 315_532_800
"""1980-01-01, the first instant that a zip can hold: two builds have the same bytes."""
MACHINES = {"arm64": "aarch64", "x86_64": "x86_64"}
_ERROR = "*** Error compiling "
"""What compileall puts before each file that it cannot compile."""
_LINE = re.compile(r"(?: \([^()]+)?, line (\d+)\)?$", re.MULTILINE)
"""How the line ends that names the place: `File "runner.py", line 2` or `bad indentation (runner.py, line 2)`."""


@dataclass(frozen=True, slots=True)
class Destination:
    """What the artefact will run on.

    Attributes:
        name: tells this destination's cached dependencies from another's.
        install: arguments that make pip choose wheels for it.
        compiler: the interpreter that precompiles, None where none of its version is at hand.
    """

    name: str
    install: tuple[str, ...]
    compiler: Path | None


def destination() -> Destination:
    """Read from the environment what to build for."""
    if local_python := os.environ.get("HOURGLASS_BUILD_PYTHON"):
        return Destination("local", ("--python", local_python, "install"), Path(local_python))
    architecture = os.environ.get("HOURGLASS_ARCHITECTURE") or _default_architecture()
    if architecture not in MACHINES:
        raise LocalError(f"HOURGLASS_ARCHITECTURE is {architecture!r}; write arm64 or x86_64")
    platforms = [option for platform in PLATFORMS for option in ("--platform", f"{platform}_{MACHINES[architecture]}")]
    install = ("install", *platforms, "--implementation", "cp", "--python-version", LAMBDA_VERSION)
    return Destination(f"lambda-{architecture}", install, find_lambda_python())


def build(output: Path) -> None:
    """Write the artefact into `output`, an empty folder."""
    target = destination()
    with _one_at_a_time():
        dependencies = _dependencies(target)
        code = _code(target)
    for part in (dependencies, code):
        shutil.copytree(part, output, dirs_exist_ok=True, copy_function=_link_or_copy)


def _dependencies(target: Destination) -> Path:
    """Return a folder of the installed, stripped and compiled dependencies; made once per pin and destination."""
    pins = (REQUIREMENTS / "functions.txt").read_bytes()
    return _made_once("dependencies", target, [pins, Path(__file__).read_bytes()], lambda into: _install(into, target))


def _code(target: Destination) -> Path:
    """Return a folder of our own code, compiled; made once per content."""
    sources = sorted(path for name in CODE for path in (ROOT / name).rglob("*") if path.is_file())
    shipped = [path for path in sources if "__pycache__" not in path.parts and path.name != "Makefile"]
    content = [part for path in shipped for part in (bytes(path.relative_to(ROOT)), path.read_bytes())]

    def copy(folder: Path) -> None:
        for path in shipped:
            copied = folder / path.relative_to(ROOT)
            copied.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copied)

    return _made_once("code", target, content, copy)


def _made_once(name: str, target: Destination, content: list[bytes], fill: Callable[[Path], None]) -> Path:
    key = hashlib.sha256(b"\0".join([target.name.encode(), str(target.compiler).encode(), *content])).hexdigest()[:16]
    folder = LOCAL / "artefact" / f"{name}-{target.name}-{key}"
    if folder.exists():
        return folder
    for outdated in folder.parent.glob(f"{name}-{target.name}-*"):
        shutil.rmtree(outdated)
    unfinished = folder.with_suffix(".unfinished")
    unfinished.mkdir(parents=True)
    fill(unfinished)
    _compile(unfinished, target)
    for path in unfinished.rglob("*"):
        os.utime(path, (EPOCH, EPOCH))
    unfinished.rename(folder)
    return folder


def _install(folder: Path, target: Destination) -> None:
    arguments = ["--no-deps", "--no-compile", "--require-hashes", "--only-binary=:all:", "--quiet"]
    requirements = ["--target", str(folder), "--requirement", str(REQUIREMENTS / "functions.txt")]
    _run([sys.executable, "-m", "pip", *target.install, *arguments, *requirements], "install the dependencies")
    shutil.rmtree(folder / "bin", ignore_errors=True)
    for package in ("botocore", "boto3"):
        for service in (folder / package / "data").iterdir():
            if service.is_dir() and service.name not in KEPT_SERVICES:
                shutil.rmtree(service)
    for record in folder.glob("*.dist-info/RECORD"):
        there = [line for line in record.read_text().splitlines(keepends=True) if (folder / _path_in(line)).exists()]
        record.write_text("".join(there))


def _path_in(line: str) -> str:
    """Return the file that a line of pip's list of installed files names."""
    return line.partition(",")[0].strip('"')


def _compile(folder: Path, target: Destination) -> None:
    """Precompile for Lambda's paths: a cold start then reads bytecode and checks no source."""
    if target.compiler is None:
        print(
            f"no python{LAMBDA_VERSION} here: the artefact is not precompiled and starts 0.3 s slower", file=sys.stderr
        )
        return
    paths = ["-s", str(folder), "-p", "/var/task", str(folder)]
    command = [str(target.compiler), "-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash", *paths]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        refused = _refused(done.stdout, folder)
        raise LocalError(f"could not compile {refused}" if refused else f"could not compile: {_last_line(done)}")


def _refused(output: str, folder: Path) -> str:
    """Return the first file that compileall refused, with the line and the reason; empty if it names none."""
    file, _, told = output.partition(_ERROR)[2].partition(_ERROR)[0].partition("...\n")
    line = _LINE.search(told)
    place = file.strip("'\"").removeprefix(f"{folder}/") + (f", line {line[1]}" if line else "")
    reason = _LINE.sub("", told).strip().rpartition("\n")[2].removeprefix("Sorry: ")
    return f"{place}: {reason}" if told else ""


def _run(command: list[str], purpose: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise LocalError(f"could not {purpose}: {_last_line(done)}")


def _last_line(done: "subprocess.CompletedProcess[str]") -> str:
    return (done.stderr or done.stdout).strip().rpartition("\n")[2]


def _default_architecture() -> str:
    found = re.search(r"^  Architecture:\n(?:    .*\n)*?    Default: (\w+)", TEMPLATE.read_text(), re.MULTILINE)
    if found is None:
        raise LocalError("template.yaml has no default for its parameter Architecture")
    return found[1]


def _link_or_copy(source: str, copied: str) -> None:
    try:
        os.link(source, copied)
    except OSError:
        shutil.copy2(source, copied)


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Let the parallel builds of the functions wait for the first, which does the work."""
    folder = LOCAL / "artefact"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def main(arguments: list[str]) -> int:
    """Build into the folder that is the only argument; return the exit code."""
    try:
        build(Path(arguments[0]))
    except (LocalError, OSError) as error:
        print(f"local.artefact: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

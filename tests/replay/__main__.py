"""`make replay`: every file in events/ against the built functions; in containers where an engine can run."""

import argparse
import signal
import sys
from collections.abc import Sequence
from contextlib import ExitStack

from local import environments
from local.failure import LocalError
from tests.replay.account import Account, account
from tests.replay.base_image import ensure_image
from tests.replay.building import Built, built
from tests.replay.contained import Contained, gateway
from tests.replay.docker_engine import NoEngineError, docker_host
from tests.replay.emulated import Emulated
from tests.replay.replaying import Functions, files, replay


def main(arguments: Sequence[str]) -> int:
    """Replay the files; return 0 if each led to what it must."""
    asked = _parser().parse_args(arguments)
    # What was started is stopped in any case.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        environments.make([environments.SAM], _tell)
        _tell("building the functions with the SAM CLI")
        made = built()
        with ExitStack() as open_things:
            functions, place = _functions(asked.on, made, open_things)
            return _replay_all(asked.files or files(), functions, place)
    except (LocalError, OSError) as error:
        print(f"hourglass: {error}", file=sys.stderr)
        return 1


def _functions(on: str, made: Built, open_things: ExitStack) -> tuple[Functions, Account]:
    if on != "emulator":
        try:
            return _contained(made, open_things)
        except NoEngineError as error:
            if on == "containers":
                raise LocalError(f"no containers: {error}") from error
            _tell(f"NO CONTAINERS: {error}; replaying on the runtime interface emulator instead")
    place = open_things.enter_context(account())
    _tell("replaying on the runtime interface emulator, without containers")
    return Emulated(made, place, open_things), place


def _contained(made: Built, open_things: ExitStack) -> tuple[Functions, Account]:
    address = open_things.enter_context(docker_host())
    image = ensure_image(made, address)
    # Only this machine and its containers reach the server there.
    here = gateway(address)
    place = open_things.enter_context(account(address=here, name_inside=here))
    _tell(f"replaying in containers of {image}, by sam local invoke")
    return Contained(made, place, address), place


def _replay_all(names: Sequence[str], functions: Functions, place: Account) -> int:
    failed = 0
    for name in names:
        problems = replay(name, functions, place)
        _tell(f"{'FAILED' if problems else 'ok':6}  {name}")
        for problem in problems:
            _tell(f"        {problem}")
        failed += bool(problems)
    _tell(f"{len(names) - failed} of {len(names)} files led to what they must")
    return min(failed, 1)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make replay", description=__doc__)
    parser.add_argument("files", nargs="*", help="names in events/, without .json; all if none is given")
    parser.add_argument(
        "--on", choices=["any", "containers", "emulator"], default="any", help="where the functions run"
    )
    return parser


def _tell(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

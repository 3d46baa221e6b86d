"""Serves an endpoint in a process of its own: `python -m bench.endpoint CERTIFICATE`; ends with its standard input."""

import json
import sys
from pathlib import Path

from bench.endpoint.server import Endpoint, served


def main(arguments: list[str]) -> None:
    """Make what the first line of input asks for, print the URL, and serve until the input ends."""
    endpoint = Endpoint()
    for target, asked in json.loads(sys.stdin.readline()):
        endpoint.answer(target, asked)
    with served(endpoint, Path(arguments[0]) if arguments else None) as url:
        print(url, flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main(sys.argv[1:])

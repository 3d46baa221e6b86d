"""Reaching the engine on this machine past an HTTP proxy that is meant for the network."""

from collections.abc import MutableMapping

_HERE = ("127.0.0.1", "localhost")


def reach_directly(environment: MutableMapping[str, str]) -> None:
    """Add this machine to the hosts that no proxy is asked for, in both spellings; programs read one or the other."""
    for name in ("NO_PROXY", "no_proxy"):
        said = environment.get(name) or environment.get(name.swapcase(), "")
        hosts = [host.strip() for host in said.split(",") if host.strip()]
        environment[name] = ",".join([*hosts, *(host for host in _HERE if host not in hosts)])

"""Who may do what: the functions only what their roles in template.yaml allow, everyone else everything.

So a statement that is missing in the template fails on this machine and not in production, and a reader on
this machine needs no particular credentials.
"""

# ruff: noqa: SLF001 - what this changes is private to the engine; `module` checks that it is there.

from local.engine.original import module

SWITCH = {"AUTH": "true"}
"""The environment in which the engine evaluates policies."""


def install() -> None:
    """Treat every access key that was not issued to a role as the account's owner."""
    evaluator = module("core.iam_evaluator", "is_root_access_key")
    sessions = module("services.sts", "_sessions")._sessions
    is_root = evaluator.is_root_access_key
    evaluator.is_root_access_key = lambda key: is_root(key) or key not in sessions

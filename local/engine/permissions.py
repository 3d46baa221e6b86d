"""Who may do what: the functions only what their roles in template.yaml allow, everyone else everything.

So a statement that is missing in the template fails on this machine and not in production, and a reader on
this machine needs no particular credentials.
"""

# ruff: noqa: SLF001 - what this changes is private to the engine; `module` checks that it is there.

from typing import Any

from local.engine.original import module

BATCHES = {
    "sqs:SendMessageBatch": "sqs:SendMessage",
    "sqs:DeleteMessageBatch": "sqs:DeleteMessage",
    "sqs:ChangeMessageVisibilityBatch": "sqs:ChangeMessageVisibility",
}
"""Calls that AWS allows with another action's name. Source: Amazon SQS, "Overview of managing access"."""


def install() -> None:
    """Treat every access key that was not issued to a role as the account's owner, and name actions as AWS does."""
    actions = module("core.iam_actions", "extract_iam_action")
    name_of = actions.extract_iam_action

    def aws_name_of(*args: Any) -> str | None:
        name: str | None = name_of(*args)
        return BATCHES.get(name, name) if name else None

    actions.extract_iam_action = aws_name_of
    evaluator = module("core.iam_evaluator", "is_root_access_key")
    sessions = module("services.sts", "_sessions")._sessions
    is_root = evaluator.is_root_access_key
    evaluator.is_root_access_key = lambda key: is_root(key) or key not in sessions

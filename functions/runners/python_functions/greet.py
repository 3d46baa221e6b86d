"""A function to copy: `params: {"function": "greet", "args": {"name": "you"}}` calls `greet(context, name="you")`."""

from functions.runners.contract import RunContext


def greet(context: RunContext, name: str = "world") -> str:
    """Return a greeting; whatever JSON a function returns is recorded as the run's output."""
    return f"Hello {name}, it is {context.scheduled_at:%H:%M}."

"""Hourglass for Python users: a typed client, and the command line that is built on it."""

from hourglass.client import Hourglass
from hourglass.errors import (
    ConflictError,
    HourglassError,
    NoAnswerError,
    NoStackError,
    NotFoundError,
    RefusedError,
)
from hourglass.stack import Stack, find_stack
from schedule_model.filters import RunFilter, TargetFilter, Window

__all__ = [
    "ConflictError",
    "Hourglass",
    "HourglassError",
    "NoAnswerError",
    "NoStackError",
    "NotFoundError",
    "RefusedError",
    "RunFilter",
    "Stack",
    "TargetFilter",
    "Window",
    "find_stack",
]

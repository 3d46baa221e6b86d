"""Exit codes, and how an error is told."""

import os
import sys
from contextlib import suppress
from enum import IntEnum
from typing import Any

import click

from hourglass.cli.output import visible
from hourglass.errors import ConflictError, NoAnswerError, NoStackError, NotFoundError
from schedule_model.backfilling import InvalidBackfillError
from schedule_model.errors import InvalidExpressionError, InvalidTargetError, InvalidTimezoneError, SchedulerError
from schedule_model.filters import InvalidFilterError


class Exit(IntEnum):
    """What the process ends with; docs/cli.md is their documentation."""

    OK = 0
    FAILED = 1
    USAGE = 2
    NOT_FOUND = 3
    INVALID = 4
    CONFLICT = 5
    NO_STACK = 6
    INTERRUPTED = 130
    CLOSED_PIPE = 141


_CODES: tuple[tuple[type[SchedulerError], Exit], ...] = (
    (NotFoundError, Exit.NOT_FOUND),
    (InvalidTargetError, Exit.INVALID),
    (InvalidExpressionError, Exit.INVALID),
    (InvalidTimezoneError, Exit.INVALID),
    (InvalidBackfillError, Exit.INVALID),
    (InvalidFilterError, Exit.INVALID),
    (ConflictError, Exit.CONFLICT),
    (NoStackError, Exit.NO_STACK),
    (NoAnswerError, Exit.NO_STACK),
)


class Failure(click.ClickException):
    """Ends the process with a line on stderr and an exit code."""

    def __init__(self, message: str, code: Exit = Exit.FAILED) -> None:
        super().__init__(message)
        self.exit_code = int(code)  # type: ignore[misc]  # click declares it for the class, and reads the instance

    def show(self, file: Any = None) -> None:
        """Write the line."""
        click.echo(f"hourglass: {visible(self.format_message())}", err=True)


def code_of(error: SchedulerError) -> Exit:
    """Return the exit code that an error ends the process with."""
    return next((code for kind, code in _CODES if isinstance(error, kind)), Exit.FAILED)


class Group(click.Group):
    """Commands whose errors end the process with a line and the right exit code."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except SchedulerError as error:
            raise Failure(str(error), code_of(error)) from error
        except KeyboardInterrupt:
            ctx.exit(Exit.INTERRUPTED)
        except BrokenPipeError:
            _write_no_more()
            ctx.exit(Exit.CLOSED_PIPE)
        except OSError as error:
            _write_no_more()
            raise Failure(str(error)) from error


def _write_no_more() -> None:
    """Let what is still to be written go nowhere: at its end Python would complain of it once more."""
    with suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

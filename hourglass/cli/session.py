"""What the options that every command has amount to: which stack, and how to write."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, TypeVar

import boto3
import click

from hourglass.cli.output import Format, Output
from hourglass.client import Hourglass
from schedule_model.clock import Clock, SystemClock

Command = TypeVar("Command", bound=Callable[..., Any])


@dataclass
class Session:
    """One call of the command line.

    Attributes:
        stack: its name; None to find it.
        profile: of the AWS configuration; None for the environment's.
        region: None for the profile's.
        form: how results are written; None to let the terminal decide.
        quiet: whether to leave out what is only news.
        clock: the machine's own, unless a test says otherwise.
        connect: makes the client; a test has its own.
    """

    stack: str | None = None
    profile: str | None = None
    region: str | None = None
    form: Format | None = None
    quiet: bool = False
    clock: Clock = field(default_factory=SystemClock)
    connect: Callable[["Session"], Hourglass] | None = None

    @cached_property
    def client(self) -> Hourglass:
        """Return the client; the stack is looked for only now."""
        if self.connect is not None:
            return self.connect(self)
        made = Hourglass(self.boto3(), stack=self.stack, clock=self.clock)
        if made.stack.is_local and (self.profile or self.region):
            self.output.warn("this is the stack of `make run`, and not on AWS; name the one that is meant with --stack")
        return made

    @cached_property
    def output(self) -> Output:
        """Return where results and news go."""
        return Output(self.form, quiet=self.quiet)

    def boto3(self) -> Any:
        """Return a session of boto3.

        Raises:
            click.BadParameter: there is no such profile.
        """
        if self.profile is not None and self.profile not in boto3.Session().available_profiles:
            raise click.BadParameter(f"there is no profile {self.profile!r} in your AWS configuration")
        return boto3.Session(profile_name=self.profile, region_name=self.region)

    def now(self) -> datetime:
        """Return the present instant."""
        return self.clock.now()


def _remember(ctx: click.Context, parameter: click.Parameter, value: Any) -> None:
    session = ctx.ensure_object(Session)
    if value not in (None, False):
        setattr(session, str(parameter.name), value)


def _form(ctx: click.Context, parameter: click.Parameter, value: str | None) -> None:
    _remember(ctx, parameter, Format(value) if value else None)


def shared_options(command: Command) -> Command:
    """Give a command the options that every command has; they may also come before its name."""
    for option in (_OUTPUT, _QUIET, _REGION, _PROFILE, _STACK):
        command = option(command)
    return command


_kept: Any = {"callback": _remember, "expose_value": False}
_STACK = click.option(
    "--stack", metavar="NAME", help="In CloudFormation; else HOURGLASS_STACK, else that of `make run`.", **_kept
)
_PROFILE = click.option("--profile", metavar="NAME", help="Of the AWS configuration.", **_kept)
_REGION = click.option("--region", metavar="NAME", help="Of AWS; else the profile's.", **_kept)
_QUIET = click.option("-q", "--quiet", is_flag=True, help="Leave out what is only news.", **_kept)
_OUTPUT = click.option(
    "-o",
    "--output",
    "form",
    type=click.Choice([str(one) for one in Format]),
    callback=_form,
    expose_value=False,
    help="Default: table on a terminal, plain elsewhere.",
)

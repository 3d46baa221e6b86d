"""The command `hourglass`, put together."""

import click
from click.shell_completion import get_completion_class

from hourglass.cli import counting, previewing, repairing, running, schemas, sets, targets
from hourglass.cli.exits import Group
from hourglass.cli.session import shared_options
from schedule_model.version import VERSION

PROGRAM = "hourglass"


def _version(ctx: click.Context, _parameter: click.Parameter, value: bool) -> None:  # noqa: FBT001 - click's signature
    if value and not ctx.resilient_parsing:
        click.echo(VERSION)
        ctx.exit()


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Show the version.")
@shared_options
def hourglass() -> None:
    """Schedule runs on AWS to the second, and see what became of them.

    Works on the stack that --stack names, else on HOURGLASS_STACK's, else on that of `make run`.

    Exit codes: 0 done, 1 failed, 2 wrong usage, 3 no such target or run, 4 invalid, 5 changed meanwhile, 6 no stack or
    no answer, 130 Ctrl-C, 141 closed pipe.
    """


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Write the script that completes commands and options; `eval "$(hourglass completion bash)"`."""
    made = get_completion_class(shell)
    assert made is not None
    click.echo(made(hourglass, {}, PROGRAM, f"_{PROGRAM.upper()}_COMPLETE").source())


_PARTS = (targets, previewing, running, repairing, sets, schemas, counting)

for command in (*(one for part in _PARTS for one in part.COMMANDS), completion):
    hourglass.add_command(command)


def main() -> None:
    """Run the command line."""
    hourglass(prog_name=PROGRAM)
